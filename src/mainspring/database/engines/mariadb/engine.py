"""MariaDB, through PyMySQL. The database is another machine's affair: nothing of it runs on the event loop."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import msgspec
import pymysql
import sqlalchemy as sa
from pymysql.constants import CLIENT
from sqlalchemy.pool import NullPool

from mainspring.database.engine import Budget, Connection, Cursor, Engine, Parameters
from mainspring.database.engines.mariadb.connection import CONVERTERS, MariadbConnection
from mainspring.database.engines.mariadb.dialect import MariadbDialect
from mainspring.database.engines.mariadb.errors import CONFLICTS, number_of, translate, unusable
from mainspring.database.engines.mariadb.expressions import MariadbExpressions
from mainspring.database.engines.mariadb.types import BY_CODE_POINT, CHARACTERS
from mainspring.errors import RequestError

CONNECT_SECONDS = 5
"""Longest wait for a connection."""

OLDEST = (10, 11)
"""The oldest version that is known to work."""

LOCKS = "mainspring_locks"
"""A table of one row, which a lone change holds alone, and those that bring files together."""

_MODE = (
    "STRICT_ALL_TABLES",  # else what does not fit is cut
    "NO_ENGINE_SUBSTITUTION",
    "NO_AUTO_VALUE_ON_ZERO",
    "NO_ZERO_DATE",
    "NO_ZERO_IN_DATE",
    "ERROR_FOR_DIVISION_BY_ZERO",
)
_SETTINGS = (
    f"SESSION sql_mode = '{','.join(_MODE)}'",
    "SESSION time_zone = '+00:00'",
    "SESSION default_storage_engine = InnoDB",
    "SESSION group_concat_max_len = 1048576",
)
_READING = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"  # all statements of a question see one moment
_WRITING = "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"
_FILES = ("ssl_ca", "ssl_cert", "ssl_key", "unix_socket")
_VERSION = re.compile(r"(\d+)\.(\d+)\.")


class MariadbEngine(Engine):
    """A MariaDB database.

    Args:
        address: Its address, `mysql://user:password@host:port/name`; after `?` may stand `ssl_ca`, `ssl_cert`, `ssl_key` and
            `unix_socket`.
        statement_seconds: Longest time that one statement may take.
    """

    embedded = False
    errors = pymysql.err.Error
    converters: ClassVar[Mapping[Any, Any]] = CONVERTERS

    def __init__(self, address: str, statement_seconds: float) -> None:
        self._url = sa.make_url(address)
        self._seconds = statement_seconds
        self.dialect = MariadbDialect()
        self.expressions = MariadbExpressions()

    def open_reader(self) -> Connection:
        return self._open(_READING, self._statement_time)

    def open_exporter(self) -> Connection:
        return self._open(_READING, "SET SESSION net_write_timeout = 3600")  # a slow client is no reason to stop

    def open_writer(self) -> Connection:
        wait = f"SET SESSION innodb_lock_wait_timeout = {max(1, round(self._seconds))}"
        return self._open(_WRITING, self._statement_time, wait)

    @property
    def _statement_time(self) -> str:
        return f"SET SESSION max_statement_time = {self._seconds}"

    def _open(self, *settings: str) -> MariadbConnection:
        connection = MariadbConnection(self._connect(autocommit=True, conv=self.converters), self._seconds, self.interrupt)
        for setting in settings:
            connection.execute(setting)
        return connection

    def _connect(self, *, autocommit: bool, **options: Any) -> "pymysql.Connection[Any]":
        url = self._url
        connect: Any = pymysql.connect
        try:
            connection: pymysql.Connection[Any] = connect(
                host=url.host or "localhost",
                port=url.port or 3306,
                user=url.username,
                password=str(url.password or ""),
                database=url.database,
                charset=CHARACTERS,
                collation=BY_CODE_POINT,
                autocommit=autocommit,
                connect_timeout=CONNECT_SECONDS,
                client_flag=CLIENT.FOUND_ROWS,
                init_command=f"SET {', '.join(_SETTINGS)}",
                program_name="mainspring",
                **{name: str(url.query[name]) for name in _FILES if name in url.query},
                **options,
            )
        except pymysql.err.Error as error:
            raise unusable() from error
        return connection

    def alchemy(self) -> sa.Engine:
        return sa.create_engine(
            "mariadb+mainspring://", creator=lambda: self._connect(autocommit=False), poolclass=NullPool, module=pymysql
        )

    def stream(self, connection: Any, sql: str, parameters: Parameters = ()) -> Cursor:
        cursor: Cursor = connection.stream(sql, parameters)
        return cursor

    def limit(self, connection: Any, budget: Budget | None) -> None:
        connection.budget = budget

    def interrupt(self, connection: Any) -> None:
        with self._connect(autocommit=True) as other, other.cursor() as cursor:
            cursor.execute("KILL QUERY %s", (connection.driver.thread_id(),))

    def is_lost(self, connection: Any) -> bool:
        return not connection.driver.open

    def begin(self, connection: Connection) -> None:
        connection.execute("BEGIN")

    def conflicted(self, error: Exception) -> bool:
        return number_of(error) in CONFLICTS

    @contextmanager
    def alone(self, connection: Connection) -> Generator[None]:
        # On a connection of its own: the change's transaction would end with its lock.
        lock = self._open()
        try:
            lock.execute("BEGIN")
            lock.execute(f"SELECT number FROM {LOCKS} WHERE number = 1 FOR UPDATE")  # noqa: S608 - the constant above
            yield
        finally:
            lock.close()

    def keep_out_lone(self, connection: Connection) -> None:
        connection.execute(f"SELECT number FROM {LOCKS} WHERE number = 1 LOCK IN SHARE MODE")  # noqa: S608 - as above

    def explain(self, connection: Connection, sql: str, parameters: Parameters, *, analyze: bool) -> Any:
        word = "ANALYZE" if analyze else "EXPLAIN"
        return msgspec.json.decode(connection.execute(f"{word} FORMAT=JSON {sql}", parameters).fetchone()[0])

    def translate(self, error: Exception) -> RequestError:
        return translate(error)

    def check(self) -> list[str]:
        try:
            with self._connect(autocommit=True) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT version()")
                ((version,),) = cursor.fetchall()
        except RequestError as error:
            return [f"{error.message}: {' '.join(str(error.__cause__).split())}"]
        if "MariaDB" not in version:
            return [f"the server is MySQL {version}, which lacks what is needed (INSERT … RETURNING); use MariaDB 10.11 or later"]
        found = _VERSION.search(version.removeprefix("5.5.5-"))
        if found is None or (int(found[1]), int(found[2])) < OLDEST:
            return [f"MariaDB {version} is too old; use {'.'.join(map(str, OLDEST))} or later"]
        return []
