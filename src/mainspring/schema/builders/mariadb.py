"""Building in MariaDB, which changes tables in place, and commits each change by itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import DECIMAL
from sqlalchemy.exc import DBAPIError

from mainspring.database.engines.mariadb.engine import LOCKS
from mainspring.database.engines.mariadb.errors import number_of
from mainspring.database.engines.mariadb.types import LONGEST_INDEXED
from mainspring.database.types import Text
from mainspring.schema.builder import HISTORY, PROGRESS, Alteration, in_words_of, reflect_table
from mainspring.schema.builders.server import ServerBuilder, is_counted
from mainspring.schema.operation import AlterColumn, DropColumn, DropConstraint
from mainspring.schema.picture import Check, Column, ForeignKey, Schema, Table, Unique
from mainspring.schema.refusal import MigrationError
from mainspring.schema.types import sql_type, stored_of

if TYPE_CHECKING:
    from alembic.operations import Operations

_OURS = (HISTORY, PROGRESS, LOCKS)
_MAKE_LOCKS = f"CREATE TABLE IF NOT EXISTS {LOCKS} (number TINYINT NOT NULL PRIMARY KEY)"
_FILL_LOCKS = f"INSERT IGNORE INTO {LOCKS} VALUES (1)"  # noqa: S608 - the constant above
_THERE = {1050, 1051, 1060, 1061, 1091, 1304, 1305, 1359, 1360, 1826, 4092}
"""The numbers of the errors that something is there already, or gone."""
_WAIT = "SELECT GET_LOCK(CONCAT('mainspring/', MD5(DATABASE())), 31536000)"
_LONGEST_KEY, _LONGEST_ROW, _BESIDE = 4 * LONGEST_INDEXED, 65_000, 12
"""Most bytes of an index and of a row, and those that a row holds of a text that stands beside it."""
_TOO_LONG = (
    "{table}: {told} over {columns} is longer than MariaDB takes (3,072 bytes, 4 a character): give these fields "
    "a max_length of at most 768 together, or leave one out"
)
_TOO_WIDE = (
    "{table}: its texts together are longer than a row of MariaDB (65,535 bytes, 4 a character): leave max_length away, or make "
    "it greater than {number}, where nothing has to be sought or sorted by"
)


class MariadbBuilder(ServerBuilder):
    """Builds in MariaDB."""

    whole = False
    number = DECIMAL(65, 30)

    def prepare(self, connection: sa.Connection) -> None:
        # The server frees it when the connection's work is over, also where its process was killed in the midst of a long step.
        connection.exec_driver_sql(_WAIT)
        for statement in (_MAKE_LOCKS, _FILL_LOCKS):
            connection.exec_driver_sql(statement)
        connection.commit()

    def check(self, schema: Schema, dialect: sa.Dialect) -> None:
        for table in schema.values():
            sizes = {name: _size(each, dialect) for name, each in table.columns.items()}
            keys = {"the key": table.key} | {f"the index {name}": each.columns for name, each in table.indexes.items()}
            for told, columns in keys.items():
                if sum(min(sizes[name], _LONGEST_KEY) for name in columns) > _LONGEST_KEY:
                    raise MigrationError(_TOO_LONG.format(table=table.name, told=told, columns=", ".join(columns)))
            if sum(min(each, _BESIDE) if each > _LONGEST_KEY else each for each in sizes.values()) > _LONGEST_ROW:
                raise MigrationError(_TOO_WIDE.format(table=table.name, number=LONGEST_INDEXED))

    def reflect(self, connection: sa.Connection, like: Schema) -> Schema:
        inspector = sa.inspect(connection)
        names = [name for name in inspector.get_table_names() if name not in _OURS]
        real = {name: reflect_table(inspector, name, counted=is_counted(inspector, name)) for name in names}
        told = {name: _unique_indexes(table, like[name]) if name in like else table for name, table in real.items()}
        return in_words_of(told, like, connection.dialect)

    def stands_already(self, error: Exception) -> bool:
        cause = error.__cause__
        return isinstance(cause, DBAPIError) and isinstance(cause.orig, Exception) and number_of(cause.orig) in _THERE

    def drop_index(self, connection: sa.Connection, alembic: "Operations", before: Table, name: str) -> None:
        _alter(connection, before.name, _without_indexes(connection, before, [name]))

    def alter(self, connection: sa.Connection, alembic: "Operations", before: Table, alterations: Sequence[Alteration]) -> None:
        quote = connection.dialect.identifier_preparer.quote_identifier
        for each in alterations:
            match each:
                case DropColumn(_, column):
                    # MariaDB would leave the rest of what stands on it.
                    gone = [name for name, part in _keys(before).items() if column in part]
                    _alter(connection, before.name, [f"DROP COLUMN {quote(column)}", *_without_indexes(connection, before, gone)])
                case DropConstraint(_, name):
                    _alter(connection, before.name, _without_constraint(connection, before, name))
                case AlterColumn(_, column, str() as type_):
                    _cut(connection, before.name, column, type_)
                    super().alter(connection, alembic, before, [each])
                case _:
                    super().alter(connection, alembic, before, [each])


def _size(column: Column, dialect: sa.Dialect) -> int:
    """Most bytes of a column's values in an index."""
    type_ = sql_type(column.type, dialect)
    if isinstance(type_, sa.String):
        return _LONGEST_KEY + 1 if type_.length is None else 4 * type_.length
    return (type_.precision or 0) // 2 + 2 if isinstance(type_, sa.Numeric) else 8


def _unique_indexes(real: Table, like: Table) -> Table:
    """A unique index is a unique constraint to MariaDB, so it is told as what the migrations call it."""
    indexes = {
        name: each
        for name, each in like.indexes.items()
        if each.unique and real.constraints.get(name) == Unique(name, each.columns)
    }
    constraints = {name: each for name, each in real.constraints.items() if name not in indexes}
    return replace(real, constraints=constraints, indexes={**real.indexes, **indexes})


def _alter(connection: sa.Connection, table: str, clauses: Sequence[str]) -> None:
    """One statement, so that it is done or not."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    connection.exec_driver_sql(f"ALTER TABLE {quote(table)} {', '.join(clauses)}".replace("%", "%%"))


def _without_constraint(connection: sa.Connection, before: Table, name: str) -> list[str]:
    quoted = connection.dialect.identifier_preparer.quote_identifier(name)
    match before.constraints[name]:
        case Check():
            return [f"DROP CONSTRAINT {quoted}"]
        case Unique():
            return _without_indexes(connection, before, [name])
        case ForeignKey():  # for which the server has made an index where there was none
            return [f"DROP FOREIGN KEY {quoted}", f"DROP INDEX IF EXISTS {quoted}"]


def _keys(table: Table) -> dict[str, tuple[str, ...]]:
    """The columns of all that MariaDB calls a key, but for the primary one."""
    uniques = {name: each.columns for name, each in table.constraints.items() if isinstance(each, Unique)}
    return uniques | {name: each.columns for name, each in table.indexes.items()}


def _without_indexes(connection: sa.Connection, before: Table, gone: Sequence[str]) -> list[str]:
    """What drops indexes; a foreign key that stood on one of them gets one of its own, as one does that finds none."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    clauses = [f"DROP INDEX {quote(name)}" for name in gone]
    kept = [before.key, *(columns for name, columns in _keys(before).items() if name not in gone)]
    for link in before.constraints.values():
        if isinstance(link, ForeignKey) and not any(columns[: len(link.columns)] == link.columns for columns in kept):
            names = ", ".join(map(quote, link.columns))
            clauses.append(f"ADD INDEX IF NOT EXISTS {quote(link.name)} ({names})")
    return clauses


def _cut(connection: sa.Connection, table: str, column: str, type_: str) -> None:
    """Cut the texts that are too long for the column's new type; the plan has told of it."""
    stored = stored_of(type_)
    if isinstance(stored, Text) and stored.length is not None:
        rows = sa.table(table, sa.column(column))
        value = rows.c[column]
        too_long = sa.func.char_length(value) > stored.length
        connection.execute(rows.update().where(too_long).values({column: sa.func.left(value, stored.length)}))
