"""SQLite, through `pysqlite3`, which brings a SQLite without the WAL-reset race of 3.51.2 and before."""

import fcntl
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pysqlite3 import dbapi2 as driver
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import NullPool

from mainspring.database.engine import Budget, Connection, Cursor, Engine, Parameters
from mainspring.database.engines.sqlite.aggregates import AGGREGATES
from mainspring.database.engines.sqlite.errors import translate, unusable
from mainspring.database.engines.sqlite.expressions import SqliteExpressions
from mainspring.database.engines.sqlite.functions import FUNCTIONS
from mainspring.errors import BadRequest, RequestError

STEPS_BETWEEN_LOOKS = 1_000
"""Virtual-machine steps after which a budget is asked again; about 50 µs."""

_SETTINGS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # with NORMAL a power cut loses what was acknowledged
    "PRAGMA busy_timeout = 5000",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16000",
    "PRAGMA mmap_size = 268435456",
)


class SqliteEngine(Engine):
    """SQLite in one file, which is made at the first opening.

    Args:
        path: The database file; its folder must exist.
    """

    embedded = True
    errors = driver.Error

    def __init__(self, path: Path) -> None:
        self.path = path
        self.dialect = SQLiteDialect_pysqlite(paramstyle="qmark")
        self.expressions = SqliteExpressions()

    def open_reader(self) -> Connection:
        connection: Connection = self._open()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def open_exporter(self) -> Connection:
        connection = self.open_reader()
        connection.execute("PRAGMA mmap_size = 0")  # mapped pages count as the process's own
        connection.execute("PRAGMA cache_size = -4000")
        return connection

    def open_writer(self) -> Connection:
        connection: Connection = self._open()
        connection.execute("PRAGMA journal_mode = WAL")
        return connection

    def _open(self) -> Any:
        return self._connect(self.path.absolute().as_uri())

    @staticmethod
    def _connect(uri: str) -> Any:
        try:
            # Autocommit by isolation_level=None; a connection is used by one thread at a time, but not always by the same.
            connection = driver.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512)
        except driver.Error as error:
            raise unusable(error) from error
        try:
            for setting in _SETTINGS:
                connection.execute(setting)
            for name, (number, function) in FUNCTIONS.items():
                connection.create_function(name, number, function, deterministic=True)
            for name, aggregate in AGGREGATES.items():
                connection.create_aggregate(name, 1, aggregate)
        except driver.Error as error:
            connection.close()
            raise unusable(error) from error
        return connection

    def alchemy(self) -> sa.Engine:
        return sa.create_engine("sqlite://", module=driver, creator=self.open_writer, poolclass=NullPool)

    def stream(self, connection: Connection, sql: str, parameters: Parameters = ()) -> Cursor:
        return connection.execute(sql, parameters)

    def limit(self, connection: Any, budget: Budget | None) -> None:
        connection.set_progress_handler(budget, STEPS_BETWEEN_LOOKS)

    def explain(self, connection: Connection, sql: str, parameters: Sequence[Any], *, analyze: bool) -> str:
        if analyze:
            raise BadRequest("SQLite cannot tell what a statement costs", code="0A000", hint="leave 'analyze' out")
        depths, lines = {0: -1}, list[str]()
        for id, above, _, words in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters):
            depths[id] = depths[above] + 1
            lines.append(f"{'  ' * depths[id]}{words}")
        return "\n".join(lines)

    def interrupt(self, connection: Any) -> None:
        connection.interrupt()

    def is_lost(self, connection: Connection) -> bool:
        return False

    def begin(self, connection: Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")

    def conflicted(self, error: Exception) -> bool:
        return False

    def keep_out_lone(self, connection: Connection) -> None:
        """Nothing: there is one change at a time."""

    @contextmanager
    def alone(self, connection: Connection) -> Generator[None]:
        descriptor = os.open(f"{self.path}-writer", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def translate(self, error: Exception) -> RequestError:
        return translate(error)

    def check(self) -> list[str]:
        version = driver.sqlite_version_info
        fixed = version >= (3, 51, 3) and version[:2] != (3, 52)
        backported = any(version[:2] == line[:2] and version >= line for line in ((3, 50, 7), (3, 44, 6)))
        if fixed or backported:
            return []
        fault = f"SQLite {driver.sqlite_version} can lose committed writes (the WAL-reset race)"
        return [f"{fault}; install a pysqlite3 with SQLite 3.51.3 or later"]
