"""`Records`: the door through which rooms, commands and tests read and write in the name of a caller, with Python values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from mainspring.change.changer import Changer, Work
from mainspring.change.parse import Body
from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.errors import NotAcceptable
from mainspring.files.inbox import Incoming
from mainspring.model.entity import Cardinality, Entity
from mainspring.model.model import Model
from mainspring.query.ask import Ask, Column, Condition, Embed, Function, Order
from mainspring.query.reader import EVERYTHING, Reader
from mainspring.query.record import key_parts
from mainspring.query.statement import Record, shape_of

M = TypeVar("M", bound=Model)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Reads and writes records as a caller may.

    Attributes:
        reader: The road of questions.
        changer: The road of changes.
        database: The database.
        who: The caller.
        connection: The connection of the transaction that this is bound to, or None.
    """

    reader: Reader
    changer: Changer
    database: Database
    who: Who
    connection: Connection | None = None

    def as_(self, who: Who) -> "Records":
        """The same door for another caller."""
        return replace(self, who=who)

    def transact(self, work: Callable[["Records"], T]) -> T:
        """What `work` gives, called with a door whose reads and writes are all in one transaction: all or nothing.

        `work` may be called a second time, after a rollback; it must have no other effects that this would double.
        """
        if self.connection is not None:
            return work(self)
        return self.database.write(lambda connection: work(replace(self, connection=connection)))

    def all(
        self, model: type[M], *where: Condition, order: Sequence[Order] = (), limit: int | None = None, **equal: Any
    ) -> list[M]:
        """The records that the caller may see and that fulfil all conditions.

        Args:
            model: Of which kind.
            where: Conditions.
            order: In which order; by default that of the key.
            limit: At most so many; None and whatever is more mean the page size of the settings.
            equal: Fields that have these values (None: that are null).
        """
        entity = self.reader.catalog.of(model)
        ask = Ask(EVERYTHING, (*where, *self._equal(entity, equal)), tuple(order), limit)
        return [_instance(entity, record) for record in self._found(entity, ask)]

    def one(self, model: type[M], *where: Condition, **equal: Any) -> M | None:
        """The one record that the caller may see and that fulfils all conditions, or None.

        Raises:
            NotAcceptable: There are several.
        """
        found = self.all(model, *where, limit=2, **equal)
        if len(found) > 1:
            raise NotAcceptable(
                f"several records of {self.reader.catalog.of(model).name} fulfil the conditions, but one was asked for"
            )
        return found[0] if found else None

    def groups(
        self,
        model: type[Model],
        *select: Column | Function | Embed,
        where: Sequence[Condition] = (),
        order: Sequence[Order] = (),
        limit: int | None = None,
        **equal: Any,
    ) -> list[Record]:
        """Aggregates of the records that the caller may see and that fulfil all conditions.

        Args:
            model: Of which kind.
            select: Aggregates, and what groups are made by: fields, buckets of time, and to-one embeds that are spread.
            where: Conditions.
            order: In which order, by what is selected; what makes the groups decides between equals.
            limit: At most so many; None means the page size of the settings.
            equal: Fields that have these values (None: that are null).

        Returns:
            For each group its Python values, by the names that they are selected under.

        Raises:
            BadRequest: The fields have no such functions, or make no groups.
        """
        entity = self.reader.catalog.of(model)
        return self._found(entity, Ask(select, (*where, *self._equal(entity, equal)), tuple(order), limit))

    def create(self, model: type[M], *, incoming: Sequence[Incoming] = (), **values: Any) -> M:
        """Make a record.

        Args:
            model: Of which kind.
            incoming: The files among its values, as they came in.
            values: Its fields; a `one()` by its name takes a record, a many-to-many field takes a list of them.

        Raises:
            RequestError: The record cannot be made.
        """
        entity = self.reader.catalog.of(model)
        body = Body([self._row(entity, values)], single=True, incoming=tuple(incoming))
        (key,) = self._write(self.changer.insert(entity, body, self.who, None), incoming)
        parts = key_parts(key)
        equal = {name: self.reader.values.load(entity.fields[name], part) for name, part in zip(entity.key, parts, strict=True)}
        made = self.one(model, **equal)
        if made is None:  # who may make a record may not always read it
            instance: M = _instance(entity, equal)
            return instance
        return made

    def update(
        self,
        model: type[Model],
        values: Mapping[str, object],
        *where: Condition,
        incoming: Sequence[Incoming] = (),
        **equal: Any,
    ) -> int:
        """Change the records that fulfil all conditions, as far as the caller may; gives how many were changed.

        Raises:
            RequestError: The values cannot be written.
        """
        entity = self.reader.catalog.of(model)
        ask = Ask(EVERYTHING, (*where, *self._equal(entity, equal)))
        body = Body([self._row(entity, values)], single=True, incoming=tuple(incoming))
        return len(self._write(self.changer.update(entity, ask, body, self.who, None, typed=True), incoming))

    def delete(self, model: type[Model], *where: Condition, **equal: Any) -> int:
        """Delete the records that fulfil all conditions, as far as the caller may; gives how many were deleted."""
        entity = self.reader.catalog.of(model)
        ask = Ask(EVERYTHING, (*where, *self._equal(entity, equal)))
        return len(self._write(self.changer.delete(entity, ask, self.who, None, typed=True), ()))

    def _found(self, entity: Entity, ask: Ask) -> list[Record]:
        statement, values = self.reader.typed(entity, ask, self.who)
        rows = self._read(lambda connection: connection.execute(statement.sql, statement.bind(values, self.who)).fetchall())
        return self.reader.values.load_rows(shape_of(statement), rows)

    def _read(self, work: Callable[[Connection], T]) -> T:
        return self.database.read(work) if self.connection is None else work(self.connection)

    def _write(self, work: Work, incoming: Sequence[Incoming]) -> Sequence[Any]:
        if self.connection is not None:
            return work(self.connection).keys
        return self.changer.perform_now(work, incoming).keys

    def _row(self, entity: Entity, values: Mapping[str, object]) -> dict[str, Any]:
        """The values by their columns, with records replaced by their keys."""
        return {_column(entity, name): self._plain(entity, name, value) for name, value in values.items()}

    def _plain(self, entity: Entity, name: str, value: object) -> object:
        if isinstance(value, Model):
            other, relation = self.reader.catalog.of(type(value)), entity.relations.get(name)
            leads_there = relation is not None and relation.target == other.name and relation.remote in other.fields
            return getattr(value, other.fields[relation.remote if relation and leads_there else other.key[0]].attribute)
        if isinstance(value, list):
            return [self._plain(entity, name, each) for each in cast("list[object]", value)]
        return value

    def _equal(self, entity: Entity, equal: Mapping[str, object]) -> list[Condition]:
        conditions: list[Condition] = []
        for name, value in equal.items():
            relation = entity.relations.get(name)
            one = relation is not None and relation.cardinality is Cardinality.one
            column = relation.local if relation is not None and one else _column(entity, name)
            plain = self._plain(entity, name, value)
            conditions.append(Condition(column, "is", None) if plain is None else Condition(column, "eq", plain))
        return conditions


def _column(entity: Entity, name: str) -> str:
    """The column of a field by its name in Python, which differs for some of adopted tables."""
    return next((each.name for each in entity.fields.values() if each.attribute == name), name)


def _instance(entity: Entity, values: Mapping[str, Any]) -> Any:
    return entity.model(**{entity.readable[name].attribute: value for name, value in values.items()})
