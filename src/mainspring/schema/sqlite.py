"""What is particular to SQLite when its schema changes."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from pysqlite3 import dbapi2 as driver
from sqlalchemy.pool import NullPool

from mainspring.database.engines.sqlite import SqliteEngine
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
    type_text,
)
from mainspring.schema.refusal import MigrationError

HISTORY = "mainspring_migrations"
"""The table of applied migrations. It is no model, because it must be there before any migration."""

_REFERENCES_STAY = "PRAGMA legacy_alter_table = {}"


@contextmanager
def opened(engine: SqliteEngine) -> Generator[sa.Connection]:
    """A connection for changes of the schema; nobody else writes meanwhile. The database's folder is made if absent."""
    engine.make_folder()
    alchemy = sa.create_engine("sqlite://", module=driver, creator=engine.open_writer, poolclass=NullPool)
    with engine.writing(), alchemy.connect() as connection:
        # Set before BEGIN, else without effect. With foreign keys on, replacing a parent table empties its cascading children.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        yield connection


@contextmanager
def looked_at(engine: SqliteEngine) -> Generator[sa.Connection]:
    """A connection that only reads; to an empty database where there is none yet."""
    if not engine.path.exists():
        with scratch() as connection:
            yield connection
        return
    alchemy = sa.create_engine("sqlite://", module=driver, creator=engine.open_reader, poolclass=NullPool)
    with alchemy.connect() as connection:
        yield connection


@contextmanager
def scratch() -> Generator[sa.Connection]:
    """A connection to an empty database in memory."""
    alchemy = sa.create_engine(
        "sqlite://", module=driver, creator=lambda: driver.connect(":memory:", isolation_level=None), poolclass=NullPool
    )
    with alchemy.connect() as connection:
        yield connection


@contextmanager
def transaction(connection: sa.Connection) -> Generator[None]:
    """All or nothing, also where the process is killed."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        driver_connection: Any = connection.connection.dbapi_connection
        if driver_connection.in_transaction:  # some errors, such as a full disk, have rolled it back already
            connection.exec_driver_sql("ROLLBACK")
        raise


def check_references(connection: sa.Connection) -> None:
    """See that every row that refers to another finds it; asked before a commit, because foreign keys were off.

    Raises:
        MigrationError: One does not.
    """
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({f"{row[0]} → {row[2]}" for row in broken}))
        raise MigrationError(f"{len(broken)} rows would refer to rows that are not there ({tables}); nothing was changed")


def reflect(connection: sa.Connection) -> Schema:
    """The picture of the database as it stands, without the table of applied migrations."""
    return {name: reflect_table(connection, name) for name in sa.inspect(connection).get_table_names() if name != HISTORY}


def reflect_table(connection: sa.Connection, name: str) -> Table:
    """The picture of one table of the database."""
    inspector = sa.inspect(connection)
    definition = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).scalar()
    constraints: list[Constraint] = [
        Unique(str(each["name"]), tuple(each["column_names"])) for each in inspector.get_unique_constraints(name)
    ]
    constraints += (Check(str(each["name"]), condition_text(each["sqltext"])) for each in inspector.get_check_constraints(name))
    for each in inspector.get_foreign_keys(name):
        columns, target_columns = tuple(each["constrained_columns"]), tuple(each["referred_columns"])
        action = on_delete(each.get("options", {}).get("ondelete"))
        constraints.append(ForeignKey(str(each["name"]), columns, each["referred_table"], target_columns, action))
    indexes = (
        Index(str(each["name"]), tuple(filter(None, each["column_names"])), bool(each["unique"]))
        for each in inspector.get_indexes(name)
    )
    return Table(
        name,
        {
            each["name"]: Column(each["name"], type_text(each["type"], connection.dialect), each["nullable"])
            for each in inspector.get_columns(name)
        },
        tuple(inspector.get_pk_constraint(name)["constrained_columns"]),
        " AUTOINCREMENT" in str(definition),
        {each.name: each for each in sorted(constraints, key=lambda each: each.name)},
        {each.name: each for each in sorted(indexes, key=lambda each: each.name)},
    )


@contextmanager
def rebuilding(connection: sa.Connection, table: str) -> Generator[None]:
    """Around the replacement of a table by a changed copy: its triggers stay, and so does the counter of its keys."""
    triggers = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,))
    kept = list(triggers.scalars())
    counter = _counter(connection, table)
    connection.exec_driver_sql(_REFERENCES_STAY.format("ON"))
    try:
        yield
    finally:
        connection.exec_driver_sql(_REFERENCES_STAY.format("OFF"))
    for trigger in kept:
        connection.exec_driver_sql(trigger)
    if counter is not None:
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence(name, seq) VALUES (?, ?)", (table, counter))


def _counter(connection: sa.Connection, table: str) -> int | None:
    """The last key that the database gave in a table, also to a row that is gone."""
    if not sa.inspect(connection).has_table("sqlite_sequence"):
        return None
    counter: int | None = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).scalar()
    return counter
