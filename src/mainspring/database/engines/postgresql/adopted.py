"""A PostgreSQL database that somebody else's programs use too: it is served as it is."""

import re
from collections.abc import Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.adapt import Buffer
from psycopg.types.datetime import TimestampLoader, TimestamptzLoader
from psycopg.types.string import TextLoader
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from mainspring.database.adopted import AdoptedEngine, Told
from mainspring.database.engines.postgresql.engine import PostgresqlConnection, PostgresqlEngine

_PARTITIONS = """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relispartition AND n.nspname = coalesce(CAST(:schema AS name), current_schema())"""
_TYPES = """SELECT c.relname, a.attname,
  CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname = coalesce(CAST(:schema AS name), current_schema())"""
_CHECKS = """SELECT c.relname, pg_get_expr(k.conbin, k.conrelid, true)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND n.nspname = coalesce(CAST(:schema AS name), current_schema()) ORDER BY k.conname"""
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
_ANY_OF = re.compile(r"""(?P<name>\w+|"(?:[^"]|"")+")(?:::\w+)? = ANY \(ARRAY\[(?P<items>.*)\](?:::[\w ]+\[\])?\)""")
_CAST = re.compile(r"('(?:[^']|'')*')::(?:text|character varying|bpchar)(?:::text)?")


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

    def tell(self, connection: sa.Connection, schema: str | None) -> Told:
        here = {"schema": schema}
        checks: dict[str, list[str]] = {}
        for table, condition in connection.execute(sa.text(_CHECKS), here):
            checks.setdefault(table, []).append(_plain_check(condition))
        types = {(row[0], row[1]): row[2] for row in connection.execute(sa.text(_TYPES), here)}
        return Told(types, checks, set(connection.scalars(sa.text(_PARTITIONS), here)))

    def plain_type(self, column: str, type_: TypeEngine[Any], told: str, checks: Sequence[str]) -> TypeEngine[Any]:
        match type_:
            case postgresql.DOMAIN(data_type=sa.Numeric()) if found := _NUMERIC.fullmatch(told):
                return sa.Numeric(int(found[1]), int(found[2]))
            case postgresql.DOMAIN():
                return self.plain_type(column, type_.data_type, told, checks)
            case postgresql.CITEXT():
                return sa.Text()
            case postgresql.ARRAY() if type(type_.item_type) not in {sa.TEXT, sa.VARCHAR}:
                return sa.types.NullType()
            case _:
                return type_

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


def _plain_check(condition: str) -> str:
    """A condition in the words in which its author is likely to have written it."""
    found = _ANY_OF.fullmatch(condition)
    if found is None:
        return condition
    items = _CAST.sub(r"\1", found["items"])
    return f"{found['name']} IN ({items})"


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
