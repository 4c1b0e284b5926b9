"""A body is read up to its limit, whatever its length is said to be."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect

from mainspring.errors import TooLarge
from mainspring.web import body
from mainspring.web.body import read_body

GONE = {"type": "http.disconnect"}


def part(body: bytes, *, more: bool = False) -> dict:
    return {"type": "http.request", "body": body, "more_body": more}


def read(*messages: dict, limit: int = 10, length: bytes | None = None) -> bytes:
    waiting = list(messages)

    async def receive():
        return waiting.pop(0)

    headers = [] if length is None else [(b"host", b"a"), (b"content-length", length)]
    return asyncio.run(read_body({"type": "http", "headers": headers}, receive, limit))


@pytest.mark.parametrize(
    ("messages", "whole"),
    [
        ([part(b"")], b""),
        ([part(b"0123456789")], b"0123456789"),
        ([part(b"01234", more=True), part(b"", more=True), part(b"56789")], b"0123456789"),
        ([{"type": "http.request"}], b""),
    ],
)
def test_the_whole_body(messages, whole):
    assert read(*messages) == whole


@pytest.mark.parametrize(
    "messages", [[part(b"0123456789a")], [part(b"0123456789", more=True), part(b"a", more=True), part(b"never read")]]
)
def test_one_byte_over_the_limit_is_refused(messages):
    with pytest.raises(TooLarge, match="10 bytes"):
        read(*messages)


def test_a_length_far_over_the_limit_is_refused_before_anything_is_read():
    with pytest.raises(TooLarge):
        read(length=b"99999999")


def test_what_is_still_coming_is_passed_over_first(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(TooLarge):
        read(part(b"012345", more=True), part(b"6789a"), length=b"11")
    monkeypatch.setattr(body, "PASSED_OVER", 3)
    with pytest.raises(TooLarge):
        read(part(b"0123456789a", more=True), part(b"aa", more=True), part(b"a", more=True))


def test_who_sends_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    async def silent():
        await asyncio.Event().wait()

    monkeypatch.setattr(body, "PASSING_SECONDS", 0.01)
    with pytest.raises(TooLarge):
        asyncio.run(read_body({"type": "http", "headers": [(b"content-length", b"11")]}, silent, 10))


@pytest.mark.parametrize("length", [b"10", b"1", b"-5", b"nonsense"])
def test_a_length_that_lies_does_not_help(length):
    with pytest.raises(TooLarge):
        read(part(b"0123456789a"), length=length)


def test_who_goes_away_has_sent_no_body():
    with pytest.raises(ClientDisconnect):
        read(GONE)
    with pytest.raises(ClientDisconnect):
        read(part(b"a", more=True), GONE)
