"""The records of two databases under one address: our own, and one that was there before."""

from collections.abc import Set as AbstractSet

from starlette.types import Receive, Scope, Send

from mainspring.rest.http.room import PREFIX, Rest

_OF_OURS = frozenset({"", "files", "schema.xsd"})


class Both:
    """Lets the room answer in whose database the path's table stands.

    What is about all tables is answered by the first; several changes in one request are made in the adopted database.

    Args:
        own: The room of our own database.
        tables: The tables of our own database.
        adopted: The room of the other.
    """

    def __init__(self, own: Rest, tables: AbstractSet[str], adopted: Rest) -> None:
        self._own = own
        self._tables = tables | _OF_OURS
        self._adopted = adopted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request below `/rest/v1`; what is refused is raised."""
        first = scope["path"][len(PREFIX) :].strip("/").partition("/")[0]
        ours = first in self._tables and not (first == "" and scope["method"] == "POST")
        await (self._own if ours else self._adopted)(scope, receive, send)
