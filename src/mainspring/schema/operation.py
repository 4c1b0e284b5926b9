"""The operations of a migration, as values. They are compared, written to files, counted, and performed, in that order."""

from dataclasses import dataclass
from typing import Any, Final

from mainspring.schema.picture import Column, Constraint, Index, Table


class ModelDefault:
    """The type of `MODEL_DEFAULT`."""

    def __repr__(self) -> str:
        return "op.model_default"


MODEL_DEFAULT: Final = ModelDefault()
"""As the fill of a column: each row gets what the default of the model's field makes, called once a row."""


class NoFill:
    """The type of `NO_FILL`."""

    def __repr__(self) -> str:
        return "NO_FILL"


NO_FILL: Final = NoFill()
"""No value is known for the rows that have none."""


@dataclass(frozen=True, slots=True)
class CreateTable:
    """Make a table with its constraints. Its indexes are operations of their own."""

    table: Table

    def __str__(self) -> str:
        return f"create the table {self.table.name}"


@dataclass(frozen=True, slots=True)
class DropTable:
    """Remove a table with all its rows."""

    table: str

    def __str__(self) -> str:
        return f"drop the table {self.table}"


@dataclass(frozen=True, slots=True)
class RenameTable:
    """Give a table another name."""

    table: str
    new: str

    def __str__(self) -> str:
        return f"rename the table {self.table} to {self.new}"


@dataclass(frozen=True, slots=True)
class AddColumn:
    """Add a column; the rows that are there get `fill` in it (as `literal` writes it)."""

    table: str
    column: Column
    fill: Any = NO_FILL

    def __str__(self) -> str:
        return f"{self.table}: add the column {self.column.name}{filled(self.fill)}"


@dataclass(frozen=True, slots=True)
class DropColumn:
    """Remove a column with its values."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}: drop the column {self.column}"


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """Give a column another name; its values stay."""

    table: str
    column: str
    new: str

    def __str__(self) -> str:
        return f"{self.table}: rename the column {self.column} to {self.new}"


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """Give a column another type, or make it take nulls or not; what is None stays. Rows with null in it get `fill`."""

    table: str
    column: str
    type: str | None = None
    nullable: bool | None = None
    fill: Any = NO_FILL

    def __str__(self) -> str:
        changes = [f"becomes {self.type}"] if self.type else []
        if self.nullable is not None:
            changes.append("may be null" if self.nullable else f"must not be null{filled(self.fill)}")
        return f"{self.table}: the column {self.column} {' and '.join(changes)}"


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """Make an index."""

    table: str
    index: Index

    def __str__(self) -> str:
        return f"{self.table}: index {', '.join(self.index.columns)}"


@dataclass(frozen=True, slots=True)
class DropIndex:
    """Remove an index; no data are in it."""

    table: str
    index: str

    def __str__(self) -> str:
        return f"{self.table}: drop the index {self.index}"


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """Let the database hold something true over the table's rows."""

    table: str
    constraint: Constraint

    def __str__(self) -> str:
        return f"{self.table}: add the constraint {self.constraint.name}"


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """Let the database no longer hold it true."""

    table: str
    constraint: str

    def __str__(self) -> str:
        return f"{self.table}: drop the constraint {self.constraint}"


@dataclass(frozen=True, slots=True)
class Execute:
    """Run a statement that the author wrote."""

    sql: str

    @property
    def table(self) -> str:
        """No table of which anything is known."""
        return ""

    def __str__(self) -> str:
        return f"run {self.sql}"


Operation = (
    CreateTable
    | DropTable
    | RenameTable
    | AddColumn
    | DropColumn
    | RenameColumn
    | AlterColumn
    | CreateIndex
    | DropIndex
    | AddConstraint
    | DropConstraint
    | Execute
)


def filled(fill: Any) -> str:
    """How a fill is told."""
    if fill is NO_FILL:
        return ""
    return ", filled with the model's default" if fill is MODEL_DEFAULT else f", filled with {fill!r}"
