"""A request's body, read with a limit on what really arrives."""

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from mainspring.errors import TooLarge


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body, of at most `limit` bytes.

    A `Content-Length` over the limit is refused before anything is read, and one that lies is of no use: what arrives is counted.

    Raises:
        TooLarge: There is more.
        ClientDisconnect: The client went away before the end.
    """
    _check_announced(scope, limit)
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
        if len(parts) > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return bytes(parts)
        message = await receive()


def _check_announced(scope: Scope, limit: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            if value.isdigit() and int(value) > limit:
                raise _too_large(limit)
            return


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than {limit} bytes", hint="send less at once")
