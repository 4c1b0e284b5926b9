"""A client that goes away stops what its question makes the database do."""

import asyncio
import time
from typing import Any

import pytest
from tests.rest.conftest import Library, Open, double_remarks

from mainspring.rest.http.room import PREFIX

ENGINES = ("sqlite", "postgresql", "mariadb")
CSV, JSON = "text/csv", "application/json"
LEAVES_AFTER = 0.3

SLOW = "remarks?order=id&or=({})".format(",".join(f"text.like.*{number}*{number}*x*" for number in range(200)))
"""What takes every engine seconds: two hundred patterns for each of many texts."""


@pytest.fixture
def crowded(open_with: Open) -> Library:
    library = open_with(filters=1_000, page_rows=100)
    double_remarks(library, 16)
    return library


def ask_and_leave(library: Library, accept: str, seconds: float) -> float:
    """Ask the slow question and go away after so many seconds; gives how long the server was busy with it."""

    async def ask() -> float:
        async def receive() -> Any:
            await asyncio.sleep(seconds)
            return {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            pass

        path, _, query = SLOW.partition("?")
        scope = {
            "type": "http",
            "method": "GET",
            "path": f"{PREFIX}/{path}",
            "query_string": query.encode(),
            "headers": [(b"accept", accept.encode()), (b"prefer", b"count=exact")],
        }
        begun = time.perf_counter()
        await library.site(scope, receive, send)
        return time.perf_counter() - begun

    return library.runner.run(ask())


def running(library: Library) -> list[str]:
    """The statements that the server still executes for others than who asks for them; an embedded engine has none."""
    texts = {
        "sqlite": "SELECT 1 WHERE 1 = 0",
        "postgresql": "SELECT query FROM pg_stat_activity "
        "WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid() "
        "AND position('remarks' IN query) > 0",
        "mariadb": "SELECT info FROM information_schema.processlist "
        "WHERE db = database() AND command = 'Query' AND id <> connection_id() AND locate('remarks', info) > 0",
    }
    engine = library.backend.engine
    with engine.alchemy().connect() as connection:
        return [text for (text,) in connection.exec_driver_sql(texts[engine.dialect.name])]


@pytest.mark.parametrize("accept", [JSON, CSV])
def test_a_client_that_goes_away_stops_its_statement(crowded: Library, accept: str):
    patient = ask_and_leave(crowded, accept, 60)
    assert patient > 4 * LEAVES_AFTER, "the question is slow"
    assert ask_and_leave(crowded, accept, LEAVES_AFTER) < patient / 2
    assert running(crowded) == []
    assert crowded.names("shelves?select=title&order=title", "ann") == ["Ice", "Sea"], "the next question is answered"
