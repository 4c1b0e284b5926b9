"""Reads: quick ones on the event loop, slow ones in a thread, endless ones not at all, and never from an old moment."""

import asyncio
import threading

import pytest

from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.errors import BadRequest, RequestError

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def count(connection: Connection) -> int:
    return connection.execute("SELECT count(*) FROM notes").fetchone()[0]


def add(connection: Connection) -> None:
    connection.execute("INSERT INTO notes (text) VALUES (hex(randomblob(8)))")


def test_a_slow_read_holds_no_quick_one_up(database: Database):
    asyncio.run(_ask_slow_and_quick(database))


async def _ask_slow_and_quick(database: Database) -> None:
    slow = asyncio.create_task(database.answer(lambda connection: connection.execute(SLOW).fetchone()))
    await asyncio.sleep(0)  # it has begun on the loop, was stopped there, and goes on in a thread
    quick = [await database.answer(count) for _ in range(5)]
    assert quick == [0] * 5
    assert not slow.done()
    assert await slow == (300000,)


def test_what_no_budget_can_stop_never_runs_on_the_event_loop(database: Database):
    name = asyncio.run(database.answer(lambda _: threading.current_thread().name, divisible=False))
    assert name.startswith("reader")


def test_an_endless_read_ends(database: Database):
    with pytest.raises(BadRequest) as refused:
        asyncio.run(database.answer(lambda connection: connection.execute(ENDLESS).fetchone()))
    assert refused.value.code == "57014"
    assert database.read(count) == 0


@pytest.mark.parametrize("fault", [BadRequest("too much"), None], ids=["refused", "a driver's error"])
def test_after_a_failure_the_next_read_sees_the_present(database: Database, fault: Exception | None):
    def fail(connection: Connection) -> None:
        connection.execute("BEGIN")
        count(connection)
        if fault:
            raise fault
        connection.execute("SELECT nonsense")

    with pytest.raises(RequestError):
        asyncio.run(database.answer(fail))
    with pytest.raises(RequestError):
        database.read(fail)
    database.write(add)
    assert asyncio.run(database.answer(count)) == 1
    assert database.read(count) == 1


def test_a_reader_cannot_write(database: Database):
    with pytest.raises(RequestError):
        database.read(add)
    assert database.read(count) == 0


def test_what_the_driver_says_never_reaches_the_caller(database: Database):
    with pytest.raises(RequestError) as refused:
        database.read(lambda connection: connection.execute("SELECT secret_column FROM notes"))
    assert "secret_column" not in str(refused.value)
