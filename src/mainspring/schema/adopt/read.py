"""Reads what is in a database that was there before: plain values in its own names, through SQLAlchemy's inspector."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import SAWarning, UnreflectableTableError
from sqlalchemy.types import TypeEngine

from mainspring.database.adopted import AdoptedEngine, Told
from mainspring.errors import CommandError

SAMPLE = 1_000
"""Values that are looked at where a column has no type."""


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column.

    Attributes:
        name: Its name.
        type: Its SQL type.
        told: The same in the database's own words.
        nullable: Whether it may be null.
        given: Whether the database has a value where none is given: a default, or the next number of a counted key.
        generated: Whether the database always has it, computed from others or counted, so that nobody writes it.
        comment: What its author says of it, or nothing.
    """

    name: str
    type: TypeEngine[Any]
    told: str
    nullable: bool
    given: bool
    generated: bool
    comment: str


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A foreign key: the columns here, and those of another table that they refer to."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table or view.

    Attributes:
        name: Its name.
        columns: Its columns, in their order.
        key: The columns of its key; empty where it has none.
        links: Its foreign keys.
        uniques: The columns of each unique constraint or index.
        indexes: The columns of each other index.
        checks: Its conditions, as SQL.
        comment: What its author says of it, or nothing.
        only_read: Why it can only be read; empty where its rows can be written.
    """

    name: str
    columns: tuple[FoundColumn, ...]
    key: tuple[str, ...]
    links: tuple[FoundLink, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    checks: tuple[str, ...] = ()
    comment: str = ""
    only_read: str = ""


def read_tables(
    engine: AdoptedEngine, connection: sa.Connection, schema: str | None = None, wanted: Sequence[str] = ()
) -> list[FoundTable]:
    """The tables and views of a database, by name.

    Args:
        engine: Its engine.
        connection: A connection that only reads.
        schema: The schema; None for the usual one.
        wanted: Their names; all where it is empty.

    Raises:
        CommandError: There is none of a name, or none at all.
    """
    inspector = sa.inspect(connection)
    if schema is not None and schema not in inspector.get_schema_names():
        raise CommandError(f"the database has no schema '{schema}'; it has {', '.join(inspector.get_schema_names())}")
    told = engine.tell(connection, schema)
    views = {*inspector.get_view_names(schema), *_materialized(inspector, schema)}
    names = sorted({*inspector.get_table_names(schema), *views}.difference(told.left_out))
    for name in wanted:
        if name not in names:
            near = get_close_matches(name, names, 1)
            raise CommandError(f"the database has no table '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    if not names:
        raise CommandError("the database has no tables")
    read = _Reader(engine, inspector, schema, told)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of types that it does not know; they are left out by name
        found = [read.table(name, view=name in views) for name in names if not wanted or name in wanted]
    return [each for each in found if each.columns]


def _materialized(inspector: sa.Inspector, schema: str | None) -> list[str]:
    try:
        return inspector.get_materialized_view_names(schema)
    except NotImplementedError:  # only PostgreSQL has them
        return []


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads tables of a schema."""

    engine: AdoptedEngine
    inspector: sa.Inspector
    schema: str | None
    told: Told

    def table(self, name: str, *, view: bool) -> FoundTable:
        """A table; without columns where the database itself cannot tell of them, as of a view of a table that is gone."""
        inspector, schema = self.inspector, self.schema
        checks = tuple(" ".join(each.split()) for each in self.told.checks.get(name, ()))
        try:
            columns = [self._column(name, each, checks) for each in inspector.get_columns(name, schema)]
        except UnreflectableTableError:
            return FoundTable(name, (), ())
        comment = _comment(inspector, schema, name)
        if view:
            return FoundTable(name, tuple(columns), (), comment=comment, only_read="A view: it can only be read.")
        primary = tuple(inspector.get_pk_constraint(name, schema)["constrained_columns"])
        uniques, indexes = _lists(inspector, schema, name)
        filled = {each.name for each in columns if not each.nullable}
        key = primary or next((each for each in uniques if filled.issuperset(each)), ())
        only_read = self.told.only_read.get(name, "" if key else "It has no key, so it can only be read.")
        return FoundTable(
            name,
            tuple(_in_key(inspector, each, primary) if each.name in primary else each for each in columns),
            () if only_read else key,
            tuple(_links(inspector, schema, name)),
            tuple(each for each in uniques if each != key),
            tuple(each for each in indexes if each not in {*uniques, key}),
            checks,
            comment,
            only_read,
        )

    def _column(self, table: str, found: ReflectedColumn, checks: Sequence[str]) -> FoundColumn:
        told = self.told.types.get((table, found["name"])) or str(found["type"])
        column = _column(found, told)
        plain = self.engine.plain_type(column.name, column.type, told, checks)
        return _typed(self.inspector, table, replace(column, type=plain))


def _column(found: ReflectedColumn, told: str) -> FoundColumn:
    generated = "computed" in found or found.get("identity", {}).get("always", False)
    given = not generated and (found.get("default") is not None or "identity" in found or found.get("autoincrement") is True)
    return FoundColumn(found["name"], found["type"], told, found["nullable"], given, generated, found.get("comment") or "")


def _typed(inspector: sa.Inspector, table: str, column: FoundColumn) -> FoundColumn:
    """A column with the type of what it holds, where none is declared, as SQLite lets tables and views do."""
    if not isinstance(column.type, sa.types.NullType) or inspector.dialect.name != "sqlite":
        return column
    source = sa.table(table, sa.column(column.name))
    some = sa.select(source.c[column.name].label("value")).where(source.c[column.name].is_not(None)).limit(SAMPLE).subquery()
    connection = inspector.bind
    assert isinstance(connection, sa.Connection), "it was made of one"
    found = set(connection.scalars(sa.select(sa.func.typeof(some.c.value)).distinct()))
    kind = sa.Integer() if found == {"integer"} else sa.Float() if found and found <= {"integer", "real"} else sa.Text()
    return replace(column, type=kind)


def _in_key(inspector: sa.Inspector, column: FoundColumn, key: tuple[str, ...]) -> FoundColumn:
    """A column of the key, which SQLite counts where it is alone and an INTEGER, and which is never null."""
    rowid = inspector.dialect.name == "sqlite" and len(key) == 1 and type(column.type) is sa.INTEGER
    return replace(column, nullable=False, given=column.given or rowid)


def _lists(inspector: sa.Inspector, schema: str | None, name: str) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """The columns of each unique constraint or index, and of each other index; not of those over expressions or some rows."""
    uniques = [tuple(each["column_names"]) for each in inspector.get_unique_constraints(name, schema)]
    indexes: list[tuple[str, ...]] = []
    for each in inspector.get_indexes(name, schema):
        columns = tuple(column for column in each["column_names"] if column is not None)
        partial = any(option.endswith("_where") for option in each.get("dialect_options", {}))
        if len(columns) == len(each["column_names"]) and not partial:
            (uniques if each["unique"] else indexes).append(columns)
    return list(dict.fromkeys(uniques)), list(dict.fromkeys(indexes))


def _links(inspector: sa.Inspector, schema: str | None, name: str) -> Iterator[FoundLink]:
    for each in inspector.get_foreign_keys(name, schema):
        target, columns = each["referred_table"], tuple(each["referred_columns"])
        if each["referred_schema"] not in {None, schema}:
            continue  # it leads out of what is adopted
        columns = columns or tuple(inspector.get_pk_constraint(target, schema)["constrained_columns"])
        yield FoundLink(tuple(each["constrained_columns"]), target, columns)


def _comment(inspector: sa.Inspector, schema: str | None, name: str) -> str:
    try:
        return inspector.get_table_comment(name, schema)["text"] or ""
    except NotImplementedError:  # SQLite has none
        return ""
