"""What a request's address and headers may say, as OpenAPI tells it.

What has a grammar of its own is a string of a `format`: `select`, `order`, `condition`, `conditions`, `fields`, `key`, `cursor`.
A pattern could not tell it, as brackets stand in brackets.
"""

from typing import Any

from mainspring.model.entity import Field
from mainspring.model.kinds import Json as JsonKind
from mainspring.query.grammar import OPERATORS, SEARCHES

Json = dict[str, Any]

LOGIC = ("and", "or", "not.and", "not.or")
_MOST = 10**18 - 1

_COUNT: Json = {"type": "integer", "minimum": 0, "maximum": _MOST}
_CONDITIONS: Json = {"type": "string", "format": "conditions"}
_FIELDS: Json = {"type": "string", "format": "fields"}
_SCHEMA: Json = {"type": "string", "enum": ["public"]}

_QUERY: Json = {
    "select": (
        "Fields, `alias:field`, related records as `relation(field,…)`, aggregates as `field.sum()`; `*` is every field.",
        {"type": "string", "format": "select"},
    ),
    "order": (
        "Fields to sort by, of to-one relations too: `title`, `title.desc.nullslast`, `owner(name).desc`.",
        {"type": "string", "format": "order"},
    ),
    "limit": ("At most so many records.", _COUNT),
    "offset": ("After so many records.", _COUNT),
    "after": ("After the page in whose `Link` header this cursor stands.", {"type": "string", "format": "cursor"}),
    "numbers": (
        "`text` has decimals and 64-bit integers be text in JSON, where the schemas of answers say numbers.",
        {"type": "string", "enum": ["text"]},
    ),
    "columns": ("The fields of the body that are written; others are passed over.", _FIELDS),
    "on_conflict": ("The fields, unique together, by which a record is there already; without it, the key.", _FIELDS),
    "and": ("Conditions of which all must hold: `(title.like.S*,or(id.gt.5,id.eq.1))`.", _CONDITIONS),
    "or": ("Conditions of which one must hold: `(id.eq.1,title.ilike.*sea*)`.", _CONDITIONS),
    "not.and": ("Conditions of which one must fail.", _CONDITIONS),
    "not.or": ("Conditions of which all must fail.", _CONDITIONS),
}
_PREFER = (
    "With commas between: `return=minimal|headers-only|representation`, `count=exact`, `missing=default`, "
    "`resolution=merge-duplicates|ignore-duplicates`, `tx=rollback`, `handling=strict`, `max-affected=5`."
)
_TAGS: Json = {"type": "string", "pattern": r'^(\*|"[!#-~]*"( *, *"[!#-~]*")*)$'}
_KEY: Json = {"type": "string", "pattern": r"^[!#-\[\]-~]{1,255}$"}
_HEADERS: Json = {
    "Prefer": (_PREFER, {"type": "string"}),
    "If-Match": ("Change the record, named by its whole key, only if it is still as the answer with this `ETag` told.", _TAGS),
    "If-None-Match": (
        "The `ETag` of the answer of one record that is known: it is not sent again while it is the same.",
        {"type": "string"},
    ),
    "Idempotency-Key": (
        "A word of your own, such as a UUID: the same request with it is made once, however often it is sent.",
        _KEY,
    ),
    "Range": ("The first and the last record, from 0: `0-9`.", {"type": "string"}),
    "Accept-Profile": ("The schema of the tables; there is one.", _SCHEMA),
    "Content-Profile": ("The schema of the tables; there is one.", _SCHEMA),
}


def references(*names: str) -> list[Json]:
    """References to parameters of the document."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def parameters() -> Json:
    """The parameters that every table has."""
    places = (("query", _QUERY), ("header", _HEADERS))
    return {name: _parameter(name, place, text, schema) for place, found in places for name, (text, schema) in found.items()}


def condition(field: Field) -> Json:
    """A condition on a field."""
    known = field.kind.operators.union(SEARCHES if field.search else ())
    operators = ", ".join(word for word in OPERATORS if word in known)
    path = f" A part: `{field.name}->a->>b=eq.…`." if isinstance(field.kind, JsonKind) else ""
    return _parameter(field.name, "query", f"`eq.…`, or with: {operators}.{path}", {"type": "string", "format": "condition"})


def exact(field: Field) -> Json:
    """A part of the key, where it is taken whole."""
    return {**_parameter(field.name, "query", "The key: `eq.…`.", {"type": "string", "format": "key"}), "required": True}


def _parameter(name: str, place: str, text: str, schema: Json) -> Json:
    return {"name": name, "in": place, "description": text, "schema": schema}
