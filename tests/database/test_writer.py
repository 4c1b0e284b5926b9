"""Changes share transactions, and yet none of them feels another."""

import subprocess
import sys
import threading
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest

from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.errors import BadRequest, Conflict, RequestError, StorageFull, Unavailable

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def note(text: str) -> Any:
    """A change that adds a note."""
    return lambda connection: connection.execute("INSERT INTO notes (text) VALUES (?)", (text,)).lastrowid


def notes(database: Database) -> list[str]:
    return [text for (text,) in database.read(lambda connection: connection.execute("SELECT text FROM notes").fetchall())]


class Held:
    """Keeps the writer busy, so that what is submitted meanwhile becomes one group."""

    def __init__(self, database: Database) -> None:
        self._go = threading.Event()
        self._future = database.submit(self._wait, alone=True)

    def _wait(self, _: Connection) -> None:
        self._go.wait()

    def release(self) -> None:
        self._go.set()
        self._future.result()


def store_together(database: Database, works: list[Any]) -> list[Future[Any]]:
    held = Held(database)
    futures = [database.submit(work) for work in works]
    held.release()
    for future in futures:
        future.exception()  # waits
    return futures


def test_a_group_is_one_transaction(database: Database):
    def count(connection: Connection) -> int:
        return connection.execute("SELECT count(*) FROM notes").fetchone()[0]

    futures = store_together(database, [note("one"), note("two"), count])
    assert [future.result() for future in futures] == [1, 2, 2]
    assert notes(database) == ["one", "two"]


@pytest.mark.parametrize(
    ("wrong", "refusal", "code"),
    [
        (note("one"), Conflict, "23505"),
        (lambda connection: connection.execute("INSERT INTO notes (text, parent_id) VALUES ('x', 5)"), Conflict, "23503"),
        (lambda connection: connection.execute("INSERT INTO notes (text) VALUES (NULL)"), BadRequest, "23502"),
        (lambda connection: connection.execute("INSERT INTO notes (text) VALUES (hex(zeroblob(5000000)))"), BadRequest, "23514"),
        (lambda connection: connection.execute(ENDLESS), BadRequest, "57014"),
        (lambda connection: connection.execute("ROLLBACK"), RequestError, "XX000"),
        (lambda _: 1 // 0, ZeroDivisionError, None),
    ],
    ids=["duplicate", "no parent", "null", "check", "endless", "rolls back by itself", "a defect"],
)
def test_one_that_fails_takes_nobody_with_it(database: Database, wrong: Any, refusal: type[Exception], code: str | None):
    def half(connection: Connection) -> None:
        note("half")(connection)
        wrong(connection)

    _, failed, _ = store_together(database, [note("one"), half, note("two")])
    error = failed.exception()
    assert isinstance(error, refusal)
    assert getattr(error, "code", None) == code
    assert sorted(notes(database)) == ["one", "two"]


def test_a_commit_that_fails_is_found_out_one_by_one(database: Database):
    def late(connection: Connection) -> None:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT INTO notes (text, parent_id) VALUES ('late', 99)")

    first, failed, last = store_together(database, [note("one"), late, note("two")])
    assert isinstance(failed.exception(), Conflict)
    assert (first.exception(), last.exception()) == (None, None)
    assert notes(database) == ["one", "two"]


def test_a_full_disk_refuses_one_and_stores_the_others(database: Database):
    pages = database.read(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])

    def huge(connection: Connection) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 8}")  # SQLite's own way to run out of room
        connection.execute("INSERT INTO notes (text) VALUES (hex(zeroblob(400000)))")

    first, failed, last = store_together(database, [note("one"), huge, note("two")])
    assert isinstance(failed.exception(), StorageFull)
    assert (first.exception(), last.exception()) == (None, None)
    assert notes(database) == ["one", "two"]


def test_who_went_away_before_the_start_is_passed_over(database: Database):
    held = Held(database)
    gone, stays = database.submit(note("gone")), database.submit(note("stays"))
    assert gone.cancel()
    held.release()
    stays.result()
    with pytest.raises(CancelledError):
        gone.result()
    assert notes(database) == ["stays"]


def test_what_waits_at_the_end_is_stored(tmp_path: Path, database: Database):
    held = Held(database)
    futures = [database.submit(note(str(number))) for number in range(300)]
    closing = threading.Thread(target=database.close)
    closing.start()
    held.release()
    closing.join()
    assert [future.exception() for future in futures] == [None] * 300
    with pytest.raises(Unavailable):
        database.submit(note("late"))


PROCESS = """
import sys
from pathlib import Path
from mainspring.database.database import Database
from mainspring.database.engines.sqlite import SqliteEngine
database = Database(SqliteEngine(Path(sys.argv[1])), 5)
futures = [
    database.submit(lambda connection, n=n: connection.execute("INSERT INTO notes (text) VALUES (?)", (f"{sys.argv[2]} {n}",)))
    for n in range(500)
]
assert all(future.exception() is None for future in futures)
database.close()
"""


def test_processes_wait_in_line(tmp_path: Path, database: Database):
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "app.sqlite")]
    processes = [subprocess.Popen([*command, name]) for name in ("a", "b", "c")]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert len(notes(database)) == 1500
