"""A request's body, read with a limit on what really arrives."""

import asyncio
from contextlib import suppress
from typing import NoReturn

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from mainspring.errors import TooLarge

PASSED_OVER = 16_000_000
"""Bytes of a body over its limit that are still taken from the line and dropped: who is busy sending reads no answer."""

PASSING_SECONDS = 2.0
"""How long that may take: some send nothing before they are told to go on."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body, of at most `limit` bytes.

    A `Content-Length` over the limit is enough to refuse it, and one that lies is of no use: what arrives is counted.

    Raises:
        TooLarge: There is more.
        ClientDisconnect: The client went away before the end.
    """
    announced = _announced(scope)
    if announced > limit:
        await refuse_rest(receive, limit, more=announced <= limit + PASSED_OVER)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")  # nearly always all of it comes at once
        if len(body) > limit:
            raise _too_large(limit)
        return body
    parts = bytearray()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts += message.get("body", b"")
        more: bool = message.get("more_body", False)
        if len(parts) > limit:
            await refuse_rest(receive, limit, more=more)
        if not more:
            return bytes(parts)
        message = await receive()


async def refuse_rest(receive: Receive, limit: int, *, more: bool = True) -> NoReturn:
    """Refuse a body for its size, after what is still coming of it has been passed over.

    Args:
        receive: Gives the rest of the body.
        limit: The limit that it is over, in bytes.
        more: Whether anything is still to come.

    Raises:
        TooLarge: Always.
    """
    left = PASSED_OVER
    with suppress(TimeoutError):
        async with asyncio.timeout(PASSING_SECONDS):
            while more and left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                more = message.get("more_body", False)
    raise _too_large(limit)


def _announced(scope: Scope) -> int:
    """The body's length as its head says, or 0."""
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(length) if length.isdigit() else 0


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than {limit} bytes", hint="send less at once")
