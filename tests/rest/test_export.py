"""Answers of more than a page, in CSV and NDJSON."""

import asyncio
from typing import Any

import pytest
from tests.rest.conftest import Library, Open

from mainspring.rest.http.room import PREFIX

ENGINES = ("sqlite", "postgresql", "mariadb")

CSV, NDJSON = "text/csv", "application/x-ndjson"
NUMBER = 2_500


@pytest.fixture
def many(open_with: Open) -> Library:
    library = open_with(page_rows=100, exports=1)
    rows = [{"text": str(number), "public": True} for number in range(NUMBER)]
    assert library.post("remarks", "ann", json=rows).status_code == 201
    return library


def lines(reply: Any) -> list[str]:
    assert reply.status_code in {200, 206}, reply.text
    return reply.text.splitlines()


QUESTION = "remarks?select=text&public=is.true&order=id"


def test_a_large_answer_is_whole(many: Library):
    whole = ["text", "for all", *map(str, range(NUMBER))]
    reply = many.get(QUESTION, accept=CSV)
    assert lines(reply) == whole
    assert reply.headers["content-range"] == "*/*"
    assert len(lines(many.get(QUESTION, accept=NDJSON))) == NUMBER + 1
    assert len(many.get(QUESTION).json()) == 100  # JSON keeps the page


@pytest.mark.parametrize(
    ("path", "number", "status", "extent"),
    [
        ("&limit=1500", 1_500, 206, f"0-1499/{NUMBER + 1}"),
        ("&limit=1500&offset=2000", 501, 206, f"2000-2500/{NUMBER + 1}"),
        ("", NUMBER + 1, 200, f"0-{NUMBER}/{NUMBER + 1}"),
        ("&limit=50", 50, 206, f"0-49/{NUMBER + 1}"),
    ],
)
def test_limits_and_counts(many: Library, path: str, number: int, status: int, extent: str):
    reply = many.get(QUESTION + path, accept=NDJSON, prefer="count=exact")
    assert len(lines(reply)) == number
    assert (reply.status_code, reply.headers["content-range"]) == (status, extent)
    head = many.head(QUESTION + path, accept=NDJSON, prefer="count=exact")
    assert (head.status_code, head.headers["content-range"], head.content) == (status, extent, b"")


def test_embeds_and_rules_hold_in_each_piece(many: Library):
    reply = many.get("remarks?select=text,author(name)&public=is.true", accept=NDJSON)
    assert {line.partition(",")[2] for line in lines(reply)} == {'"author":null}'}
    mine = lines(many.get("remarks?select=text,author(name)", "ann", accept=NDJSON))
    assert len(mine) == NUMBER + 2


def test_the_most_rows(open_with: Open):
    library = open_with(page_rows=2, export_rows=3)
    assert len(lines(library.get("books", "ann", accept=NDJSON))) == 3


def test_a_client_that_goes_away_stops_the_statement_and_makes_room(many: Library):
    """With room for one, the next answer would be refused if the first went on."""

    async def go_away() -> int:
        sent = 0
        away = asyncio.Event()

        async def receive() -> Any:
            await away.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal sent
            sent += len(message.get("body", b""))
            if sent > 10:
                away.set()

        path, _, query = QUESTION.partition("?")
        scope = {
            "type": "http",
            "method": "GET",
            "path": f"{PREFIX}/{path}",
            "query_string": query.encode(),
            "headers": [(b"accept", CSV.encode())],
        }
        await many.site(scope, receive, send)
        return sent

    assert many.runner.run(go_away()) < 5_000
    assert len(lines(many.get(QUESTION, accept=CSV))) == NUMBER + 2


def test_too_many_at_once_are_refused(open_with: Open):
    library = open_with(page_rows=2, exports=0)
    reply = library.get("books", "ann", accept=CSV)
    assert (reply.status_code, reply.json()["code"], reply.headers["retry-after"]) == (503, "57P03", "10")
    assert len(lines(library.get("books?limit=2", "ann", accept=CSV))) == 3
