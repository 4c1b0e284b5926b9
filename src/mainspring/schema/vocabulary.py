"""`op`: the words that a migration file is written in. They are Alembic's, where Alembic has one.

Saying a word does nothing but to note the operation; that is how a plan can be shown before anything happens.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mainspring.schema.operation import (
    MODEL_DEFAULT,
    NO_FILL,
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Execute,
    ModelDefault,
    Operation,
    RenameColumn,
    RenameTable,
)
from mainspring.schema.picture import (
    Check,
    Column,
    ForeignKey,
    Index,
    Unique,
    condition_text,
    make_table,
    on_delete,
    table_picture,
)
from mainspring.schema.types import type_text


class Operations:
    """What a migration's `up` and `down` get.

    Attributes:
        noted: The operations so far, in their order.
        model_default: As `fill`: each row gets what the default of the model's field makes.
    """

    model_default: ModelDefault = MODEL_DEFAULT

    def __init__(self) -> None:
        self.noted: list[Operation] = []

    def create_table(self, name: str, *parts: sa.Column[Any] | sa.Constraint, counted: bool = False) -> None:
        """Make a table. `counted` lets the database count its integer key; a number is never given twice, even after a delete."""
        table = make_table(name, parts, counted=counted)
        self.noted.append(CreateTable(table_picture(table)))

    def drop_table(self, name: str) -> None:
        """Remove a table with all its rows."""
        self.noted.append(DropTable(name))

    def rename_table(self, name: str, new: str) -> None:
        """Give a table another name."""
        self.noted.append(RenameTable(name, new))

    def add_column(self, table: str, column: sa.Column[Any], *, fill: Any = NO_FILL) -> None:
        """Add a column. `fill` is what the rows that are there get in it (decimals, moments as text), or `op.model_default`."""
        self.noted.append(AddColumn(table, Column(column.name, type_text(column.type), bool(column.nullable)), fill))

    def drop_column(self, table: str, column: str) -> None:
        """Remove a column with its values."""
        self.noted.append(DropColumn(table, column))

    def rename_column(self, table: str, column: str, new: str) -> None:
        """Give a column another name; its values stay."""
        self.noted.append(RenameColumn(table, column, new))

    def alter_column(
        self,
        table: str,
        column: str,
        *,
        type: sa.types.TypeEngine[Any] | None = None,
        nullable: bool | None = None,
        fill: Any = NO_FILL,
    ) -> None:
        """Give a column another type, or make it take nulls or not. `fill` is what rows with null in it get."""
        self.noted.append(AlterColumn(table, column, None if type is None else type_text(type), nullable, fill))

    def create_index(self, name: str, table: str, columns: Sequence[str], *, unique: bool = False) -> None:
        """Make an index over columns, in their order."""
        self.noted.append(CreateIndex(table, Index(name, tuple(columns), unique)))

    def drop_index(self, name: str, table: str) -> None:
        """Remove an index."""
        self.noted.append(DropIndex(table, name))

    def create_unique_constraint(self, name: str, table: str, columns: Sequence[str]) -> None:
        """No two rows may agree in all these columns."""
        self.noted.append(AddConstraint(table, Unique(name, tuple(columns))))

    def create_check_constraint(self, name: str, table: str, condition: str, *, sqlite: str | None = None) -> None:
        """Every row must fulfil a condition, written as SQL; `sqlite` is the same for SQLite, where it stores another form."""
        self.noted.append(AddConstraint(table, Check(name, condition_text(condition), sqlite and condition_text(sqlite))))

    def create_foreign_key(
        self,
        name: str,
        table: str,
        target: str,
        columns: Sequence[str],
        target_columns: Sequence[str],
        *,
        ondelete: str | None = None,
    ) -> None:
        """Columns hold the key of a row of `target`; `ondelete` is what happens when that row goes."""
        link = ForeignKey(name, tuple(columns), target, tuple(target_columns), on_delete(ondelete))
        self.noted.append(AddConstraint(table, link))

    def drop_constraint(self, name: str, table: str) -> None:
        """Remove a unique, check or foreign-key constraint."""
        self.noted.append(DropConstraint(table, name))

    def execute(self, sql: str) -> None:
        """Run a statement of your own, such as an `UPDATE` that moves data into a new column."""
        self.noted.append(Execute(sql))
