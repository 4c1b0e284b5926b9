"""From bare rows to checked ones: names, types, limits, and which fields the caller may write at all. All faults come at once."""

from collections.abc import Sequence

from mainspring.access.conditions import Conditions
from mainspring.change.checked import Checked
from mainspring.change.parse import MALFORMED, Body
from mainspring.change.rows import NAME_LENGTH, Rows
from mainspring.change.tables import Tables
from mainspring.context import Who
from mainspring.errors import BadRequest
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity, Field, is_unique
from mainspring.query.names import UNKNOWN_COLUMN, unknown
from mainspring.settings import Settings


class Checker:
    """Checks rows before they are written.

    Args:
        catalog: The models.
        conditions: The rules.
        settings: The limits.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, settings: Settings) -> None:
        self._catalog = catalog
        self._conditions = conditions
        self._settings = settings

    def new(self, entity: Entity, body: Body, who: Who) -> list[Checked]:
        """The rows of an insert, with defaults, and with the new records that stand in them.

        Raises:
            BadRequest: Something does not fit; its faults name every one.
        """
        return self._rows(body, who, new=True, nested=True).check(entity)

    def perhaps_new(self, entity: Entity, body: Body, who: Who, identifying: Sequence[str]) -> list[Checked]:
        """The rows of an upsert, with defaults, for which `identifying` tells which record is meant; see `new`."""
        return self._rows(body, who, new=True, nested=False).check(entity, identifying)

    def changed(self, entity: Entity, body: Body, who: Who) -> Checked:
        """The one row of an update: the values that change; see `new`."""
        if not body.single:
            raise BadRequest("an update takes one object, not a list", code=MALFORMED)
        (checked,) = self._rows(body, who, new=False, nested=False).check(entity)
        return checked

    def _rows(self, body: Body, who: Who, *, new: bool, nested: bool) -> Rows:
        tables = Tables(self._catalog, self._conditions, who)
        return Rows(tables, self._settings, who, body, new=new, nested=nested)

    def identifying(self, entity: Entity, names: Sequence[str] | None, who: Who) -> tuple[str, ...]:
        """The columns in which no two records agree that an upsert names by `on_conflict=`; without it, those of the key.

        Raises:
            BadRequest: One does not exist (for this caller), or two records may agree in them.
        """
        if names is None:
            return entity.key
        known = {name: field for name, field in entity.fields.items() if self._conditions.known(entity, field, who)}
        known |= {field.relation: field for field in known.values() if field.relation}
        for name in names:
            if name not in known:
                raise unknown(f"no column '{name[:NAME_LENGTH]}' on {entity.name}", name[:NAME_LENGTH], known, UNKNOWN_COLUMN)
        columns = tuple(dict.fromkeys(known[name].name for name in names))
        if not is_unique(entity, columns):
            raise BadRequest(
                f"two records of {entity.name} may agree in {', '.join(columns)}",
                code="42P10",
                hint=f"'on_conflict' takes the key ({', '.join(entity.key)}) or fields that are unique together",
            )
        return columns

    def writable(self, entity: Entity, field: Field, who: Who) -> bool:
        """Whether the caller may write a field in at least some row."""
        return self._conditions.writable_verdict(entity, field, who) is not False
