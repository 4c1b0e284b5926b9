"""Writing checked rows, under the rules: inside one transaction, on the connection that the writer gives."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from mainspring import clock
from mainspring.change.checked import Checked
from mainspring.change.guard import Guard
from mainspring.context import Who
from mainspring.database.engine import Connection
from mainspring.database.sql import Sql, prepare
from mainspring.errors import Conflict, Fault, pointer_to
from mainspring.kept import Kept
from mainspring.model.entity import Entity, Field, Relation
from mainspring.model.kinds import REFUSED
from mainspring.model.rules import Action
from mainspring.query.plan import Planned
from mainspring.query.reader import Reader

MISSING_PARENT = "23503"
STEPS = (100, 10, 1)
"""How many rows one statement makes. In SQLite, an index of words is written out by each statement that changes it."""
MOST_PLACES = 5_000
"""Most values of one statement; engines take some ten thousand."""
_STAMPS = 3
_OF_ONE_ROW = ("22", "23")
"""What the codes of refusals begin with that are about one row."""
_CHANGEABLE: tuple[Action, ...] = ("read", "update")

_NOTHING = Checked({}, {})


class Applier:
    """Writes rows.

    Args:
        reader: Finds the records that a change is about.
        guard: Holds them against the rules.
    """

    def __init__(self, reader: Reader, guard: Guard) -> None:
        self._reader = reader
        self._guard = guard
        self._engine = reader.engine
        self._values = reader.values
        self._texts: Kept[Sql] = Kept(reader.settings.kept_plans)

    def insert(self, connection: Connection, entity: Entity, rows: Sequence[Checked], who: Who) -> list[Any]:
        """Make records; gives their keys (driver values; tuples where the key has several columns).

        Raises:
            Conflict: A link leads to no record that the caller may read, or a unique value is taken.
            Forbidden: The rules refuse a new row (Unauthenticated where nobody is signed in).
        """
        self._guard.require(entity, who, "create", at=rows[0].at if rows else "")
        self._guard.check_before(connection, entity, [(row, ()) for row in rows], who)
        stamp, keys = clock.now(), list[Any]()
        for some in _in_steps(rows) if self._knows_order(entity, rows) else ([row] for row in rows):
            keys += self._insert_rows(connection, entity, some, stamp, who)
        self._guard.check_after(connection, entity, "create", [(row, [key]) for row, key in zip(rows, keys, strict=True)], who)
        return keys

    def update(
        self, connection: Connection, entity: Entity, planned: Planned, row: Checked, who: Who, *, limited: bool
    ) -> list[Any]:
        """Change the records of a plan that the caller may read and update; gives their keys. `limited` is as in `Reader.keys`.

        Raises:
            Conflict: As for `insert`.
            Forbidden: The rules refuse a row as it would then be.
        """
        keys = self._reader.keys(connection, planned, "update", who, limited=limited)
        self.change(connection, entity, keys, row, who)
        return keys

    def change(self, connection: Connection, entity: Entity, keys: list[Any], row: Checked, who: Who) -> None:
        """Write new values into the records with these keys, which the caller may read and update; see `update`."""
        if not keys or row.empty:
            return
        changes = [(row, keys)]
        self._guard.check_before(connection, entity, changes, who)
        self._guard.check_fields(connection, entity, changes, who)
        self._check_increments(connection, entity, keys, row)
        with self._guard.told(entity, row, who):
            self._change_rows(connection, entity, keys, row)
        self._guard.check_after(connection, entity, "update", changes, who)

    def delete(self, connection: Connection, entity: Entity, keys: Sequence[Any], who: Who) -> None:
        """Delete the records with these keys, which `Reader.keys` found for the action `delete`.

        Raises:
            Conflict: Another record still needs one of them.
        """
        if keys:
            text = self._text(("delete", entity.name), lambda: delete(entity.table).where(self._among(entity)))
            with self._guard.told(entity, _NOTHING, who):
                text.run(connection, keys=self._engine.expressions.bind_list(keys))

    # -- rows --------------------------------------------------------------------------------------------------------------------

    def _change_rows(self, connection: Connection, entity: Entity, keys: list[Any], row: Checked) -> None:
        stamps = {} if entity.adopted else {"updated_at": clock.now()}
        added = {name: each.by for name, each in row.increments.items()}
        values, counted = self._bound(entity, row.values | stamps | added), frozenset(added)
        text = self._text(
            ("update", entity.name, frozenset(values), counted), lambda: self._update_statement(entity, values, counted)
        )
        text.run(connection, **_places(values), keys=self._engine.expressions.bind_list(keys))
        for name, members in row.members.items():
            for key in keys:
                self._set_members(connection, entity.relations[name], key, members, replace=True)

    def _knows_order(self, entity: Entity, rows: Sequence[Checked]) -> bool:
        """Whether the keys of several rows of one statement can be told apart: they are given, or counted up by us."""
        return not entity.adopted and all(len(entity.key) == 1 or each.values.keys() >= {*entity.key} for each in rows)

    def _insert_rows(
        self, connection: Connection, entity: Entity, rows: Sequence[Checked], stamp: Any, who: Who
    ) -> Iterator[Any]:
        """The keys of rows that have values for the same fields, by one statement; if it is refused, one by one to tell which."""
        if len(rows) > 1:
            connection.execute("SAVEPOINT several")
            try:
                keys = self._insert_at_once(connection, entity, rows, stamp)
            except self._engine.errors as error:
                if not self._engine.translate(error).code.startswith(_OF_ONE_ROW):
                    with self._guard.told(entity, rows[0], who):
                        raise
                connection.execute("ROLLBACK TO several")
            else:
                connection.execute("RELEASE SAVEPOINT several")
                yield from keys
                return
        for row in rows:
            with self._guard.told(entity, row, who):
                (key,) = self._insert_at_once(connection, entity, [row], stamp)
            yield key

    def _insert_at_once(self, connection: Connection, entity: Entity, rows: Sequence[Checked], stamp: Any) -> list[Any]:
        stamps = {} if entity.adopted else {"created_at": stamp, "updated_at": stamp, "version": 1}
        bound = [self._bound(entity, row.values | stamps) for row in rows]
        names = sorted(bound[0])
        counted = [name for name in entity.key if name not in bound[0]]
        places = {f"value_{at}_{number}": values[name] for at, values in enumerate(bound) for number, name in enumerate(names)}
        text = self._text(
            ("insert", entity.name, frozenset(names), len(rows)),
            lambda: self._insert_statement(entity, names, counted, len(rows)),
        )
        cursor = text.run(connection, **places)
        if counted:  # they were counted up in the order of the rows, and come back in any
            given = sorted(cursor.fetchall())
            bound = [values | dict(zip(counted, each, strict=True)) for values, each in zip(bound, given, strict=True)]
        keys = [tuple(values[name] for name in entity.key) for values in bound]
        keys = keys if len(entity.key) != 1 else [key for (key,) in keys]
        for row, key in zip(rows, keys, strict=True):
            for name, members in row.members.items():
                self._set_members(connection, entity.relations[name], key, members, replace=False)
        return keys

    def _insert_statement(self, entity: Entity, names: Sequence[str], counted: Sequence[str], number: int) -> Any:
        rows: list[dict[str, Any]] = [
            {name: bindparam(f"value_{at}_{place}") for place, name in enumerate(names)} for at in range(number)
        ]
        statement = insert(entity.table).values(rows if number > 1 else rows[0])
        return statement.returning(*(entity.table.c[name] for name in counted)) if counted else statement

    def _check_increments(self, connection: Connection, entity: Entity, keys: Sequence[Any], row: Checked) -> None:
        """Refuse where a number would leave its range. Nothing can change it between here and the end of the transaction.

        Raises:
            Conflict: One would, or is not there.
        """
        for name, increment in row.increments.items():
            column = entity.table.c[name]

            def make(column: Any = column) -> Any:
                within = column.between(bindparam("least"), bindparam("most"))
                return select(func.count()).select_from(entity.table).where(self._among(entity), within)

            least, most = (self._values.bind(entity.fields[name], each) for each in (increment.least, increment.most))
            text = self._text(("within", entity.name, name), make)
            (within,) = text.run(connection, keys=self._engine.expressions.bind_list(keys), least=least, most=most).fetchone()
            if within != len(keys):
                fault = Fault(pointer_to(row.at, name), REFUSED, "it would leave its range, or is empty")
                raise Conflict(f"'{name}' cannot be changed by {increment.by}: {fault.message}", code=REFUSED, faults=[fault])

    def _update_statement(self, entity: Entity, values: Mapping[str, Any], counted: Collection[str]) -> Any:
        changed = _parameters(values)
        for name in counted:
            changed[name] = entity.table.c[name] + changed[name]
        if not entity.adopted:
            changed["version"] = entity.table.c["version"] + 1
        return update(entity.table).where(self._among(entity)).values(changed)

    def _among(self, entity: Entity) -> Any:
        return self._engine.expressions.among([entity.table.c[name] for name in entity.key], "keys")

    def _set_members(
        self, connection: Connection, relation: Relation, key: Any, members: Sequence[Any], *, replace: bool
    ) -> None:
        assert relation.join is not None, "a many-to-many relation has a join table"
        table, here, there = relation.join
        if replace:
            self._text(("clear", table.name), lambda: delete(table).where(table.c[here] == bindparam("key"))).run(
                connection, key=key
            )
        text = self._text(
            ("join", table.name, here), lambda: insert(table).values({here: bindparam("here_key"), there: bindparam("there_key")})
        )
        for member in members:
            text.run(connection, here_key=key, there_key=self._values.bind(self._target_key(relation), member))

    def _target_key(self, relation: Relation) -> Field:
        return self._reader.catalog.entities[relation.target].fields[relation.remote]

    def _bound(self, entity: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._values.bind(entity.fields[name], value) for name, value in values.items()}

    def _text(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Sql:
        return self._texts.get(key, lambda: prepare(make(), self._engine))


def _in_steps(rows: Sequence[Checked]) -> Iterator[Sequence[Checked]]:
    """The rows in their order, in pieces of rows that have values for the same fields. There are few sizes of pieces."""
    for names, run in groupby(rows, lambda row: frozenset(row.values)):
        rest = list(run)
        for step in STEPS:
            while len(rest) >= step and (step == 1 or step * (len(names) + _STAMPS) <= MOST_PLACES):
                yield rest[:step]
                rest = rest[step:]


def _parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """A place for each column; its name is a number, because an adopted column may be called anything."""
    return {name: bindparam(f"value_{number}") for number, name in enumerate(sorted(values))}


def _places(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"value_{number}": values[name] for number, name in enumerate(sorted(values))}
