"""One request and its answer, watched and completed on the way out."""

import time
from typing import Final

from starlette.types import Message, Scope, Send

from mainspring.observe import Answered

EXCHANGE: Final = "mainspring.exchange"
"""Where a request's scope holds its `Exchange`."""

WHO: Final = "mainspring.who"
"""Where a room puts the `Who` of a request into its scope, so that the log can name them."""

_ALWAYS: Final = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_ALWAYS_UNKEPT: Final = [*_ALWAYS, (b"cache-control", b"private, no-store")]


class Exchange:
    """A request while it is answered.

    Attributes:
        id: The id of the request, which the answer bears as `X-Request-Id`.
        status: The answer's status; 0 until it has begun.
    """

    __slots__ = ("_began", "_scope", "_send", "_size", "id", "status")

    def __init__(self, id: str, scope: Scope, send: Send) -> None:
        self.id = id
        self.status = 0
        self._scope = scope
        self._send = send
        self._size = 0
        self._began = time.perf_counter()

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer; its head gets what every answer has, and is private unless its room says otherwise."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            always = _ALWAYS if b"cache-control" in dict(headers) else _ALWAYS_UNKEPT
            message["headers"] = [*headers, *always, (b"x-request-id", self.id.encode())]
        else:
            self._size += len(message.get("body", b""))
        await self._send(message)

    def event(self) -> Answered:
        """What may be told of it."""
        who = self._scope.get(WHO)
        return Answered(
            request=self.id,
            method=self._scope["method"],
            path=self._scope["path"],
            status=self.status,
            milliseconds=(time.perf_counter() - self._began) * 1000,
            size=self._size,
            user=None if who is None else who.id,
        )
