"""A PostgreSQL database that somebody else's programs use too: it is served as it is."""

from collections.abc import Collection, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.adapt import Buffer
from psycopg.types.datetime import TimestampLoader, TimestamptzLoader
from psycopg.types.string import TextLoader
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from mainspring.database.adopted import AdoptedEngine
from mainspring.database.engines.postgresql.engine import PostgresqlConnection, PostgresqlEngine

_PARTITIONS = """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relispartition AND n.nspname = coalesce(:schema, current_schema())"""
_TEXTS = (sa.String, sa.Enum, postgresql.CITEXT)


class AdoptedPostgresql(PostgresqlEngine, AdoptedEngine):
    """PostgreSQL with tables that were there before.

    Args:
        address: Its address, `postgresql://user:password@host:port/name`.
        statement_seconds: Longest time that one statement may take.
        schema: The schema whose tables are meant before those of others; None for the usual ones.
    """

    def __init__(self, address: str, statement_seconds: float, schema: str | None) -> None:
        super().__init__(address, statement_seconds)
        self._schema = schema

    def plain_type(self, column: str, type_: TypeEngine[Any], checks: Sequence[str]) -> TypeEngine[Any]:
        match type_:
            case postgresql.DOMAIN():
                return self.plain_type(column, type_.data_type, checks)
            case postgresql.CITEXT():
                return sa.Text()
            case postgresql.ARRAY() if type(type_.item_type) not in {sa.TEXT, sa.VARCHAR}:
                return sa.types.NullType()
            case postgresql.BIT():
                return sa.types.NullType()
            case _:
                return type_

    def left_out(self, connection: sa.Connection, schema: str | None) -> Collection[str]:
        return set(connection.scalars(sa.text(_PARTITIONS), {"schema": schema}))

    def _open(self, *settings: str) -> PostgresqlConnection:
        connection = super()._open(*settings)
        for name, loader in _LOADERS.items():
            connection.driver.adapters.register_loader(name, loader)
        return connection

    def _connect(self, *, autocommit: bool) -> "psycopg.Connection[Any]":
        connection = super()._connect(autocommit=autocommit)
        if self._schema is not None:
            schema = sql.Identifier(self._schema).as_string(connection)
            # The usual ones stay behind it: functions and triggers may name what stands there.
            connection.execute("SELECT set_config('search_path', %s || ', ' || current_setting('search_path'), false)", (schema,))
            if not autocommit:
                connection.commit()
        return connection


class _MomentLoader(TimestamptzLoader):
    """A moment; its text where Python's calendar does not have it."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode()


class _NaiveMomentLoader(TimestampLoader):
    """The same of a moment without a zone."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode()


class _PaddedLoader(TextLoader):
    """A text that was filled with blanks, which mean nothing."""

    def load(self, data: Buffer) -> Any:
        return bytes(data).decode().rstrip(" ")


_LOADERS: dict[str, Any] = {
    "jsonb": TextLoader,
    "bpchar": _PaddedLoader,
    "timestamptz": _MomentLoader,
    "timestamp": _NaiveMomentLoader,
}
