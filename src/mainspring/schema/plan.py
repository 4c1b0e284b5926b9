"""The plan of a migration: what each step does to the rows that are there, and what would be lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from mainspring.schema.builder import Builder
from mainspring.schema.fill import value_needed
from mainspring.schema.operation import (
    NO_FILL,
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropTable,
    Operation,
    RenameColumn,
    RenameTable,
)
from mainspring.schema.picture import Schema

Place = TypeVar("Place", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Step:
    """One operation, and what it means for the data.

    Attributes:
        migration: The title of the migration that it belongs to; empty where it is in none yet.
        words: What it does.
        rows: Rows that it touches.
        lost: Values or rows that it would lose.
        loss: The loss in words, or None.
        problem: Why it cannot be done, and what to write; or None.
    """

    migration: str
    words: str
    rows: int = 0
    lost: int = 0
    loss: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in their order."""

    steps: tuple[Step, ...]

    @property
    def losing(self) -> tuple[Step, ...]:
        """The steps that would lose data."""
        return tuple(each for each in self.steps if each.loss)

    @property
    def impossible(self) -> tuple[Step, ...]:
        """The steps that cannot be done."""
        return tuple(each for each in self.steps if each.problem)


NOTHING = Plan(())
"""The plan without steps."""


class Planner:
    """Counts what operations would touch, in the database as it stands before the first of them.

    Args:
        connection: A connection to the database.
        schema: The database's picture.
        builder: Who will perform them.
    """

    def __init__(self, connection: sa.Connection, schema: Schema, builder: Builder) -> None:
        self._connection = connection
        self._builder = builder
        # What a name stands for now; a table or column that earlier steps make has no rows to count.
        self._tables: dict[str, str] = {name: name for name in schema}
        self._columns = {(name, column): column for name, table in schema.items() for column in table.columns}
        self._types = {(name, each.name): each.type for name, table in schema.items() for each in table.columns.values()}

    def steps(self, migration: str, operations: Sequence[Operation]) -> list[Step]:
        """The steps of one migration."""
        steps: list[Step] = []
        for operation in operations:
            rows, lost, words, problem = self._effect(operation)
            steps.append(Step(migration, str(operation), rows, lost, words, problem))
            self._follow(operation)
        return steps

    def _effect(self, operation: Operation) -> tuple[int, int, str | None, str | None]:
        """Rows touched, values lost, the loss in words, the problem in words."""
        match operation:
            case DropTable(table):
                rows = self._count(table)
                return rows, rows, _told(rows, "row would be lost", "rows would be lost"), None
            case DropColumn(table, column):
                lost = self._count(table, column, sa.column(column).is_not(None))
                return self._count(table), lost, _told(lost, "value would be lost", "values would be lost"), None
            case AddColumn(table, column, fill):
                if column.nullable:
                    return 0, 0, None, None
                rows = self._count(table)
                return rows, 0, None, value_needed(table, column.name) if rows and fill is NO_FILL else None
            case AlterColumn():
                return self._alteration(operation)
            case AddConstraint(table) | DropConstraint(table):
                return self._count(table), 0, None, None
            case _:
                return 0, 0, None, None

    def _alteration(self, operation: AlterColumn) -> tuple[int, int, str | None, str | None]:
        table, name = operation.table, operation.column
        lost, words, problem = 0, None, None
        value: sa.ColumnClause[Any] = sa.column(name)
        if operation.type:
            lost, words = self._type_loss(operation)
        if operation.nullable is False and operation.fill is NO_FILL and self._count(table, name, value.is_(None)):
            problem = value_needed(table, name)
        return self._count(table), lost, words, problem

    def _type_loss(self, operation: AlterColumn) -> tuple[int, str | None]:
        """The values that do not survive the new type."""
        table, name, new = operation.table, operation.column, operation.type or ""
        value: sa.ColumnClause[Any] = sa.column(name)
        found = self._builder.loss(value, self._types.get((table, name), new), new)
        if found is None:
            return 0, None
        condition, words = found
        lost = self._count(table, name, condition)
        return lost, _told(lost, f"value would be {words}", f"values would be {words}")

    def _count(self, table: str, column: str | None = None, condition: sa.ColumnElement[bool] | None = None) -> int:
        """Rows of a table that fulfil a condition on a column; both by the names that they have after the steps so far."""
        real = self._tables.get(table)
        if real is None or (column is not None and (table, column) not in self._columns):
            return 0
        query = sa.select(sa.func.count()).select_from(sa.table(real))
        if column is not None and condition is not None:
            real_column: sa.ColumnClause[Any] = sa.column(self._columns[table, column])
            inner = sa.select(real_column.label(column)).select_from(sa.table(real)).subquery()
            query = sa.select(sa.func.count()).select_from(inner).where(condition)
        counted: int = self._connection.execute(query).scalar_one()
        return counted

    def _follow(self, operation: Operation) -> None:
        """Know tables and columns by the names that they have after a step."""
        match operation:
            case CreateTable(table):
                self._types |= {(table.name, each.name): each.type for each in table.columns.values()}
            case AddColumn(table, column):
                self._types[table, column.name] = column.type
            case DropTable(table):
                self._tables.pop(table, None)
                self._columns = {place: real for place, real in self._columns.items() if place[0] != table}
            case DropColumn(table, column):
                self._columns.pop((table, column), None)
            case RenameTable(table, new):
                _move(self._tables, {table: new})
                for places in (self._columns, self._types):
                    _move(places, {place: (new, place[1]) for place in places if place[0] == table})
            case RenameColumn(table, column, new):
                for places in (self._columns, self._types):
                    _move(places, {(table, column): (table, new)})
            case AlterColumn(table, column, type_) if type_:
                self._types[table, column] = type_
            case _:
                pass


def _move(places: dict[Place, str], new: Mapping[Place, Place]) -> None:
    """Let what stands in some places stand in others."""
    moved = {place: places.pop(place) for place in new if place in places}
    places.update({new[place]: value for place, value in moved.items()})


def _told(number: int, one: str, many: str) -> str | None:
    return None if not number else f"{number} {one if number == 1 else many}"
