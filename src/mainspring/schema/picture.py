"""A picture of a schema: plain values, equal when the schemas are, whether taken from the models or from a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from mainspring.schema.literals import neutral_condition
from mainspring.schema.types import sql_type, type_text


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: Its name.
        type: Its type as a migration writes it, without the `sa.`: `String(120)`.
        nullable: Whether it may be null.
    """

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class Index:
    """An index over columns, in their order."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows agree in all these columns."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that every row fulfils.

    Attributes:
        name: Its name.
        condition: The condition, as SQL that servers understand.
        sqlite: The same for SQLite, which stores decimals and moments in another form; None where nothing differs.
    """

    name: str
    condition: str
    sqlite: str | None = None

    def on(self, dialect: sa.Dialect) -> str:
        """The condition on an engine."""
        return self.sqlite if self.sqlite is not None and dialect.name == "sqlite" else self.condition


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that hold the key of a row of another table; `on_delete` is what happens when that row goes."""

    name: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str | None


Constraint = Unique | Check | ForeignKey


@dataclass(frozen=True, slots=True)
class Table:
    """A table. Mappings go from name to part; their order does not count.

    Attributes:
        name: Its name.
        columns: Its columns.
        key: The columns of its primary key.
        counted: Whether the database counts the key and never gives a number twice.
        constraints: Its unique, check and foreign-key constraints.
        indexes: Its indexes.
    """

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    counted: bool
    constraints: Mapping[str, Constraint]
    indexes: Mapping[str, Index]


Schema = Mapping[str, Table]
"""Tables by name; each stands behind those that it refers to."""

_SQLITE = SQLiteDialect(paramstyle="named")

_LONGEST_NAME = 63
"""Bytes of a name that every engine takes. Names are written into migrations, and so the same on all."""


# -- from SQLAlchemy's tables to pictures ------------------------------------------------------------------------------------


def picture_of(metadata: sa.MetaData) -> Schema:
    """The picture of declared tables."""
    pictures = {name: table_picture(table) for name, table in metadata.tables.items()}
    placed: dict[str, Table] = {}

    def place(name: str, waiting: frozenset[str]) -> None:
        for link in pictures[name].constraints.values():
            if isinstance(link, ForeignKey) and link.target not in waiting and link.target not in placed:
                place(link.target, waiting | {link.target})
        placed[name] = pictures[name]

    for name in pictures:
        if name not in placed:
            place(name, frozenset({name}))
    return placed


def table_picture(table: sa.Table) -> Table:
    """The picture of one table."""
    constraints = [made for each in table.constraints if (made := _constraint_picture(each))]
    indexes = (Index(_name(each), tuple(each.columns.keys()), bool(each.unique)) for each in table.indexes)
    return Table(
        table.name,
        {each.name: Column(each.name, type_text(each.type), bool(each.nullable)) for each in table.columns},
        tuple(each.name for each in table.primary_key),
        bool(table.dialect_kwargs.get("sqlite_autoincrement", False)),
        {each.name: each for each in sorted(constraints, key=lambda each: each.name)},
        {each.name: each for each in sorted(indexes, key=lambda each: each.name)},
    )


def _constraint_picture(constraint: sa.Constraint) -> Constraint | None:
    name = _name(constraint)
    if isinstance(constraint, sa.UniqueConstraint):
        return Unique(name, tuple(each.name for each in constraint.columns))
    if isinstance(constraint, sa.CheckConstraint):
        given: str | None = constraint.info.get("sqlite")
        text = constraint.sqltext.compile(dialect=_SQLITE, compile_kwargs={"literal_binds": True, "include_table": False})
        condition, sqlite = condition_text(neutral_condition(constraint.sqltext)), condition_text(given or str(text))
        return Check(name, condition, None if sqlite == condition else sqlite)
    if isinstance(constraint, sa.ForeignKeyConstraint):
        targets = [each.target_fullname.rpartition(".") for each in constraint.elements]
        columns = tuple(constraint.column_keys)
        return ForeignKey(name, columns, targets[0][0], tuple(each[2] for each in targets), on_delete(constraint.ondelete))
    return None


def _name(part: sa.Constraint | sa.Index) -> str:
    """The name in the database, which a naming convention has made; of one that is too long, its beginning and a mark."""
    name = str(part.name or "")
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    mark = "_" + sha256(name.encode()).hexdigest()[:8]
    return name.encode()[: _LONGEST_NAME - len(mark)].decode(errors="ignore") + mark


def on_delete(word: str | None) -> str | None:
    """An `ON DELETE` word in one form; NO ACTION is the same as none."""
    return None if word is None or word.upper() == "NO ACTION" else word.upper()


def condition_text(text: str) -> str:
    """A condition in one line."""
    return " ".join(text.split())


# -- from pictures to SQLAlchemy's tables ------------------------------------------------------------------------------------


def sql_table(table: Table, dialect: sa.Dialect) -> sa.Table:
    """The SQLAlchemy table of a picture on an engine, with its indexes."""
    columns = [
        sa.Column(
            each.name,
            sql_type(each.type, dialect),
            primary_key=each.name in table.key,
            autoincrement=table.counted,
            nullable=each.nullable,
        )
        for each in table.columns.values()
    ]
    constraints = [sql_constraint(each, dialect) for each in table.constraints.values()]
    made = make_table(table.name, [*columns, *constraints], counted=table.counted)
    for link in table.constraints.values():
        if isinstance(link, ForeignKey) and link.target not in made.metadata.tables:
            # Not the real table, but enough of it for SQLAlchemy to write the reference.
            sa.Table(link.target, made.metadata, *(sa.Column(name, sa.Text()) for name in link.target_columns))
    for index in table.indexes.values():
        sa.Index(index.name, *(made.c[name] for name in index.columns), unique=index.unique)
    return made


def make_table(name: str, parts: Sequence[sa.Column[Any] | sa.Constraint], *, counted: bool) -> sa.Table:
    """A SQLAlchemy table of its own. `counted` lets the database count its key, and never give a number twice."""
    if counted:
        return sa.Table(name, sa.MetaData(), *parts, sqlite_autoincrement=True)
    return sa.Table(name, sa.MetaData(), *parts)


def sql_constraint(constraint: Constraint, dialect: sa.Dialect) -> sa.Constraint:
    """The SQLAlchemy constraint of a picture on an engine."""
    if isinstance(constraint, Unique):
        return sa.UniqueConstraint(*constraint.columns, name=constraint.name)
    if isinstance(constraint, Check):
        return sa.CheckConstraint(sql_text(constraint.on(dialect)), name=constraint.name)
    targets = [f"{constraint.target}.{name}" for name in constraint.target_columns]
    return sa.ForeignKeyConstraint(constraint.columns, targets, name=constraint.name, ondelete=constraint.on_delete)


def sql_text(text: str) -> sa.TextClause:
    """SQL as it was written, in which `:name` is no parameter."""
    return sa.text(text.replace(":", r"\:"))


# -- renames -----------------------------------------------------------------------------------------------------------------


def with_table_renamed(schema: Schema, old: str, new: str) -> Schema:
    """The schema after a table got another name; foreign keys follow it, as databases let them."""

    def follow(table: Table) -> Table:
        moved = {
            name: replace(each, target=new) if isinstance(each, ForeignKey) and each.target == old else each
            for name, each in table.constraints.items()
        }
        return replace(table, name=new if table.name == old else table.name, constraints=moved)

    return {table.name: table for table in map(follow, schema.values())}


def with_column_renamed(schema: Schema, table: str, old: str, new: str) -> Schema:
    """The schema after a column got another name; its indexes and constraints follow it. Checks are SQL text, which stays."""

    def moved(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in names)

    def follow(owner: str, each: Constraint) -> Constraint:
        if isinstance(each, ForeignKey) and each.target == table:
            each = replace(each, target_columns=moved(each.target_columns))
        if owner == table and not isinstance(each, Check):
            each = replace(each, columns=moved(each.columns))
        return each

    def renamed(each: Table) -> Table:
        constraints = {name: follow(each.name, constraint) for name, constraint in each.constraints.items()}
        if each.name != table:
            return replace(each, constraints=constraints)
        columns = (replace(column, name=new) if column.name == old else column for column in each.columns.values())
        return replace(
            each,
            columns={column.name: column for column in columns},
            key=moved(each.key),
            constraints=constraints,
            indexes={name: replace(index, columns=moved(index.columns)) for name, index in each.indexes.items()},
        )

    return {name: renamed(each) for name, each in schema.items()}
