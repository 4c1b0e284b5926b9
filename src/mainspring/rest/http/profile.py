"""Which schema of the database a request means, as PostgREST's clients say it with `.schema('public')`."""

from collections.abc import Mapping

from starlette.types import Message, Send

from mainspring.errors import NotAcceptable

SCHEMAS = ("public",)
"""The schemas that there are: all tables are in one."""

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def read_profile(method: str, headers: Mapping[bytes, bytes]) -> str | None:
    """The schema that a request names: in `Content-Profile` where it changes something, else in `Accept-Profile`.

    Raises:
        NotAcceptable: There is no such schema (`PGRST106`).
    """
    named = headers.get(b"content-profile" if method in _CHANGING else b"accept-profile")
    if named is None:
        return None
    schema = named.decode("latin-1")
    if schema not in SCHEMAS:
        hint = f"Only the following schemas are exposed: {', '.join(SCHEMAS)}"
        raise NotAcceptable(f"Invalid schema: {schema[:100]}", code="PGRST106", hint=hint)
    return schema


def naming(schema: str, send: Send) -> Send:
    """`send`, with the schema in the answer's head."""

    async def named(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"content-profile", schema.encode())]
        await send(message)

    return named
