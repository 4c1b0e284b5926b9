"""What answers and bodies hold, as OpenAPI tells it: the media types of records, and refusals."""

from typing import Any

from mainspring.errors import (
    Ambiguous,
    BadRequest,
    Conflict,
    Forbidden,
    KeyReused,
    NotAcceptable,
    NotAllowed,
    NotFound,
    RangeUnsatisfiable,
    RequestError,
    Stale,
    StorageFull,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from mainspring.model.entity import Entity
from mainspring.rest.media import CSV, FORM, JSON, LIST, NDJSON, ONE, ONE_XML, XML

Json = dict[str, Any]

READING = (Ambiguous, BadRequest, Unauthenticated, NotFound, NotAcceptable, RangeUnsatisfiable, Unavailable)
_MET = (Conflict, Stale, KeyReused)
CHANGING = (Ambiguous, BadRequest, Unauthenticated, Forbidden, NotFound, NotAcceptable, *_MET, Unavailable, StorageFull)
BODY = (TooLarge, UnsupportedMedia)
DOWNLOAD = (Unauthenticated, NotFound, Unavailable)
_REFUSALS: tuple[type[RequestError], ...] = (*READING, *CHANGING, NotAllowed, *BODY)

ERROR = "mainspring_error"  # no table that can be addressed has such a name
PROBLEM = "mainspring_problem"

_HEADERS: Json = {
    "Content-Range": "The first and the last record of the answer, from 0, and their number in all, or `*`: `0-9/42`.",
    "Link": 'The next page, where there is one (`rel="next"`), and the first.',
    "Preference-Applied": "What of `Prefer` was heeded.",
    "ETag": "The version of the one record, and the form of the answer.",
    "Location": "Where the new record is, with `Prefer: return=headers-only`.",
}


def reference(name: str) -> Json:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(format: str) -> Json:
    """A body that is text in a format; that of XML is told by `/rest/v1/schema.xsd`."""
    return {"schema": {"type": "string", "format": format}}


def headers() -> Json:
    """The headers of answers."""
    return {word: {"description": meaning, "schema": {"type": "string"}} for word, meaning in _HEADERS.items()}


def records(entity: Entity, meaning: str, *headers: str) -> Json:
    """An answer that shows records of a table."""
    record = reference(entity.name)
    several: Json = {"schema": {"type": "array", "items": record}}
    return {
        "description": meaning,
        "headers": {word: {"$ref": f"#/components/headers/{word}"} for word in headers},
        "content": {
            JSON: several,
            ONE: {"schema": record},
            LIST: several,
            XML: text("xml"),
            ONE_XML: text("xml"),
            CSV: text("csv"),
            NDJSON: text("ndjson"),
        },
    }


def bodies(record: Json, form: Json, *, several: bool) -> Json:
    """A body that holds a record, or several, in each format but that of files."""
    return {
        JSON: one_or_several(record) if several else {"schema": record},
        XML: text("xml"),
        CSV: text("csv"),
        NDJSON: text("ndjson"),
        FORM: {"schema": form},
    }


def one_or_several(record: Json) -> Json:
    """A body of JSON that holds a record or a list of them."""
    return {"schema": {"oneOf": [record, {"type": "array", "items": record}]}}


def refused(*refusals: type[RequestError]) -> Json:
    """The refusals of an operation, by status."""
    return {str(each.status): {"$ref": f"#/components/responses/{each.__name__}"} for each in refusals}


def refusals() -> Json:
    """Every refusal, as a component."""
    return {each.__name__: _refusal(each) for each in _REFUSALS}


def errors() -> Json:
    """The schemas of what is refused: one shape, and that of RFC 9457 where `Accept` asks for it."""
    text: Json = {"type": "string"}
    maybe: Json = {"type": ["string", "null"]}
    names = ("pointer", "code", "message")
    fault: Json = {"type": "object", "required": [*names], "properties": dict.fromkeys(names, text)}
    faults: Json = {"errors": {"type": "array", "items": fault, "description": "Every fault at once."}}
    words = ("cardinality", "embedding", "relationship")
    choice: Json = {"type": "object", "required": [*words], "properties": dict.fromkeys(words, text)}
    choices: Json = {"type": "array", "items": choice, "description": "The relations that an embed may have meant."}
    own = {"code": text, "message": text, "details": {"anyOf": [maybe, choices]}, "hint": maybe}
    problem = {"type": text, "title": text, "status": {"type": "integer"}, "detail": text, "code": text}
    return {
        ERROR: {"type": "object", "required": [*own], "properties": own | faults},
        PROBLEM: {
            "type": "object",
            "required": [*problem],
            "properties": problem | {"details": {"anyOf": [text, choices]}, "hint": text} | faults,
        },
    }


def _refusal(refusal: type[RequestError]) -> Json:
    meaning = (refusal.__doc__ or "").partition(": ")[2].split("\n")[0]
    content = {
        JSON: {"schema": reference(ERROR)},
        "application/problem+json": {"schema": reference(PROBLEM)},
        XML: text("xml"),
    }
    return {"description": meaning[:1].upper() + meaning[1:], "content": content}
