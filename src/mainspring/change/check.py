"""From bare rows to checked ones: names, types, limits, and which fields the caller may write at all. All faults come at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from mainspring.access.conditions import Conditions
from mainspring.change.parse import Body
from mainspring.context import Who
from mainspring.errors import BadRequest, Fault, RequestError
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Field, Relation, is_unique
from mainspring.model.field import UNSET, me
from mainspring.model.kinds import FileKind, Refused, is_list
from mainspring.query.names import UNKNOWN_COLUMN, unknown
from mainspring.settings import Settings

UNKNOWN_FIELD = "PGRST204"
NOT_WRITABLE = "42501"
SERVER_OWNED = "428C9"
NEEDED = "23502"
DUPLICATE_FIELD = "42701"
FAULTS = 100
"""Most faults that one answer tells; a body with more is not looked at any further."""
NAME_LENGTH = 100
"""Characters of the longest name that is told back; no field has a longer one."""


@dataclass(slots=True)
class Checked:
    """A row whose values are known to fit.

    Attributes:
        values: Python values by column.
        members: Keys (Python values) of related records by many-to-many relation.
        written: The columns that the caller wrote; the others have their defaults.
        at: Where it stands in the body, as a JSON Pointer.
    """

    values: dict[str, Any]
    members: dict[str, list[Any]]
    written: frozenset[str] = frozenset()
    at: str = ""


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

    def new(self, entity: Entity, body: Body, who: Who, identifying: Sequence[str] = ()) -> list[Checked]:
        """The rows of an insert, with defaults.

        Args:
            entity: The table.
            body: The rows.
            who: Who makes them.
            identifying: The columns that may tell which record is meant, also where they are the server's own; of an upsert.

        Raises:
            BadRequest: Something does not fit; its faults name every one.
        """
        if len(body.rows) > self._settings.bulk_rows:
            raise BadRequest(
                f"{len(body.rows)} records at once are too many; at most {self._settings.bulk_rows} are taken", code="54000"
            )
        work = _Work(self, entity, who, body, new=True, identifying=identifying)
        rows = [work.row(number, row) for number, row in enumerate(body.rows)]
        work.finish()
        return rows

    def changed(self, entity: Entity, body: Body, who: Who) -> Checked:
        """The one row of an update: the values that change.

        Raises:
            BadRequest: Something does not fit; its faults name every one.
        """
        if not body.single:
            raise BadRequest("an update takes one object, not a list", code="PGRST102")
        work = _Work(self, entity, who, body, new=False)
        checked = work.row(0, body.rows[0])
        work.finish()
        return checked

    def identifying(self, entity: Entity, names: Sequence[str] | None, who: Who) -> tuple[str, ...]:
        """The columns in which no two records agree that an upsert names by `on_conflict=`; without it, those of the key.

        Raises:
            BadRequest: One does not exist (for this caller), or two records may agree in them.
        """
        if names is None:
            return entity.key
        known = {name: field for name, field in entity.fields.items() if self.known(entity, field, who)}
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

    def known(self, entity: Entity, field: Field, who: Who) -> bool:
        """Whether the caller may know that a field exists."""
        return self.writable(entity, field, who) or self._conditions.seen_verdict(entity, field, who) is not False

    def holds_members(self, relation: Relation, who: Who) -> bool:
        """Whether a relation is a many-to-many field to records of which the caller may know."""
        target = self._catalog.entities[relation.target]
        return relation.cardinality is Cardinality.members and self._conditions.possible(target, "read", who)

    def told(self, entity: Entity, refusal: RequestError, who: Who) -> RequestError:
        """A refusal by the database, without the names of fields that the caller may not know."""
        names = [fault.pointer.removeprefix("/") for fault in refusal.faults]
        known = [name not in entity.fields or self.known(entity, entity.fields[name], who) for name in names]
        if all(known):
            return refusal
        faults = [fault for fault, told in zip(refusal.faults, known, strict=True) if told]
        return type(refusal)("another record stands in the way", code=refusal.code, faults=faults)

    def key_of(self, relation: Relation) -> Field:
        """The field that a relation's links hold the value of."""
        return self._catalog.entities[relation.target].fields[relation.remote]


class _Work:
    """The rows of one change being checked: collects their faults."""

    def __init__(
        self, checker: Checker, entity: Entity, who: Who, body: Body, *, new: bool, identifying: Sequence[str] = ()
    ) -> None:
        self._checker = checker
        self._entity = entity
        self._who = who
        self._text = body.text
        self._blank_is_null = body.blank_is_null
        self._single = body.single
        self._new = new
        self._faults: list[Fault] = []
        self._faulty: set[str] = set()
        self._memberships = {each.name: each for each in entity.relations.values() if checker.holds_members(each, who)}
        self._columns = {each.relation: each.name for each in entity.fields.values() if each.relation}
        self._identifying = {name for name in identifying if entity.fields[name].server_owned}
        self._writable = {
            name: name in self._identifying or checker.writable(entity, each, who) for name, each in entity.fields.items()
        }

    def row(self, number: int, row: Mapping[str, Any]) -> Checked:
        """One row, checked; its faults are kept for `finish`."""
        at = "" if self._single else f"/{number}"
        checked = Checked({}, {}, at=at)
        for name, value in row.items():
            relation = self._memberships.get(name)
            if relation is not None:
                self._members(checked, relation, value, f"{at}/{name}")
            else:
                self._value(checked, name, value, f"{at}/{name}")
        checked.written = frozenset(checked.values)
        if self._new:
            self._defaults(checked, at)
        return checked

    def finish(self) -> None:
        """Refuse the whole change if anything was wrong."""
        if not self._faults:
            return
        first = self._faults[0]
        if len(self._faults) == 1:
            message = f"{first.pointer}: {first.message}"
        else:
            number = f"{FAULTS} or more" if len(self._faults) == FAULTS else str(len(self._faults))
            message = f"{number} things are wrong; the first is {first.pointer}: {first.message}"
        raise BadRequest(message, code=first.code, faults=self._faults)

    def _value(self, checked: Checked, name: str, value: Any, pointer: str) -> None:
        field = self._entity.fields.get(self._columns.get(name, name))
        if field is None or not self._checker.known(self._entity, field, self._who):
            self._fault(pointer, UNKNOWN_FIELD, self._unknown(name))
        elif field.server_owned and name not in self._identifying:
            self._fault(pointer, SERVER_OWNED, "this is written by the server alone")
        elif not self._writable[field.name]:
            self._fault(pointer, NOT_WRITABLE, "you may not write this field")
        elif field.key and not self._new:
            self._fault(pointer, SERVER_OWNED, "the key of a record never changes")
        elif field.name in checked.values:
            self._fault(pointer, DUPLICATE_FIELD, f"'{field.name}' is written twice")
        else:
            self._checked(pointer, lambda: checked.values.__setitem__(field.name, self._read(field, value)))

    def _members(self, checked: Checked, relation: Relation, value: Any, pointer: str) -> None:
        key = self._checker.key_of(relation)
        if self._text and isinstance(value, str):
            value = _list_in_form(value)
        if not is_list(value):
            self._fault(pointer, "22P02", f"expected a list of keys of {relation.target}")
            return
        keys: list[Any] = []
        for number, item in enumerate(value):
            parsed = self._text and isinstance(item, str)
            self._checked(f"{pointer}/{number}", partial(_append, keys, key.kind.parse if parsed else key.kind.validate, item))
        checked.members[relation.name] = list(dict.fromkeys(keys))

    def _read(self, field: Field, value: Any) -> Any:
        if self._blank_is_null and value == "" and (field.nullable or isinstance(field.kind, FileKind)):
            value = None
        elif self._text and isinstance(value, str):
            value = field.kind.parse(value)
        if value is None:
            if not field.nullable:
                raise Refused(NEEDED, "this cannot be empty")
            return None
        return field.kind.validate(value)

    def _defaults(self, checked: Checked, at: str) -> None:
        for field in self._entity.fields.values():
            if field.server_owned or field.name in checked.values:
                continue
            if field.default is me and self._who.id is not None:
                checked.values[field.name] = self._who.id
            elif field.default is not UNSET and field.default is not me:
                value = field.default() if callable(field.default) else field.default
                self._checked(f"{at}/{field.name}", partial(self._set_default, checked, field, value))
            elif field.nullable:
                checked.values[field.name] = None
            elif self._faulty.isdisjoint((f"{at}/{field.name}", f"{at}/{field.relation}")):
                self._fault(f"{at}/{field.relation or field.name}", NEEDED, "this is needed")

    @staticmethod
    def _set_default(checked: Checked, field: Field, value: Any) -> None:
        checked.values[field.name] = None if value is None else field.kind.validate(value)

    def _checked(self, pointer: str, check: Callable[[], None]) -> None:
        try:
            check()
        except Refused as refused:
            self._fault(pointer, refused.code, refused.message)

    def _fault(self, pointer: str, code: str, message: str) -> None:
        self._faults.append(Fault(pointer, code, message))
        self._faulty.add(pointer)
        if len(self._faults) == FAULTS:
            self.finish()

    def _unknown(self, name: str) -> str:
        fields = [each for each in self._entity.fields.values() if self._checker.known(self._entity, each, self._who)]
        known = [*(each.name for each in fields), *(each.relation for each in fields if each.relation), *self._memberships]
        shown = name[:NAME_LENGTH]
        return unknown(f"no field '{shown}' on {self._entity.name}", shown, known, UNKNOWN_FIELD).message


def _append(keys: list[Any], read: Callable[[Any], Any], item: Any) -> None:
    keys.append(read(item))


def _list_in_form(text: str) -> Any:
    """The list that a form's text `["…","…"]` holds, or the text itself where it holds none."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
