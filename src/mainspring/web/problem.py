"""Errors as answers. Every refusal of every room gets its status and its body here, so that they have one shape.

The shape is PostgREST's `{"code", "message", "details", "hint"}`, with `errors` where there are faults; it is RFC 9457's
`application/problem+json`, or XML, where the caller's `Accept` likes that best. None ever holds a traceback or SQL.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.types import Scope, Send

from mainspring.errors import BadRequest, Choice, Fault, NotAllowed, NotFound, RequestError, TooLarge
from mainspring.markup import DECLARATION, NAMESPACE, text_element
from mainspring.web.accept import choose

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
XML_TYPE = "application/xml"

_AS_ASKED = {
    JSON_TYPE: JSON_TYPE,
    XML_TYPE: XML_TYPE,
    "text/xml": XML_TYPE,
    "application/vnd.pgrst.object+xml": XML_TYPE,
    "application/vnd.pgrst.object+json": JSON_TYPE,
    "text/csv": JSON_TYPE,
    "application/x-ndjson": JSON_TYPE,
}
"""What an error is in, by the media type that is liked best."""

RawHeaders = list[tuple[bytes, bytes]]


def describe(error: RequestError, accept: str = "") -> tuple[int, RawHeaders, bytes]:
    """The status, the headers and the body of the answer that an error means.

    Args:
        error: What is refused, and why.
        accept: The request's `Accept`.
    """
    media = _media(accept)
    body = _WRITERS[media](error)
    headers = [
        (b"content-type", media.encode() if media == PROBLEM_TYPE else f"{media}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        *([(b"www-authenticate", b"Bearer")] if error.status == HTTPStatus.UNAUTHORIZED else []),
        *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in error.headers),
    ]
    return error.status, headers, body


async def send_refusal(error: RequestError, scope: Scope, send: Send) -> None:
    """Answer a request with the refusal that an error means."""
    accept = b", ".join(value for name, value in scope["headers"] if name == b"accept")
    status, headers, body = describe(error, accept.decode("latin-1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def unexpected(request: str) -> RequestError:
    """The answer to a defect: nothing of it but the id under which the log tells the rest."""
    return RequestError("something went wrong on the server", details=f"the server's log has more under request {request}")


def translate(error: HTTPException, path: str) -> RequestError:
    """What Starlette refuses, as an error of ours."""
    headers = tuple((error.headers or {}).items())
    if error.status_code == HTTPStatus.NOT_FOUND:
        return no_such_address(path)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return NotAllowed("this address does not take this method", headers=headers)
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge("the body is too large", headers=headers)
    return BadRequest(error.detail, headers=headers)


def no_such_address(path: str) -> RequestError:
    """The answer where no room lives at a path."""
    return NotFound(f"there is nothing at {path[:200]}", code="PGRST125")


def _media(accept: str) -> str:
    """The media type of an error: JSON where it can be nothing that was asked for."""
    if PROBLEM_TYPE in accept:
        return PROBLEM_TYPE
    chosen = choose(accept, tuple(_AS_ASKED)) if "xml" in accept else None
    return JSON_TYPE if chosen is None else _AS_ASKED[chosen]


def _refusal(error: RequestError) -> dict[str, object]:
    return {"code": error.code, "message": error.message, "details": _details(error), "hint": error.hint, **_faults(error)}


def _problem(error: RequestError) -> dict[str, object]:
    extras = {"details": _details(error), "hint": error.hint}
    return {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        **{name: value for name, value in extras.items() if value is not None},
        **_faults(error),
    }


def _details(error: RequestError) -> object:
    """What PostgREST calls details: a text, or the list of what may have been meant."""
    return error.choices or error.details


def _faults(error: RequestError) -> dict[str, object]:
    return {"errors": error.faults} if error.faults else {}


def _xml(error: RequestError) -> bytes:
    members = {"code": error.code, "message": error.message, "details": error.details, "hint": error.hint}
    parts = {name: text_element(name, value) for name, value in members.items()}
    if error.choices:
        parts["details"] = f"<details>{''.join(_xml_members('choice', each) for each in error.choices)}</details>"
    if error.faults:
        parts["errors"] = f"<errors>{''.join(_xml_members('error', each) for each in error.faults)}</errors>"
    return f"{DECLARATION}<error{NAMESPACE}>{''.join(parts.values())}</error>".encode()


def _xml_members(name: str, part: Fault | Choice) -> str:
    return f"<{name}>{''.join(text_element(name, value) for name, value in asdict(part).items())}</{name}>"


_WRITERS: Mapping[str, Callable[[RequestError], bytes]] = {
    JSON_TYPE: lambda error: msgspec.json.encode(_refusal(error)),
    PROBLEM_TYPE: lambda error: msgspec.json.encode(_problem(error)),
    XML_TYPE: _xml,
}
