"""A SQLite file that somebody else's programs use too: it is served as it is."""

import fcntl
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from mainspring.database.adopted import AdoptedEngine, Told
from mainspring.database.engine import Connection
from mainspring.database.engines.sqlite.engine import SqliteEngine
from mainspring.errors import CommandError


class AdoptedSqlite(SqliteEngine, AdoptedEngine):
    """SQLite in a file that was there before. It keeps its journal mode, and nothing of ours is laid beside it.

    Args:
        path: The database file.
        lock: The file on which our processes wait in line to write; it is made if absent.

    Raises:
        CommandError: There is no such file.
    """

    def __init__(self, path: Path, lock: Path) -> None:
        super().__init__(path)
        self._lock = lock
        if not path.is_file():
            raise CommandError(f"there is no database {path}; say where it is with MAINSPRING_ADOPTED")

    def tell(self, connection: sa.Connection, schema: str | None) -> Told:
        inspector = sa.inspect(connection)
        tables = inspector.get_table_names(schema)
        return Told(
            {}, {name: [str(each["sqltext"]) for each in inspector.get_check_constraints(name, schema)] for name in tables}
        )

    def plain_type(self, column: str, type_: TypeEngine[Any], told: str, checks: Sequence[str]) -> TypeEngine[Any]:
        return type_

    def open_writer(self) -> Connection:
        connection: Connection = self._open()
        return connection

    @contextmanager
    def alone(self, connection: Connection) -> Generator[None]:
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _open(self) -> Any:
        return self._connect(f"{self.path.absolute().as_uri()}?mode=rw")
