"""What one caller may write: the fields and relations of each table that they may know of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mainspring.access.conditions import Conditions
from mainspring.change.checked import NOT_WRITABLE, UNKNOWN_FIELD
from mainspring.context import Who
from mainspring.errors import BadRequest, Fault, Forbidden, RequestError, Unauthenticated
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Field, Relation
from mainspring.model.rules import Action
from mainspring.query.names import unknown


@dataclass(frozen=True, slots=True)
class Table:
    """What the caller may write of a table.

    Attributes:
        entity: The table.
        writable: Whether they may write a column in at least some row, by its name; without those that they may not know of.
        columns: The columns of to-one relations, by the relation's name.
        ones: The to-one relations that take an object, by name.
        lists: The relations that take links or new records in a list, by name.
        identifying: The columns of the server's own that may tell which record is meant.
    """

    entity: Entity
    writable: Mapping[str, bool]
    columns: Mapping[str, str]
    ones: Mapping[str, Relation]
    lists: Mapping[str, Relation]
    identifying: frozenset[str]

    def unknown(self, name: str) -> BadRequest:
        """The refusal of a name that is none of these, with the nearest one that is."""
        relations = (relation for relation, column in self.columns.items() if column in self.writable)
        known = [*self.writable, *relations, *self.lists]
        return unknown(f"no field '{name}' on {self.entity.name}", name, known, UNKNOWN_FIELD)


class Tables:
    """What one caller may write of each table, looked up once.

    Args:
        catalog: The models.
        conditions: The rules.
        who: The caller.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, who: Who) -> None:
        self._catalog = catalog
        self._conditions = conditions
        self._who = who
        self._tables: dict[tuple[str, frozenset[str]], Table] = {}

    def table(self, entity: Entity, identifying: Sequence[str] = ()) -> Table:
        """What they may write of a table, where these columns may tell which record is meant."""
        owned = frozenset(name for name in identifying if entity.fields[name].server_owned)
        if (entity.name, owned) not in self._tables:
            self._tables[entity.name, owned] = self._table(entity, owned)
        return self._tables[entity.name, owned]

    def target(self, relation: Relation) -> Entity:
        """The table that a relation leads to."""
        return self._catalog.entities[relation.target]

    def sees(self, entity: Entity, field: Field) -> bool:
        """Whether the caller may see a field in every row that they may see at all."""
        return self._conditions.seen_verdict(entity, field, self._who) is True

    def require_creatable(self, entity: Entity, at: str) -> None:
        """Refuse a new record, wherever it stands, where no row could make it allowed.

        Raises:
            Forbidden: So it is (Unauthenticated where nobody is signed in).
        """
        if self._conditions.verdict(entity, "create", self._who) is False:
            raise refusal(entity, "create", self._who, at)

    def _table(self, entity: Entity, owned: frozenset[str]) -> Table:
        writable = {
            name: name in owned or self._conditions.writable_verdict(entity, field, self._who) is not False
            for name, field in entity.fields.items()
            if name in owned or self._conditions.known(entity, field, self._who)
        }
        columns = {field.relation: field.name for field in entity.fields.values() if field.relation}
        ones = {
            each.name: each
            for each in entity.relations.values()
            if each.cardinality is Cardinality.one and self._conditions.addressable(self.target(each), self._who)
        }
        lists = {each.name: each for each in entity.relations.values() if self._is_list(each)}
        return Table(entity, writable, columns, ones, lists, owned)

    def _is_list(self, relation: Relation) -> bool:
        """Whether a relation takes a list, and the caller may know of it."""
        target = self.target(relation)
        match relation.cardinality:
            case Cardinality.one:
                return False
            case Cardinality.members:
                adopted = relation.join is not None and relation.join[0].name in self._catalog.entities
                return not adopted and self._conditions.possible(target, "read", self._who)  # an adopted one is written itself
            case Cardinality.many:
                link = target.fields[relation.remote]
                return self._conditions.addressable(target, self._who) and self._conditions.known(target, link, self._who)


def refusal(entity: Entity, action: Action, who: Who, at: str) -> RequestError:
    """What a caller is told whom the rules refuse."""
    message = f"the rules do not let you {action} this record of {entity.name}"
    faults = [Fault(at, NOT_WRITABLE, message)] if at else []
    if who.signed_in or who.administrator:
        return Forbidden(message, faults=faults)
    return Unauthenticated(message, code=NOT_WRITABLE, hint="sign in first", faults=faults)
