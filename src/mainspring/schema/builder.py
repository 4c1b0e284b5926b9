"""What is particular to an engine when its schema changes. One file of `builders/` fulfils it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa

from mainspring.schema.operation import AddConstraint, AlterColumn, DropColumn, DropConstraint
from mainspring.schema.picture import (
    Check,
    Column,
    Constraint,
    ForeignKey,
    Index,
    Schema,
    Table,
    Unique,
    condition_text,
    on_delete,
)
from mainspring.schema.refusal import MigrationError
from mainspring.schema.types import sql_type, type_text

if TYPE_CHECKING:
    from alembic.operations import Operations

SEARCH = "mainspring_search/"
"""What the names of full-text indexes begin with. They follow from the models, and are in no picture."""

HISTORY = "mainspring_migrations"
"""The table of applied migrations. It is no model, because it must be there before any migration."""

PROGRESS = "mainspring_progress"
"""The table of how far a migration is, where an engine commits each change of a table by itself."""

Alteration = AlterColumn | AddConstraint | DropConstraint | DropColumn
"""Operations for which some engines need a copy of the table."""

Value = sa.ColumnElement[Any]


class Builder(ABC):
    """Builds in the database of an engine.

    Attributes:
        whole: Whether a transaction holds changes of tables too; else each is committed by itself.
    """

    whole: ClassVar[bool] = True

    @abstractmethod
    def opened(self) -> AbstractContextManager[sa.Connection]:
        """A connection for changes of the schema; nobody else changes it meanwhile."""

    @abstractmethod
    def looked_at(self) -> AbstractContextManager[sa.Connection]:
        """A connection that only reads."""

    @abstractmethod
    def transaction(self, connection: sa.Connection) -> AbstractContextManager[None]:
        """All or nothing, also where the process is killed; where the engine is not `whole`, of changes of rows."""

    @abstractmethod
    def check_references(self, connection: sa.Connection) -> None:
        """See that every row that refers to another finds it; asked before a commit.

        Raises:
            MigrationError: One does not.
        """

    @abstractmethod
    def reflect(self, connection: sa.Connection, like: Schema) -> Schema:
        """The picture of the database as it stands, without the table of applied migrations.

        Args:
            connection: A connection to it.
            like: In whose words it is told where both mean the same: two types may be one to an engine.
        """

    @abstractmethod
    def alter(self, connection: sa.Connection, alembic: "Operations", before: Table, alterations: Sequence[Alteration]) -> None:
        """Change a table, and its values with it; the plan has told which of them do not survive that."""

    @abstractmethod
    def drop_index(self, connection: sa.Connection, alembic: "Operations", before: Table, name: str) -> None:
        """Remove an index of a table."""

    def check(self, schema: Schema, dialect: sa.Dialect) -> None:  # noqa: B027 - most can
        """See that the engine can hold a schema; asked before anything is done.

        Raises:
            MigrationError: It cannot.
        """

    def stands_already(self, error: Exception) -> bool:
        """Whether a statement that was begun before is refused because it was done."""
        return False

    @abstractmethod
    def loss(self, value: Value, old: str, new: str) -> tuple[Value, str] | None:
        """The condition under which a value does not survive a new type, and what happens to it in words; None where all do.

        Args:
            value: The column.
            old: Its type, as a migration writes it.
            new: The type that it gets.
        """


def reflect_table(inspector: sa.Inspector, name: str, *, counted: bool) -> Table:
    """The picture of one table of a database; whether its key is counted is told by each engine in its own way."""
    uniques: list[Constraint] = [
        Unique(str(each["name"]), tuple(each["column_names"])) for each in inspector.get_unique_constraints(name)
    ]
    checks = [Check(str(each["name"]), condition_text(each["sqltext"])) for each in inspector.get_check_constraints(name)]
    links = [
        ForeignKey(
            str(each["name"]),
            tuple(each["constrained_columns"]),
            each["referred_table"],
            tuple(each["referred_columns"]),
            on_delete(each.get("options", {}).get("ondelete")),
        )
        for each in inspector.get_foreign_keys(name)
    ]
    constraints = {each.name: each for each in sorted([*uniques, *checks, *links], key=lambda each: each.name)}
    indexes = (
        Index(str(each["name"]), tuple(filter(None, each["column_names"])), bool(each["unique"]))
        for each in inspector.get_indexes(name)
        # Neither what a unique constraint stands on, nor what full-text search does.
        if each["name"] not in constraints and not str(each["name"]).startswith(SEARCH)
    )
    return Table(
        name,
        {each["name"]: Column(each["name"], type_text(each["type"]), each["nullable"]) for each in inspector.get_columns(name)},
        tuple(inspector.get_pk_constraint(name)["constrained_columns"]),
        counted,
        constraints,
        {each.name: each for each in sorted(indexes, key=lambda each: each.name)},
    )


def in_words_of(real: Schema, like: Schema, dialect: sa.Dialect) -> Schema:
    """A reflected schema, told in the words of another one where both mean the same to an engine."""
    return {name: _table_in_words_of(table, like[name], dialect) if name in like else table for name, table in real.items()}


def _table_in_words_of(real: Table, like: Table, dialect: sa.Dialect) -> Table:
    columns = {
        name: replace(column, type=like.columns[name].type)
        if name in like.columns and _same_type(column.type, like.columns[name].type, dialect)
        else column
        for name, column in real.columns.items()
    }
    constraints = {
        name: like.constraints[name] if _same_constraint(each, like.constraints.get(name), dialect) else each
        for name, each in real.constraints.items()
    }
    return replace(real, columns=columns, constraints=constraints)


def _same_type(one: str, other: str, dialect: sa.Dialect) -> bool:
    try:
        return one == other or _compiled(one, dialect) == _compiled(other, dialect)
    except MigrationError:  # a type that is none of ours
        return False


def _compiled(text: str, dialect: sa.Dialect) -> str:
    return sql_type(text, dialect).compile(dialect)


def _same_constraint(one: Constraint, other: Constraint | None, dialect: sa.Dialect) -> bool:
    if isinstance(one, Check) and isinstance(other, Check):
        # Servers give a condition back in words of their own.
        return dialect.name != "sqlite" or one.condition == other.on(dialect)
    if isinstance(one, ForeignKey) and isinstance(other, ForeignKey):
        # MariaDB refuses at once in any case, and tells neither word.
        return dialect.name == "mariadb" and {one.on_delete, other.on_delete} == {None, "RESTRICT"} and _alike(one, other)
    return False


def _alike(one: ForeignKey, other: ForeignKey) -> bool:
    """Whether two foreign keys are the same but for what becomes of a record whose target is deleted."""
    return replace(one, on_delete=None) == replace(other, on_delete=None)
