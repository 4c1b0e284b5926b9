"""A connection to MariaDB, through PyMySQL: pure Python, and of a licence that any app may be shipped with."""

import pickle
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import Cursor, SSCursor

from mainspring.database.engine import Budget, Parameters
from mainspring.database.engines.mariadb.errors import DUPLICATE, LOST, TOO_MUCH, Duplicate, number_of
from mainspring.database.engines.mariadb.expressions import Nothing, write_nothing

TOO_SLOW = 1969

_WHOLE = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.INT24, FIELD_TYPE.LONGLONG, FIELD_TYPE.YEAR)
_FLOATING = (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE)
_EXACT = (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL)


def _write_decimal(number: Decimal, _mapping: object = None) -> str:
    return format(number, "f")  # with an exponent it would be a binary number


CONVERTERS: dict[Any, Any] = {
    **encoders,
    Decimal: _write_decimal,
    Nothing: write_nothing,
    **dict.fromkeys(_WHOLE, int),
    **dict.fromkeys(_FLOATING, float),
    **dict.fromkeys(_EXACT, Decimal),
}
"""Between Python and SQL: numbers are numbers, all else is text."""

_TABLE = re.compile(r"(?:INSERT INTO|UPDATE) (`(?:[^`]|``)+`|\w+)")
_KEY = re.compile(r"for key '(?:[^']*\.)?([^'.]+)'$")
_UNSURE = (" REGEXP ", "json_contains(")
_KEY_COLUMNS = "SHOW INDEX FROM {table} WHERE Key_name = %s"
_COLUMN_AT = 4


class _Cursor(Cursor):
    """Gives lists of rows."""

    def fetchall(self) -> list[Any]:  # type: ignore[override]  # its stub says tuples
        return list(super().fetchall())

    def fetchmany(self, size: int | None = None) -> list[Any]:  # type: ignore[override]  # as above
        return list(super().fetchmany(size))


class MariadbConnection:
    """A connection in autocommit.

    Args:
        driver: The driver's connection.
        seconds: Longest time that one piece of a stream may take.
        interrupt: Stops the statement that this connection executes; called by another thread.
    """

    def __init__(self, driver: "pymysql.Connection[Any]", seconds: float, interrupt: Callable[[Any], None]) -> None:
        self.driver = driver
        self.budget: Budget | None = None
        self._seconds = seconds
        self._interrupt = interrupt
        self._within = False
        self._failed: pymysql.err.Error | None = None
        self._stream: Stream | None = None

    @property
    def in_transaction(self) -> bool:
        return self._within and self.driver.open

    def execute(self, sql: str, parameters: Parameters = (), /) -> Any:
        """Execute a statement. A budget is asked before each; while one runs, the server's `max_statement_time` watches.

        Raises:
            pymysql.err.Error: The database refuses.
        """
        return self._execute(self.driver.cursor(_Cursor), sql, parameters)

    def stream(self, sql: str, parameters: Parameters) -> "Stream":
        """Execute a statement whose rows are fetched when they are asked for."""
        with self.watched():
            self._stream = Stream(self, self._execute(self.driver.cursor(SSCursor), sql, parameters), sql)
        return self._stream

    def watched(self) -> "_Watch":
        """Around what the server does for a stream, which may stand still for long while its reader does."""
        return _Watch(self._seconds, lambda: self._interrupt(self))

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        if self.driver.open:
            self.driver.close()

    def _execute(self, cursor: Any, sql: str, parameters: Parameters) -> Any:
        if sql.startswith("ROLLBACK"):  # to a savepoint as well, which is not there any more if the server rolled everything back
            self._failed = None
        if self.budget is not None and self.budget():
            raise pymysql.err.OperationalError(TOO_SLOW, "the time is over")
        if self._failed is not None:
            raise self._failed  # the server may have rolled everything back, and would store what comes now
        if self._stream is not None:
            self._stream.put_aside()
        try:
            cursor.execute(sql, tuple(parameters))
            self.check_patterns(cursor, sql)
        except pymysql.err.Error as error:
            self._fail(error, sql)
        if sql in {"BEGIN", "COMMIT", "ROLLBACK"}:
            self._within = sql == "BEGIN"
        return cursor

    def check_patterns(self, cursor: Any, sql: str) -> None:
        """See that all patterns were matched to their end, and all JSON was read: where not, MariaDB only warns.

        Raises:
            pymysql.err.OperationalError: One was not.
        """
        if cursor.warning_count and any(word in sql for word in _UNSURE):
            driver: Any = self.driver
            warnings: list[tuple[str, int, str]] = list(driver.show_warnings())
            if len(warnings) < cursor.warning_count or any(number in TOO_MUCH for _, number, _ in warnings):
                raise pymysql.err.OperationalError(min(TOO_MUCH), "a value was not compared to its end")

    def _fail(self, error: pymysql.err.Error, sql: str) -> None:
        number = number_of(error)
        if number in LOST and self.driver.open:
            self.driver.close()
        if number == DUPLICATE:
            error = Duplicate(error, self._key_columns(str(error.args[1]), sql))
        if self._within:
            self._failed = error
        raise error

    def _key_columns(self, text: str, sql: str) -> list[str]:
        """The columns of the key that an error names."""
        table, key = _TABLE.match(sql), _KEY.search(text)
        if table is None or key is None:
            return []
        with self.driver.cursor() as cursor:
            cursor.execute(_KEY_COLUMNS.format(table=table[1]), (key[1],))
            return [row[_COLUMN_AT] for row in cursor.fetchall()]


class Stream:
    """The rows of one statement, as the server finds them.

    The server says nothing else on the connection until it has sent them all; where it is asked to, they are put into a file.
    """

    def __init__(self, connection: MariadbConnection, cursor: SSCursor, sql: str) -> None:
        self._connection = connection
        self._cursor = cursor
        self._sql = sql
        self._aside: Any = None

    @property
    def rowcount(self) -> int:
        return -1

    def fetchone(self) -> Any:
        return next(iter(self.fetchmany(1)), None)

    def fetchall(self) -> list[Any]:
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        while rows := self.fetchmany(_PIECE):
            yield from rows

    def fetchmany(self, size: int, /) -> list[Any]:
        """The next rows; none at the end."""
        if self._aside is None:
            with self._connection.watched():
                found = list(self._cursor.fetchmany(size))
            if not found:
                self._connection.check_patterns(self._cursor, self._sql)
            return found
        rows: list[Any] = []
        while len(rows) < size and (row := self._next_aside()) is not None:
            rows.append(row)
        return rows

    def put_aside(self) -> None:
        """Read what is still coming into a file."""
        if self._aside is not None:
            return
        self._aside = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the connection
        with self._connection.watched():
            while (row := self._cursor.fetchone()) is not None:
                pickle.dump(row, self._aside)
        self._connection.check_patterns(self._cursor, self._sql)
        self._aside.seek(0)

    def close(self) -> None:
        """Let go of what was not fetched. The driver would read all that is still coming, also of a connection that is gone."""
        if self._aside is not None:
            self._aside.close()
        cursor: Any = self._cursor
        cursor.connection = None
        if cursor._result is not None:  # noqa: SLF001 - the driver has no other way
            cursor._result.unbuffered_active = False  # noqa: SLF001 - as above

    def _next_aside(self) -> Any:
        try:
            return pickle.load(self._aside)  # noqa: S301 - what stands in it was put there above
        except EOFError:
            return None


_PIECE = 500


class _Watch:
    """Stops what takes longer than so many seconds."""

    def __init__(self, seconds: float, stop: Callable[[], None]) -> None:
        self._timer = threading.Timer(seconds, stop)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
