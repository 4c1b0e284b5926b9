"""SQLite, through `pysqlite3`, which brings a SQLite without the WAL-reset race of 3.51.2 and before."""

import fcntl
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as driver
from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from mainspring.database.engine import Budget, Connection, Engine
from mainspring.errors import BadRequest, Conflict, Fault, RequestError, StorageFull, Unavailable

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
_COLUMN = re.compile(r"(?:UNIQUE|NOT NULL) constraint failed: (.+)")
_CHECK = re.compile(r"CHECK constraint failed: (.+)")


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
        connection = self._open()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def open_writer(self) -> Connection:
        connection = self._open()
        connection.execute("PRAGMA journal_mode = WAL")
        return connection

    def _open(self) -> Any:
        # Autocommit by isolation_level=None; a connection is used by one thread at a time, but not always by the same.
        connection = driver.connect(str(self.path), isolation_level=None, check_same_thread=False, cached_statements=512)
        for setting in _SETTINGS:
            connection.execute(setting)
        return connection

    def limit(self, connection: Any, budget: Budget | None) -> None:
        connection.set_progress_handler(budget, STEPS_BETWEEN_LOOKS)

    @contextmanager
    def writing(self) -> Iterator[None]:
        descriptor = os.open(f"{self.path}-writer", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def translate(self, error: Exception) -> RequestError:
        name = getattr(error, "sqlite_errorname", "")
        text = str(error)
        if name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"}:
            columns = [each.rpartition(".")[2] for each in _named(_COLUMN, text).split(", ")]
            return Conflict(
                f"another record has the same {' and '.join(columns)}",
                faults=[Fault(f"/{each}", "23505", "another record has this value") for each in columns],
            )
        if name == "SQLITE_CONSTRAINT_FOREIGNKEY":
            return Conflict("a link leads to no record, or another record still needs this one", code="23503")
        if name == "SQLITE_CONSTRAINT_TRIGGER":  # how SQLite names ON DELETE RESTRICT
            return Conflict("another record still needs this one", code="23503")
        if name == "SQLITE_CONSTRAINT_NOTNULL":
            column_name = _named(_COLUMN, text).rpartition(".")[2]
            return BadRequest(f"'{column_name}' is needed", code="23502", faults=[Fault(f"/{column_name}", "23502", "needed")])
        if name == "SQLITE_CONSTRAINT_CHECK":
            return BadRequest("the record breaks a check of its model", code="23514", details=_named(_CHECK, text))
        if name == "SQLITE_FULL":
            return StorageFull("the disk is full; nothing was stored")
        if name == "SQLITE_INTERRUPT":
            return BadRequest(
                "the question takes too long", code="57014", hint="filter on an indexed column, or ask for fewer rows"
            )
        return Unavailable("the database cannot answer now", headers=[("Retry-After", "1")])

    def among(self, column_: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        values = func.json_each(bindparam(name)).table_valued("value")
        return column_.in_(select(values.c.value))

    def bind_list(self, values: Sequence[Any]) -> str:
        return json.dumps(values)

    def check(self) -> list[str]:
        version = driver.sqlite_version_info
        fixed = version >= (3, 51, 3) and version[:2] != (3, 52)
        backported = any(version[:2] == line[:2] and version >= line for line in ((3, 50, 7), (3, 44, 6)))
        if fixed or backported:
            return []
        return [
            f"SQLite {driver.sqlite_version} can lose committed writes (the WAL-reset race); install a pysqlite3 with SQLite 3.51.3 or later"
        ]


def _named(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(1) if found else ""
