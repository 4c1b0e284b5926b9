"""Writing checked rows, under the rules: inside one transaction, on the connection that the writer gives."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import FromClause, bindparam, delete, insert, select, update

from mainspring import clock
from mainspring.access.conditions import Condition, Conditions
from mainspring.change.check import Checked
from mainspring.context import Who
from mainspring.database.engine import Connection
from mainspring.database.sql import Sql, prepare
from mainspring.errors import Conflict, Fault, Forbidden, RequestError, Unauthenticated
from mainspring.kept import Kept
from mainspring.model.entity import Cardinality, Entity, Field, Relation
from mainspring.model.rules import Action
from mainspring.query.plan import Planned
from mainspring.query.reader import Reader

MISSING_PARENT = "23503"
_CHANGEABLE: tuple[Action, ...] = ("read", "update")


class Applier:
    """Writes rows.

    Args:
        reader: Finds the records that a change is about, and checks rules on them.
        conditions: The rules.
    """

    def __init__(self, reader: Reader, conditions: Conditions) -> None:
        self._reader = reader
        self._conditions = conditions
        self._engine = reader.engine
        self._values = reader.values
        self._texts: Kept[Sql] = Kept(reader.settings.kept_plans)

    def insert(self, connection: Connection, entity: Entity, rows: Sequence[Checked], who: Who) -> list[Any]:
        """Make records; gives their keys (driver values; tuples where the key has several columns).

        Raises:
            Conflict: A link leads to no record that the caller may read, or a unique value is taken.
            Forbidden: The rules refuse a new row (Unauthenticated where nobody is signed in).
        """
        self.require(entity, who, "create")
        self._check_links(connection, entity, rows, who)
        for row in rows:
            self._check_joining(connection, entity, row, (), who)
        stamp = clock.now()
        keys = [self._insert_row(connection, entity, row, stamp) for row in rows]
        self._check_new_rows(connection, entity, "create", keys, who)
        self._check_fields(connection, entity, rows, keys, who)
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
        if not keys or not (row.values or row.members):
            return
        self._check_links(connection, entity, [row], who)
        self._check_joining(connection, entity, row, keys, who)
        self._check_fields(connection, entity, [row], keys, who)
        values = self._bound(entity, row.values) | {"updated_at": self._values.bind(entity.fields["updated_at"], clock.now())}
        text = self._text(("update", entity.name, frozenset(values)), lambda: self._update_statement(entity, values))
        text.run(connection, **_places(values), keys=self._engine.expressions.bind_list(keys))
        for name, members in row.members.items():
            for key in keys:
                self._set_members(connection, entity.relations[name], key, members, replace=True)
        self._check_new_rows(connection, entity, "update", keys, who)
        self._check_fields(connection, entity, [row], keys, who)

    def require_changeable(self, connection: Connection, entity: Entity, keys: list[Any], who: Who) -> None:
        """Refuse where one of the records with these keys is none that the caller may read and update.

        Raises:
            Forbidden: There is one (Unauthenticated where nobody is signed in).
        """
        if not all(self.allows(connection, entity, action, keys, who) for action in _CHANGEABLE):
            raise refusal(entity, "update", who)

    def allows(self, connection: Connection, entity: Entity, action: Action, keys: list[Any], who: Who) -> bool:
        """Whether the records with these keys, each given once, are all there and the rules let the caller `action` each."""
        return self._fulfil(connection, entity, action, partial(self._rows, entity, action), keys, who)

    def delete(self, connection: Connection, entity: Entity, keys: Sequence[Any]) -> None:
        """Delete the records with these keys, which `Reader.keys` found for the action `delete`."""
        if keys:
            text = self._text(("delete", entity.name), lambda: delete(entity.table).where(self._among(entity)))
            text.run(connection, keys=self._engine.expressions.bind_list(keys))

    def require(self, entity: Entity, who: Who, *actions: Action) -> None:
        """Refuse at once what no row could make allowed.

        Raises:
            Forbidden: The rules refuse each of the actions on every row (Unauthenticated where nobody is signed in).
        """
        if all(self._conditions.verdict(entity, action, who) is False for action in actions):
            raise refusal(entity, actions[0], who)

    # -- rows --------------------------------------------------------------------------------------------------------------------

    def _insert_row(self, connection: Connection, entity: Entity, row: Checked, stamp: Any) -> Any:
        stamps = {"created_at": stamp, "updated_at": stamp, "version": 1}
        values = self._bound(entity, row.values | stamps)
        counted = [name for name in entity.key if name not in values]
        text = self._text(("insert", entity.name, frozenset(values)), lambda: self._insert_statement(entity, values, counted))
        cursor = text.run(connection, **_places(values))
        given = dict(zip(counted, cursor.fetchone(), strict=True)) if counted else {}
        parts = tuple((given | values)[name] for name in entity.key)
        key = parts[0] if len(parts) == 1 else parts
        for name, members in row.members.items():
            self._set_members(connection, entity.relations[name], key, members, replace=False)
        return key

    def _insert_statement(self, entity: Entity, values: Mapping[str, Any], counted: Sequence[str]) -> Any:
        statement = insert(entity.table).values({name: bindparam(f"value_{name}") for name in values})
        return statement.returning(*(entity.table.c[name] for name in counted)) if counted else statement

    def _update_statement(self, entity: Entity, values: Mapping[str, Any]) -> Any:
        changed: dict[str, Any] = {name: bindparam(f"value_{name}") for name in values}
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

    # -- rules -------------------------------------------------------------------------------------------------------------------

    def _check_new_rows(self, connection: Connection, entity: Entity, action: Action, keys: list[Any], who: Who) -> None:
        """The rule holds for the rows as they now are: nobody makes an album in another's name."""
        if self._conditions.verdict(entity, action, who) is True:
            return
        if not self.allows(connection, entity, action, keys, who):
            raise refusal(entity, action, who)

    def _check_fields(self, connection: Connection, entity: Entity, rows: Sequence[Checked], keys: list[Any], who: Who) -> None:
        """The rule of each field that the caller wrote holds, where it depends on the row."""
        for name in sorted({name for row in rows for name in row.written}):
            field = entity.fields[name]
            if self._conditions.writable_verdict(entity, field, who) is True:
                continue
            condition = partial(self._writable, entity, field)
            if not self._fulfil(connection, entity, f"write {name}", condition, keys, who):
                raise Forbidden(
                    f"you may not write '{name}' of this record",
                    faults=[Fault(f"/{name}", "42501", "you may not write this field")],
                )

    def _check_links(self, connection: Connection, entity: Entity, rows: Sequence[Checked], who: Who) -> None:
        """Each written link leads to a record that the writer may read; one that they may not is answered as one to none."""
        for relation in entity.relations.values():
            if relation.cardinality is Cardinality.one:
                written = (row.values[relation.local] for row in rows if relation.local in row.written)
                links = {link for link in written if link is not None}
            else:
                links = {key for row in rows for key in row.members.get(relation.name, ())}
            if links:
                self._check_link(connection, relation, links, who)

    def _check_link(self, connection: Connection, relation: Relation, links: set[Any], who: Who) -> None:
        target = self._reader.catalog.entities[relation.target]
        field = target.fields[relation.remote]
        keys = [self._values.bind(field, link) for link in links]
        statement = self._reader.check_statement(target, "read", partial(self._rows, target, "read"), who)
        if self._reader.number_fulfilling(connection, statement, keys, who) != len(keys):
            raise Conflict(
                f"'{relation.name}' leads to no record of {relation.target}",
                code=MISSING_PARENT,
                faults=[Fault(f"/{relation.name}", MISSING_PARENT, f"no such record of {relation.target}")],
            )

    def _check_joining(self, connection: Connection, entity: Entity, row: Checked, keys: Sequence[Any], who: Who) -> None:
        """Nobody joins from behind: a list that a rule of the other table asks about is changed by who may change it there.

        With `Club.members` and `User.clubs` as its back, a person may update themselves; by that they must get into no club.
        """
        for name, members in row.members.items():
            relation = entity.relations[name]
            target = self._reader.catalog.entities[relation.target]
            if relation.back is None or not self._conditions.asks_who_is_in(target, relation.back):
                continue
            links = {self._values.bind(self._target_key(relation), member) for member in members}
            wanted = {(key, link) for key in keys or (None,) for link in links}
            changed = {link for _, link in wanted ^ self._joined(connection, relation, keys)}
            if not self._fulfil(connection, target, "update", partial(self._rows, target, "update"), list(changed), who):
                message = f"only who may update a record of {target.name} changes its '{relation.back}'"
                raise Forbidden(message, faults=[Fault(f"/{name}", "42501", message)])

    def _joined(self, connection: Connection, relation: Relation, keys: Sequence[Any]) -> set[tuple[Any, Any]]:
        """The links that records with these keys have now."""
        assert relation.join is not None, "a many-to-many relation has a join table"
        table, here, there = relation.join
        text = self._text(
            ("joined", table.name, here),
            lambda: select(table.c[here], table.c[there]).where(self._engine.expressions.among([table.c[here]], "keys")),
        )
        return set(text.run(connection, keys=self._engine.expressions.bind_list(keys)).fetchall())

    def _fulfil(self, connection: Connection, entity: Entity, name: str, condition: Any, keys: list[Any], who: Who) -> bool:
        statement = self._reader.check_statement(entity, name, condition, who)
        return self._reader.number_fulfilling(connection, statement, keys, who) == len(keys)

    def _rows(self, entity: Entity, action: Action, who: Who, source: FromClause) -> Condition:
        return self._conditions.rows(entity, action, who, source)

    def _writable(self, entity: Entity, field: Field, who: Who, source: FromClause) -> Condition:
        return self._conditions.writable(entity, field, who, source)


def _places(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"value_{name}": value for name, value in values.items()}


def refusal(entity: Entity, action: Action, who: Who) -> RequestError:
    """What a caller is told whom the rules refuse."""
    message = f"the rules do not let you {action} this record of {entity.name}"
    if who.signed_in or who.administrator:
        return Forbidden(message)
    return Unauthenticated(message, code="42501", hint="sign in first")
