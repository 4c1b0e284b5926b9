"""One request to a table, and the small things that are done with it."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from mainspring.change.changer import Answer
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
        await send_answer(Answer(status, headers, body), self.scope, self.send)


async def send_answer(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer, without its body where that is not asked for."""
    head = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
    if answer.status != HTTPStatus.NOT_MODIFIED:
        head.append((b"content-length", str(len(answer.body)).encode()))
    if answer.repeated:
        head.append((b"idempotent-replayed", b"true"))
    await send({"type": "http.response.start", "status": answer.status, "headers": head})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})


def prefer_header(scope: Scope) -> str:
    """What `Prefer` says, which may be said in several headers."""
    return b",".join(value for name, value in scope["headers"] if name == b"prefer").decode("latin-1")
