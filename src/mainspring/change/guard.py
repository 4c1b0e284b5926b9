"""What must hold inside the transaction, before and after rows are written: the rules, and links to what the writer may read."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import FromClause, select

from mainspring.access.conditions import Condition, Conditions
from mainspring.change.checked import MISSING_PARENT, NOT_WRITABLE, Checked
from mainspring.change.tables import refusal
from mainspring.context import Who
from mainspring.database.engine import Connection
from mainspring.database.sql import Sql, prepare
from mainspring.errors import Conflict, Fault, Forbidden, pointer_to
from mainspring.kept import Kept
from mainspring.model.entity import Cardinality, Entity, Field, Relation
from mainspring.model.rules import Action
from mainspring.query.reader import Reader

_INTEGRITY = "23"
"""How the codes of what breaks a constraint begin."""

_CHANGEABLE: tuple[Action, ...] = ("read", "update")

Change = tuple[Checked, Sequence[Any]]
"""A row, and the keys (driver values) of the records that it is written into."""


class Guard:
    """Holds rows against the rules.

    Args:
        reader: Asks the questions.
        conditions: The rules.
    """

    def __init__(self, reader: Reader, conditions: Conditions) -> None:
        self._reader = reader
        self._conditions = conditions
        self._engine = reader.engine
        self._values = reader.values
        self._texts: Kept[Sql] = Kept(reader.settings.kept_plans)

    def require(self, entity: Entity, who: Who, *actions: Action, at: str = "") -> None:
        """Refuse at once what no row could make allowed.

        Raises:
            Forbidden: The rules refuse each of the actions on every row (Unauthenticated where nobody is signed in).
        """
        if all(self._conditions.verdict(entity, action, who) is False for action in actions):
            raise refusal(entity, actions[0], who, at)

    def require_changeable(self, connection: Connection, entity: Entity, changes: Sequence[Change], who: Who) -> None:
        """Refuse where one of the records is none that the caller may read and update.

        Raises:
            Forbidden: There is one (Unauthenticated where nobody is signed in).
        """

        def hold(some: Sequence[Change]) -> bool:
            return all(self.allows(connection, entity, action, _keys(some), who) for action in _CHANGEABLE)

        if not hold(changes):
            raise refusal(entity, "update", who, _first(changes, hold)[0].at)

    def allows(self, connection: Connection, entity: Entity, action: Action, keys: list[Any], who: Who) -> bool:
        """Whether the records with these keys, each given once, are all there and the rules let the caller `action` each."""
        return self._fulfil(connection, entity, action, partial(self._rows, entity, action), keys, who)

    def check_before(self, connection: Connection, entity: Entity, changes: Sequence[Change], who: Who) -> None:
        """Refuse links that lead nowhere, and joining from behind. A change without keys makes a new record.

        Raises:
            Conflict: A link leads to no record that the caller may read.
            Forbidden: A list of members is not theirs to change.
        """
        for relation in entity.relations.values():
            self._check_links(connection, relation, changes, who)
        for row, keys in changes:
            self._check_joining(connection, entity, row, keys, who)

    def check_after(self, connection: Connection, entity: Entity, action: Action, changes: Sequence[Change], who: Who) -> None:
        """The rule holds for the rows as they now are: nobody makes an album in another's name.

        Raises:
            Forbidden: It does not hold, or that of a field that was written (Unauthenticated where nobody is signed in).
        """

        def hold(some: Sequence[Change]) -> bool:
            return self.allows(connection, entity, action, _keys(some), who)

        if self._conditions.verdict(entity, action, who) is not True and not hold(changes):
            raise refusal(entity, action, who, _first(changes, hold)[0].at)
        self.check_fields(connection, entity, changes, who)

    def check_fields(self, connection: Connection, entity: Entity, changes: Sequence[Change], who: Who) -> None:
        """The rule of each field that the caller wrote holds, where it depends on the row.

        Raises:
            Forbidden: It does not.
        """
        for name in sorted({name for row, _ in changes for name in row.written}):
            field = entity.fields[name]
            if self._conditions.writable_verdict(entity, field, who) is True:
                continue
            condition = partial(self._writable, entity, field)

            def hold(some: Sequence[Change], name: str = name, condition: Any = condition) -> bool:
                return self._fulfil(connection, entity, f"write {name}", condition, _keys(some), who)

            written = [change for change in changes if name in change[0].written]
            if not hold(written):
                fault = Fault(pointer_to(_first(written, hold)[0].at, name), NOT_WRITABLE, "you may not write this field")
                raise Forbidden(f"you may not write '{name}' of this record", faults=[fault])

    @contextmanager
    def told(self, entity: Entity, row: Checked, who: Who) -> Generator[None]:
        """While a row is written: what the database refuses names the row, and only fields that the caller may know."""
        try:
            yield
        except self._engine.errors as error:
            told = self._engine.translate(error)
            names = [fault.pointer.removeprefix("/") for fault in told.faults]
            known = [name not in entity.fields or self._conditions.known(entity, entity.fields[name], who) for name in names]
            message = told.message if all(known) else "another record stands in the way"
            faults = [
                Fault(pointer_to(row.at, name), each.code, each.message)
                for name, each, shown in zip(names, told.faults, known, strict=True)
                if shown
            ]
            if row.at and not faults and told.code.startswith(_INTEGRITY):
                faults = [Fault(row.at, told.code, message)]
            raise told.restated(message, faults) from error

    # -- links -------------------------------------------------------------------------------------------------------------------

    def _check_links(self, connection: Connection, relation: Relation, changes: Sequence[Change], who: Who) -> None:
        """Each written link leads to a record that the writer may read; one that they may not is answered as one to none."""
        target = self._reader.catalog.entities[relation.target]
        key = target.fields[relation.remote]
        linked = [change for change in changes if _links(relation, change[0])]

        def hold(some: Sequence[Change]) -> bool:
            keys = [self._values.bind(key, link) for link in {link for row, _ in some for link in _links(relation, row)}]
            return self._fulfil(connection, target, "read", partial(self._rows, target, "read"), keys, who, columns=(key.name,))

        if linked and not hold(linked):
            at = pointer_to(_first(linked, hold)[0].at, relation.name)
            raise Conflict(
                f"'{relation.name}' leads to no record of {relation.target}",
                code=MISSING_PARENT,
                faults=[Fault(at, MISSING_PARENT, f"no such record of {relation.target}")],
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
            links = {self._values.bind(target.fields[relation.remote], member) for member in members}
            wanted = {(key, link) for key in keys or (None,) for link in links}
            changed = {link for _, link in wanted ^ self._joined(connection, relation, keys)}
            if not self._fulfil(connection, target, "update", partial(self._rows, target, "update"), list(changed), who):
                message = f"only who may update a record of {target.name} changes its '{relation.back}'"
                raise Forbidden(message, faults=[Fault(pointer_to(row.at, name), NOT_WRITABLE, message)])

    def _joined(self, connection: Connection, relation: Relation, keys: Sequence[Any]) -> set[tuple[Any, Any]]:
        """The links that records with these keys have now."""
        assert relation.join is not None, "a many-to-many relation has a join table"
        table, here, there = relation.join

        def make() -> Sql:
            among = self._engine.expressions.among([table.c[here]], "keys")
            return prepare(select(table.c[here], table.c[there]).where(among), self._engine)

        text = self._texts.get(("joined", table.name, here), make)
        return set(text.run(connection, keys=self._engine.expressions.bind_list(keys)).fetchall())

    # -- conditions --------------------------------------------------------------------------------------------------------------

    def _fulfil(
        self,
        connection: Connection,
        entity: Entity,
        name: str,
        condition: Any,
        keys: list[Any],
        who: Who,
        *,
        columns: tuple[str, ...] = (),
    ) -> bool:
        """Whether a condition holds for all records with these keys, or with these values of the columns that are named."""
        statement = self._reader.check_statement(entity, name, condition, who, columns or entity.key)
        return self._reader.number_fulfilling(connection, statement, keys, who) == len(keys)

    def _rows(self, entity: Entity, action: Action, who: Who, source: FromClause) -> Condition:
        return self._conditions.rows(entity, action, who, source)

    def _writable(self, entity: Entity, field: Field, who: Who, source: FromClause) -> Condition:
        return self._conditions.writable(entity, field, who, source)


def _keys(changes: Sequence[Change]) -> list[Any]:
    return [key for _, keys in changes for key in keys]


def _links(relation: Relation, row: Checked) -> Sequence[Any]:
    """The links that a row writes, by their Python values."""
    if relation.cardinality is not Cardinality.one:
        return row.members.get(relation.name, ())
    link = row.values[relation.local] if relation.local in row.written else None
    return () if link is None else (link,)


def _first(changes: Sequence[Change], hold: Callable[[Sequence[Change]], bool]) -> Change:
    """The first of several changes that is wrong; `hold` says of some whether all are right. It is asked few times."""
    while len(changes) > 1:
        half = len(changes) // 2
        changes = changes[half:] if hold(changes[:half]) else changes[:half]
    return changes[0]
