"""Upserts: rows whose records may be there already.

The rules for making hold for new records, those for changing hold for the others, before and after. Which of them a row is, is
found out inside the transaction, so that nothing can come in between.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import select

from mainspring.access.conditions import Conditions
from mainspring.change.apply import Applier
from mainspring.change.checked import SERVER_OWNED, Checked
from mainspring.change.guard import Guard
from mainspring.context import Who
from mainspring.database.engine import Connection
from mainspring.database.sql import Sql, prepare
from mainspring.errors import BadRequest, Fault
from mainspring.kept import Kept
from mainspring.model.entity import Entity
from mainspring.model.field import me
from mainspring.query.reader import Reader
from mainspring.query.record import key_parts

Place = tuple[Any, ...]
"""The driver values by which a row is found."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """When a row's record counts as there already, and what becomes of it then.

    Attributes:
        columns: The record agrees with the row in these, in which no two records agree.
        resolution: `merge` writes what the row holds, `replace` also the defaults of what it lacks, `ignore` nothing.
    """

    columns: tuple[str, ...]
    resolution: Literal["merge", "replace", "ignore"]


class Upserter:
    """Writes rows whose records may be there already.

    Args:
        reader: Whose engine is spoken.
        conditions: The rules.
        guard: Holds records against them.
        applier: Writes the rows.
    """

    def __init__(self, reader: Reader, conditions: Conditions, guard: Guard, applier: Applier) -> None:
        self._engine = reader.engine
        self._values = reader.values
        self._conditions = conditions
        self._guard = guard
        self._applier = applier
        self._texts: Kept[Sql] = Kept(reader.settings.kept_plans)

    def write(
        self, connection: Connection, entity: Entity, rows: Sequence[Checked], who: Who, conflict: Conflict
    ) -> tuple[list[Any], int]:
        """Make or change records; gives the keys of those that were written, and how many of them are new.

        Raises:
            BadRequest: Two rows mean the same record, or one means a record that cannot be made or found (`428C9`).
            Forbidden: The rules refuse a row (Unauthenticated where nobody is signed in).
            Conflict: As for `Applier.insert`.
        """
        ignoring = conflict.resolution == "ignore"
        placed = list(self._placed(entity, rows, conflict.columns, ignoring=ignoring))
        found = self._find(connection, entity, conflict.columns, [place for _, place in placed if place is not None])
        if any(
            entity.fields[name].server_owned for name in conflict.columns
        ):  # a hidden record is answered as one that is not there
            found = {place: key for place, key in found.items() if self._guard.allows(connection, entity, "read", [key], who)}
        new = [row for row, place in placed if place not in found]
        self._check_countable(entity, new)
        there = [] if ignoring else [(row, found[place]) for row, place in placed if place in found]
        made = self._applier.insert(connection, entity, new, who) if new else []
        if there:
            self._change(connection, entity, there, who, conflict)
        return [*made, *(key for _, key in there)], len(made)

    def _placed(
        self, entity: Entity, rows: Sequence[Checked], columns: Sequence[str], *, ignoring: bool
    ) -> Iterator[tuple[Checked, Place | None]]:
        """Each row and its place, which it has where none of its values is null: null is never the same as null."""
        taken: set[Place] = set()
        for row in rows:
            place: Place = tuple(self._values.bind(entity.fields[name], row.values.get(name)) for name in columns)
            if None in place:
                yield row, None
            elif place not in taken:
                taken.add(place)
                yield row, place
            elif not ignoring:
                fault = Fault(f"{row.at}/{columns[0]}", "21000", "an earlier row means the same record")
                raise BadRequest("two rows mean the same record", code="21000", faults=[fault])

    def _find(self, connection: Connection, entity: Entity, columns: Sequence[str], places: list[Place]) -> dict[Any, Any]:
        """The keys of the records at these places, whoever may see them."""
        if not places:
            return {}

        def make() -> Sql:
            table = entity.table
            here = [table.c[name] for name in columns]
            statement = select(*here, *(table.c[name] for name in entity.key)).where(
                self._engine.expressions.among(here, "places")
            )
            return prepare(statement, self._engine)

        text, width = self._texts.get((entity.name, columns), make), len(columns)
        bound = self._engine.expressions.bind_list([place[0] for place in places] if width == 1 else places)
        rows = text.run(connection, places=bound).fetchall()
        return {tuple(row[:width]): row[width] if len(row) == width + 1 else tuple(row[width:]) for row in rows}

    @staticmethod
    def _check_countable(entity: Entity, rows: Sequence[Checked]) -> None:
        """A key that the server counts leads to a record that is there, or is not written at all."""
        message = "you can change no record with this key, and new ones get theirs from the server"
        counted = [name for name in entity.key if entity.fields[name].server_owned]
        faults = [Fault(f"{row.at}/{name}", SERVER_OWNED, message) for row in rows for name in counted if name in row.written]
        if faults:
            raise BadRequest(f"{faults[0].pointer}: {message}", code=SERVER_OWNED, faults=faults)

    def _change(
        self, connection: Connection, entity: Entity, there: Sequence[tuple[Checked, Any]], who: Who, conflict: Conflict
    ) -> None:
        self._guard.require_changeable(connection, entity, [(row, [key]) for row, key in there], who)
        for row, key in there:
            self._check_key(entity, row, key)
            names = self._changed(entity, row, who, conflict)
            changed = replace(row, values={name: row.values[name] for name in names}, written=row.written.intersection(names))
            self._applier.change(connection, entity, [key], changed, who)

    def _check_key(self, entity: Entity, row: Checked, key: Any) -> None:
        for name, part in zip(entity.key, key_parts(key), strict=True):
            if name in row.written and self._values.bind(entity.fields[name], row.values[name]) != part:
                fault = Fault(f"{row.at}/{name}", SERVER_OWNED, "the key of a record never changes")
                raise BadRequest(f"{fault.pointer}: {fault.message}", code=fault.code, faults=[fault])

    def _changed(self, entity: Entity, row: Checked, who: Who, conflict: Conflict) -> list[str]:
        """The columns of a record that a row changes. What another made it, or what the caller may not write, has no default."""
        fields = [entity.fields[name] for name in row.values if name not in {*entity.key, *conflict.columns}]
        written = [each.name for each in fields if each.name in row.written]
        if conflict.resolution == "merge":
            return written
        rest = [each for each in fields if each.name not in row.written and each.default is not me]
        return written + [each.name for each in rest if self._conditions.writable_verdict(entity, each, who) is True]
