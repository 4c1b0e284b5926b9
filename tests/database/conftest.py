"""A real SQLite file with one table, for each test."""

from collections.abc import Generator
from pathlib import Path

import pytest

from mainspring.database.database import Database
from mainspring.database.engines.sqlite import SqliteEngine


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    opened = Database(SqliteEngine(tmp_path / "app.sqlite"), statement_seconds=0.5)
    opened.write(lambda connection: connection.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
    opened.write(
        lambda connection: connection.execute(
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE NOT NULL CHECK (length(text) < 9999999), "
            "parent_id INTEGER REFERENCES parents (id))"
        )
    )
    yield opened
    opened.close()
