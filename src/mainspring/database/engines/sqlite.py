"""SQLite, through `pysqlite3`, which brings a SQLite without the WAL-reset race of 3.51.2 and before."""

import fcntl
import json
import os
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver
from sqlalchemy import BindParameter, ColumnElement, bindparam, case, exists, func, literal_column, select, tuple_
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from mainspring.database.engine import Budget, Connection, Engine
from mainspring.errors import BadRequest, CommandError, Conflict, Fault, RequestError, StorageFull, Unavailable

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

    errors = driver.Error

    def __init__(self, path: Path) -> None:
        self.path = path
        self.dialect = SQLiteDialect_pysqlite(paramstyle="qmark")

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

    def make_folder(self) -> None:
        """Make the folder of the database, closed to other users of the machine, where it is absent.

        Raises:
            CommandError: It cannot be made.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(
                f"the folder {self.path.parent} cannot be made: {error.strerror}; choose another with --data"
            ) from error

    def _open(self) -> Any:
        try:
            # Autocommit by isolation_level=None; a connection is used by one thread at a time, but not always by the same.
            connection = driver.connect(str(self.path), isolation_level=None, check_same_thread=False, cached_statements=512)
        except driver.Error as error:
            raise _unusable(error) from error
        try:
            for setting in _SETTINGS:
                connection.execute(setting)
        except driver.Error as error:
            connection.close()
            raise _unusable(error) from error
        return connection

    def limit(self, connection: Any, budget: Budget | None) -> None:
        connection.set_progress_handler(budget, STEPS_BETWEEN_LOOKS)

    @contextmanager
    def writing(self) -> Generator[None]:
        descriptor = os.open(f"{self.path}-writer", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def translate(self, error: Exception) -> RequestError:
        text = str(error)
        what, _, named = text.partition(" constraint failed")
        columns = [each.rpartition(".")[2] for each in named.removeprefix(": ").split(", ")]
        if what == "UNIQUE":
            return Conflict(
                f"another record has the same {' and '.join(columns)}",
                faults=[Fault(f"/{each}", "23505", "another record has this value") for each in columns],
            )
        if what == "FOREIGN KEY":
            return Conflict("a link leads to no record, or another record still needs this one", code="23503")
        if what == "NOT NULL":
            return BadRequest(f"'{columns[0]}' is needed", code="23502", faults=[Fault(f"/{columns[0]}", "23502", "needed")])
        if what == "CHECK":
            return BadRequest("the record breaks a check of its model", code="23514", details=columns[0])
        if text == "database or disk is full":
            return StorageFull("the disk is full; nothing was stored")
        if text == "interrupted":
            return BadRequest(
                "the question takes too long", code="57014", hint="filter on an indexed column, or ask for fewer rows"
            )
        if text.startswith(_PASSING):
            return Unavailable("the database cannot answer now", headers=[("Retry-After", "1")])
        return RequestError("the database failed in a way that is not the caller's fault; the server's log says how")

    def among(self, columns: Sequence[ColumnElement[Any]], name: str) -> ColumnElement[bool]:
        items = func.json_each(bindparam(name)).table_valued("value")
        if len(columns) == 1:
            return columns[0].in_(select(items.c.value))
        parts = [func.json_extract(items.c.value, literal_column(f"'$[{number}]'")) for number in range(len(columns))]
        return tuple_(*columns).in_(select(*parts))

    def bind_list(self, values: Sequence[Any]) -> str:
        return json.dumps(values)

    def compares_lists(self, column: ColumnElement[Any], operator: str, name: str) -> ColumnElement[bool]:
        here = func.json_each(column).table_valued("value", name="here")
        there = func.json_each(bindparam(name)).table_valued("value", name="there")
        if operator == "ov":
            found: ColumnElement[bool] = exists().select_from(here).where(here.c.value.in_(select(there.c.value)))
        else:
            these, those = (there, here) if operator == "cs" else (here, there)
            found = ~exists().select_from(these).where(these.c.value.not_in(select(those.c.value)))
        return case((column.is_not(None), found))

    def matches(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        # LIKE takes A and a for the same; GLOB does not.
        pattern: BindParameter[str] = bindparam(name)
        return column.op("GLOB", is_comparison=True)(pattern) if sensitive else column.like(pattern, escape="\\")

    def bind_pattern(self, pattern: str, *, sensitive: bool) -> str:
        return _PATTERN.sub(_to_glob, pattern) if sensitive else pattern

    def check(self) -> list[str]:
        version = driver.sqlite_version_info
        fixed = version >= (3, 51, 3) and version[:2] != (3, 52)
        backported = any(version[:2] == line[:2] and version >= line for line in ((3, 50, 7), (3, 44, 6)))
        if fixed or backported:
            return []
        fault = f"SQLite {driver.sqlite_version} can lose committed writes (the WAL-reset race)"
        return [f"{fault}; install a pysqlite3 with SQLite 3.51.3 or later"]


def _unusable(error: Exception) -> Unavailable:
    return Unavailable("the database cannot be opened", details=str(error))


_PASSING = ("database is locked", "database table is locked", "disk I/O error", "unable to open database file", "out of memory")

_PATTERN = re.compile(r"\\(.)|[%_*?\[]", re.DOTALL)


def _to_glob(found: re.Match[str]) -> str:
    """A part of a LIKE pattern as GLOB writes it, where `*` is any text, `?` any character, and `[x]` x itself."""
    literal = found[1] or found[0]
    if literal in "*?[" and (found[1] or found[0] not in "%_"):
        return f"[{literal}]"
    return {"%": "*", "_": "?"}[found[0]] if found[1] is None else literal
