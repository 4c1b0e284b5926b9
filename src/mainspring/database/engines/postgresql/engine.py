"""PostgreSQL, through psycopg 3. The database is another machine's affair: nothing of it runs on the event loop."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec
import psycopg
import sqlalchemy as sa
from psycopg import RawCursor, RawServerCursor
from psycopg.pq import TransactionStatus
from psycopg.types.string import TextLoader
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.interfaces import BindTyping
from sqlalchemy.pool import NullPool

from mainspring.database.engine import Budget, Connection, Cursor, Engine, Parameters
from mainspring.database.engines.postgresql.errors import conflicted, translate, unusable
from mainspring.database.engines.postgresql.expressions import PostgresqlExpressions
from mainspring.errors import RequestError

CONNECT_SECONDS = 5
"""Longest wait for a connection."""

OLDEST = 14
"""The oldest version that is known to work."""

LONE = 0x6D61696E
"""The number of the lock that a lone change holds alone, and those that bring files together."""

CROWD = 0x6D61696F
"""The number of the lock that changes share, and that one holds alone which others have come in between of too often."""

_SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET jit = off",  # it takes longer to compile a page than to find it
)
_READING = (
    "SET default_transaction_read_only = on",
    "SET default_transaction_isolation = 'repeatable read'",  # so that all statements of a question see one moment
)
_AS_TEXT = ("uuid", "json", "date", "timestamptz")
_WITHIN = {TransactionStatus.ACTIVE, TransactionStatus.INTRANS, TransactionStatus.INERROR}


class _Dialect(PGDialect_psycopg):
    """Statements with places such as `$1`, whose types the server finds out."""

    bind_typing = BindTyping.NONE
    supports_statement_cache = True


def _dialect() -> PGDialect:
    made: Any = _Dialect
    dialect: PGDialect = made(paramstyle="numeric_dollar")
    return dialect


class PostgresqlConnection:
    """A connection in autocommit."""

    def __init__(self, driver: "psycopg.Connection[Any]") -> None:
        self.driver = driver
        self.budget: Budget | None = None
        self._stream: RawServerCursor[Any] | None = None

    @property
    def in_transaction(self) -> bool:
        return self.driver.info.transaction_status in _WITHIN

    def execute(self, sql: str, parameters: Parameters = (), /) -> Any:
        """Execute a statement. A budget is asked before each; while one runs, the server's `statement_timeout` watches.

        Raises:
            psycopg.Error: The database refuses.
        """
        if self.budget is not None and self.budget():
            raise psycopg.errors.QueryCanceled("the time is over")
        if sql == "COMMIT" and self.driver.info.transaction_status is TransactionStatus.INERROR:
            raise psycopg.errors.InFailedSqlTransaction("a change went on after an error")  # the server would roll it back
        return self.driver.execute(sql.encode(), parameters or None)

    def stream(self, sql: str, parameters: Parameters) -> Cursor:
        """Execute a statement whose rows are fetched when they are asked for."""
        self._stream = RawServerCursor(self.driver, "stream")
        cursor: Cursor = self._stream.execute(sql.encode(), parameters or None)
        return cursor

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self.driver.close()


class PostgresqlEngine(Engine):
    """A PostgreSQL database.

    Args:
        address: Its address, `postgresql://user:password@host:port/name`.
        statement_seconds: Longest time that one statement may take.
    """

    embedded = False
    errors = psycopg.Error

    def __init__(self, address: str, statement_seconds: float) -> None:
        self._address = address
        self._seconds = statement_seconds
        self.dialect = _dialect()
        self.expressions = PostgresqlExpressions(self.dialect)

    def open_reader(self) -> Connection:
        return self._open(*_READING)

    def open_exporter(self) -> Connection:
        return self.open_reader()

    def open_writer(self) -> Connection:
        return self._open()

    def _open(self, *settings: str) -> PostgresqlConnection:
        connection = self._connect(autocommit=True)
        connection.cursor_factory = RawCursor
        connection.execute("; ".join((*_SETTINGS, *settings, f"SET statement_timeout = {int(self._seconds * 1000)}")).encode())
        for name in _AS_TEXT:
            connection.adapters.register_loader(name, TextLoader)
        connection.prepare_threshold = 2
        connection.prepared_max = 500
        return PostgresqlConnection(connection)

    def _connect(self, *, autocommit: bool) -> "psycopg.Connection[Any]":
        try:
            return psycopg.connect(
                self._address,
                autocommit=autocommit,
                connect_timeout=CONNECT_SECONDS,
                client_encoding="UTF8",
                application_name="mainspring",
            )
        except psycopg.Error as error:
            raise unusable() from error

    def alchemy(self) -> sa.Engine:
        return sa.create_engine("postgresql+psycopg://", creator=lambda: self._connect(autocommit=False), poolclass=NullPool)

    def stream(self, connection: Any, sql: str, parameters: Parameters = ()) -> Cursor:
        cursor: Cursor = connection.stream(sql, parameters)
        return cursor

    def explain(self, connection: Connection, sql: str, parameters: Sequence[Any], *, analyze: bool) -> Any:
        options = "FORMAT JSON, ANALYZE" if analyze else "FORMAT JSON"
        (plan,) = connection.execute(f"EXPLAIN ({options}) {sql}", parameters).fetchone()
        return msgspec.json.decode(plan)

    def limit(self, connection: Any, budget: Budget | None) -> None:
        connection.budget = budget

    def interrupt(self, connection: Any) -> None:
        connection.driver.cancel_safe(timeout=CONNECT_SECONDS)

    def is_lost(self, connection: Any) -> bool:
        return bool(connection.driver.closed)

    def begin(self, connection: Any) -> None:
        # Both go to the server at once.
        begin = f"BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT pg_advisory_xact_lock_shared({CROWD})"
        connection.driver.execute(begin.encode(), prepare=False)

    def conflicted(self, error: Exception) -> bool:
        return conflicted(error)

    def alone(self, connection: Connection) -> AbstractContextManager[None]:
        return self._holding(connection, LONE)

    def in_peace(self, connection: Connection) -> AbstractContextManager[None]:
        return self._holding(connection, CROWD)

    @contextmanager
    def _holding(self, connection: Connection, lock: int) -> Generator[None]:
        # Held before the transaction begins: what it then sees is what those left who held it before.
        connection.execute(f"SELECT pg_advisory_lock({lock})")
        try:
            yield
        finally:
            if not self.is_lost(connection):
                connection.execute(f"SELECT pg_advisory_unlock({lock})")

    def keep_out_lone(self, connection: Connection) -> None:
        connection.execute(f"SELECT pg_advisory_xact_lock_shared({LONE})")

    def translate(self, error: Exception) -> RequestError:
        return translate(error)

    def check(self) -> list[str]:
        try:
            with self._connect(autocommit=True) as connection:
                encoding = connection.info.parameter_status("server_encoding")
                version = connection.info.server_version // 10_000
        except RequestError as error:
            return [f"{error.message}: {' '.join(str(error.__cause__).split())}"]
        faults = [] if version >= OLDEST else [f"PostgreSQL {version} is too old; use {OLDEST} or later"]
        if encoding != "UTF8":
            faults.append(f"the database's encoding is {encoding}; make one with ENCODING 'UTF8'")
        return faults
