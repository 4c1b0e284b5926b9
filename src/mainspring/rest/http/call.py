"""One request to a table, and the small things that are done with it."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from mainspring.context import Who
from mainspring.model.entity import Entity


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a table.

    Attributes:
        entity: The table.
        who: Who asks.
        query: The query string.
        headers: The headers that matter here, by lower-case name.
        scope: The request as the server gave it.
        receive: Gives its body.
        send: Takes its answer.
    """

    entity: Entity
    who: Who
    query: str
    headers: dict[bytes, bytes]
    scope: Scope
    receive: Receive
    send: Send

    def header(self, name: bytes) -> str:
        """A header's value, or nothing."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def prefer(self) -> str:
        """What `Prefer` says."""
        return prefer_header(self.scope)

    async def answer(self, status: int, body: bytes = b"", *headers: tuple[str, str]) -> None:
        """Send the answer."""
        length = () if status == HTTPStatus.NOT_MODIFIED else ((b"content-length", str(len(body)).encode()),)
        head = [
            *length,
            *((name.encode(), value.encode("latin-1")) for name, value in headers),
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": head})
        await self.send({"type": "http.response.body", "body": b"" if self.scope["method"] == "HEAD" else body})


def prefer_header(scope: Scope) -> str:
    """What `Prefer` says, which may be said in several headers."""
    return b",".join(value for name, value in scope["headers"] if name == b"prefer").decode("latin-1")
