"""Building in SQLite, which cannot change most of a table in place: Alembic copies the table, once for all changes."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pysqlite3 import dbapi2 as driver
from sqlalchemy.pool import NullPool

from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.database.folder import make_folder
from mainspring.schema.builder import HISTORY, SEARCH, Alteration, Builder, Value, in_words_of, reflect_table
from mainspring.schema.builders.sqlite_values import converted, loss
from mainspring.schema.operation import AddConstraint, AlterColumn, DropColumn, DropConstraint
from mainspring.schema.picture import (
    Check,
    Constraint,
    ForeignKey,
    Schema,
    Table,
    Unique,
    sql_table,
    sql_text,
)
from mainspring.schema.refusal import MigrationError
from mainspring.schema.types import sql_type

if TYPE_CHECKING:
    from alembic.operations import BatchOperations, Operations

_REFERENCES_STAY = "PRAGMA legacy_alter_table = {}"


def _driver_connection(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection


class SqliteBuilder(Builder):
    """Builds in SQLite.

    Args:
        engine: Whose database it is; the file need not be there yet.
    """

    def __init__(self, engine: SqliteEngine) -> None:
        self._engine = engine

    @contextmanager
    def opened(self) -> Generator[sa.Connection]:
        make_folder(self._engine.path.parent)
        with self._engine.alchemy().connect() as connection, self._engine.alone(_driver_connection(connection)):
            # Set before BEGIN, else without effect. With it on, replacing a parent table empties its cascading children.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            yield connection

    @contextmanager
    def looked_at(self) -> Generator[sa.Connection]:
        def nothing() -> Any:
            return driver.connect(":memory:", isolation_level=None)

        creator = self._engine.open_reader if self._engine.path.exists() else nothing
        alchemy = sa.create_engine("sqlite://", module=driver, creator=creator, poolclass=NullPool)
        with alchemy.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self, connection: sa.Connection) -> Generator[None]:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            if _driver_connection(connection).in_transaction:  # some errors, such as a full disk, have rolled it back already
                connection.exec_driver_sql("ROLLBACK")
            raise

    def check_references(self, connection: sa.Connection) -> None:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()  # foreign keys were off
        if broken:
            tables = ", ".join(sorted({f"{row[0]} → {row[2]}" for row in broken}))
            raise MigrationError(f"{len(broken)} rows would refer to rows that are not there ({tables}); nothing was changed")

    def reflect(self, connection: sa.Connection, like: Schema) -> Schema:
        inspector = sa.inspect(connection)
        names = [name for name in inspector.get_table_names() if name != HISTORY and not name.startswith(SEARCH)]
        real = {name: reflect_table(inspector, name, counted=_is_counted(connection, name)) for name in names}
        return in_words_of(real, like, connection.dialect)

    def drop_index(self, connection: sa.Connection, alembic: "Operations", before: Table, name: str) -> None:
        alembic.drop_index(name, before.name)

    def alter(self, connection: sa.Connection, alembic: "Operations", before: Table, alterations: Sequence[Alteration]) -> None:
        for each in alterations:
            if isinstance(each, AlterColumn) and each.type:
                _convert(connection, each, before.columns[each.column].type)
        copied = sql_table(before, connection.dialect)
        with (
            _rebuilding(connection, before.name),
            alembic.batch_alter_table(before.name, copy_from=copied, recreate="always") as batch,
        ):
            for each in alterations:
                _note(batch, each, connection.dialect)

    def loss(self, value: Value, old: str, new: str) -> tuple[Value, str] | None:
        return loss(value, old, new)


def _is_counted(connection: sa.Connection, name: str) -> bool:
    definition = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).scalar()
    return " AUTOINCREMENT" in str(definition)


def _note(batch: "BatchOperations", alteration: Alteration, dialect: sa.Dialect) -> None:
    match alteration:
        case AlterColumn(_, name, type_, nullable):
            changes: dict[str, Any] = {} if type_ is None else {"type_": sql_type(type_, dialect)}
            batch.alter_column(name, nullable=nullable, **changes)
        case DropColumn(_, name):
            batch.drop_column(name)
        case DropConstraint(_, name):
            batch.drop_constraint(name)
        case AddConstraint(_, constraint):
            _note_constraint(batch, constraint, dialect)


def _note_constraint(batch: "BatchOperations", constraint: Constraint, dialect: sa.Dialect) -> None:
    match constraint:
        case Unique(name, columns):
            batch.create_unique_constraint(name, list(columns))
        case Check(name):
            batch.create_check_constraint(name, sql_text(constraint.on(dialect)))
        case ForeignKey(name, columns, target, target_columns, action):
            batch.create_foreign_key(name, target, list(columns), list(target_columns), ondelete=action)


def _convert(connection: sa.Connection, alteration: AlterColumn, old: str) -> None:
    """Make the values what the column's new type stores."""
    rows = sa.table(alteration.table, sa.column(alteration.column))
    value = converted(rows.c[alteration.column], old, alteration.type or old)
    if value is not None:
        connection.execute(rows.update().values({alteration.column: value}))


@contextmanager
def _rebuilding(connection: sa.Connection, table: str) -> Generator[None]:
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
