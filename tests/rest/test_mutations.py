"""Valid requests, changed at random places: none breaks anything, and each refusal has the one shape.

`MUTATIONS=100000 pytest tests/rest/test_mutations.py` tries more of them.
"""

import json
import os
import random
from collections import Counter
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.rest.conftest import PREFIX, Library, Open
from tests.rest.mutations import CHANGES, CORPUS, Asked, asked, mutate

from mainspring.observe import Answered
from mainspring.settings import Settings

SEEDS = range(10)
EACH = int(os.environ.get("MUTATIONS", "5000")) // len(SEEDS)

MOST = Settings().query_bytes
BEFORE_THE_PARSER = frozenset({"PGRST205", "PGRST106", "PGRST107", "PGRST117", "PGRST122", "PGRST125"})
"""Codes of what is refused by its address, method or headers alone."""

UNABLE = "0A000"
"""The code of what an engine cannot do, which is told by the engine's name."""

Answer = tuple[int, dict[bytes, bytes], bytes]


async def send(library: Library, request: Asked) -> Answer:
    """The answer to a request whose bytes are as they are, which no client would send."""
    headers = [*request.headers, (b"host", b"test"), (b"content-length", str(len(request.body)).encode())]
    if request.who:
        headers.append((b"authorization", f"Bearer {library.tokens[request.who]}".encode()))
    scope = {
        "type": "http",
        "method": request.method,
        "path": f"{PREFIX}/{request.path}",
        "query_string": request.query,
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    messages: list[Any] = []
    waiting = [{"type": "http.request", "body": request.body}]

    async def receive() -> Any:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def answer(message: Any) -> None:
        messages.append(message)

    await library.site(scope, receive, answer)
    head, *parts = messages
    assert [each["type"] for each in messages] == ["http.response.start", *("http.response.body" for _ in parts)]
    return head["status"], dict(head["headers"]), b"".join(each.get("body", b"") for each in parts)


def refusal(media: str, body: bytes) -> dict[str, Any]:
    """The members of an error, whose shape must be the one of all errors."""
    if media.startswith("application/xml"):
        root = ET.fromstring(body)
        assert root.tag == "error"
        return {each.tag: each.text for each in root}
    error: dict[str, Any] = json.loads(body)
    if media == "application/problem+json":
        assert {"type", "title", "status", "detail", "code"} <= error.keys()
        return error
    assert media == "application/json; charset=utf-8"
    assert {"code", "message", "details", "hint"} <= error.keys() <= {"code", "message", "details", "hint", "errors"}
    assert isinstance(error["code"], str)
    assert isinstance(error["message"], str)
    assert [each.keys() for each in error.get("errors", [])] == [{"pointer", "code", "message"} for _ in error.get("errors", [])]
    return error


def check(library: Library, request: Asked) -> str | None:
    """Send a request; the code of its refusal, or None where it is answered."""
    library.events.clear()
    status, headers, body = library.runner.run(send(library, request))
    assert [event for event in library.events if not isinstance(event, Answered)] == []
    assert status < 500, (status, body)
    if status < 400:
        return None
    if request.method == "HEAD":
        assert body == b""
        return "HEAD"
    error = refusal(headers[b"content-type"].decode(), body)
    words = body.lower() if error["code"] != UNABLE else b""
    assert [word for word in (b"traceback", b"sqlite", b"sqlalchemy", b"site-packages") if word in words] == []
    return str(error["code"])


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_the_changes_are_valid_before_they_are_mutated(library: Library, number: int):
    assert check(library, CHANGES[number]) is None


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_mutated_request_is_answered_or_refused(open_with: Open, seed: int):
    library = open_with(statement_seconds=3.0)
    following = library.get("books?select=title&order=title&limit=2", "ann").links["next"]["url"].removeprefix(f"{PREFIX}/")
    chance, corpus = random.Random(seed), (*CORPUS, asked("GET", following))
    codes = Counter[str | None]()
    for number in range(EACH):
        request = mutate(chance, chance.choice(corpus))
        try:
            code = check(library, request)
        except Exception as error:
            raise AssertionError(f"{number} of seed {seed}: {request}") from error
        codes["early" if len(request.query) > MOST or code in BEFORE_THE_PARSER else code] += 1
    print(dict(codes.most_common()))
    assert codes[None] > 0.05 * EACH, codes
    assert codes["early"] <= 0.2 * EACH, codes
