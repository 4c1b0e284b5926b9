"""What Schemathesis cannot know of the description: the texts of our own formats, and what must come together.

Loaded by `schemathesis run` in test_schemathesis.py.
"""

import csv
import io
import itertools
import json
import os
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import JsonSchemaError, RejectedPositiveData, UnsupportedMethodResponse

Json = dict[str, Any]
Texts = st.SearchStrategy[str]

WORDS: Texts = st.text("abcdefghijkmnoé", min_size=1, max_size=9)
EQUALITY = ("eq", "neq", "isdistinct")
ORDERS = (*EQUALITY, "gt", "gte", "lt", "lte")
MOST_CHANGED = 1_000
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
BOOLEAN_WORDS = ("t", "f", "1", "0", "yes", "no", "y", "n", "on", "off")
_NUMBERS = itertools.count(1)
TABLES: "dict[str, Table]" = {}
"""The tables by their paths."""


@schemathesis.hook
def before_load_schema(_context: Any, raw_schema: Json) -> None:
    """Give each operation formats of its own table, whose texts are made from the table's schemas."""
    shared = raw_schema["components"]["parameters"]
    for name, schema in raw_schema["components"]["schemas"].items():
        for field, each in schema.get("properties", {}).items():
            if "contentSchema" in each:  # JSON inside of a form
                each["format"] = f"{name}.{field}"
                schemathesis.openapi.format(
                    each["format"], st.lists(_value(each["contentSchema"]["items"]), max_size=3).map(json.dumps)
                )
    for path, item in raw_schema["paths"].items():
        name = path.removeprefix("/rest/v1/")
        if name in raw_schema["components"]["schemas"]:
            key = [each["name"] for each in item.get("put", {}).get("parameters", []) if each.get("required")] or ["id"]
            table = TABLES[path] = Table(name, raw_schema["components"], key)
            for method, operation in item.items():
                _own_formats(table, method, operation, shared)


def _plain(_context: Any, value: Any) -> bytes:
    """A body that is text already; what is to be none is no UTF-8."""
    return value.encode() if isinstance(value, str) else b"\xff" + json.dumps(value).encode()


schemathesis.serializer("application/xml", "text/csv", "application/x-ndjson")(_plain)


def _picture(format: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (4, 3), "gold").save(stream, format)
    return stream.getvalue()


for _format in ("png", "jpeg", "gif", "webp", "avif"):
    schemathesis.openapi.media_type(f"image/{_format}", st.just(_picture(_format)))


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Json) -> None:
    """Add what must come together with something else, which OpenAPI has no words for."""
    query = case.query if isinstance(case.query, dict) else {}
    if case.path.endswith("/logout") and query.get("scope", "global") in ("global", "local"):
        case.query = query | {"scope": "others"}  # the session under which all is tried goes on
    if case.path.startswith("/rest/v1/") and case.method in {"POST", "PUT"}:  # without it the answer is empty
        case.headers["Prefer"] = "return=representation" + (",resolution=ignore-duplicates" if "on_conflict" in query else "")
    if case.meta is None:
        return
    if not case.meta.is_negative_at(ParameterLocation.HEADER) or "x-schemathesis-unknown-property" in case.headers:
        for header in ("If-Match", "If-None-Match", "Idempotency-Key"):  # true of a state that no description tells
            case.headers.pop(header, None)
    if case.method in {"PATCH", "DELETE"} and not case.meta.generation.mode.is_positive:
        case.headers["Prefer"] = "tx=rollback"  # what is no fault to the server after all takes nothing away from the others
    if not case.meta.generation.mode.is_positive:
        if case.meta.is_negative_at(ParameterLocation.BODY) and not case.meta.is_negative_at(ParameterLocation.QUERY):
            query.pop("columns", None)  # with it, what is unknown in a body is passed over
        return
    if case.path.startswith("/rest/v1/"):
        _complete_question(case, query)
    elif isinstance(case.body, dict):
        _complete_credentials(case)


def _complete_question(case: Any, query: Json) -> None:
    table = TABLES.get(case.path)
    if table is None:
        return
    query.pop("numbers", None)  # the schemas of answers are those of numbers
    query.pop("after", None)  # a cursor is sealed: it comes from the server alone, for the same question
    for name in table.key:
        if name in query and "." not in str(query[name]):
            query[name] = f"eq.{query[name]}"  # as another answer told it
    if case.method in {"PATCH", "DELETE"}:
        query["id"] = f"eq.{os.environ['OTHER']}" if case.path.endswith("/users") else "gt.3"  # what is changed must be said
        if {"limit", "offset"} & query.keys():
            query["order"] = "id"
            query["limit"] = min(int(query.get("limit", 1)), MOST_CHANGED)
    if case.method == "PUT":
        for name in table.key:
            if name not in table.written("insert").get("properties", {}):
                query[name] = "eq.1"  # new ones get their key from the server
            elif isinstance(case.body, dict) and name in case.body:
                query[name] = f"eq.{case.body[name]}"  # they are the same
            elif case.path.endswith("/users"):
                query[name] = f"eq.{os.environ['OTHER']}"
    rows = case.body if isinstance(case.body, list) else [case.body]
    if "on_conflict" in query and any(_nested(row) for row in rows):
        del query["on_conflict"]  # records stand in new ones alone
        case.headers["Prefer"] = "return=representation"
    if "columns" in query:
        shared = set.intersection(*({*row} if isinstance(row, dict) else set() for row in rows)) if rows else set()
        query["columns"] = ",".join(sorted(shared))


def _nested(row: Any) -> bool:
    return isinstance(row, dict) and any(
        isinstance(each, list) and any(isinstance(item, dict) for item in each) for each in row.values()
    )


@schemathesis.hook
def filter_failure(_context: Any, failure: Failure, case: Any, response: Any) -> bool:
    """Pass over what the dialect has otherwise than a check takes for granted."""
    query = case.query if isinstance(case.query, dict) else {}
    table, method = TABLES.get(case.path), response.request.method
    if isinstance(failure, AcceptedNegativeData) and case.media_type == "text/csv" and response.content == b"[]":
        return False  # a line alone is a header, which makes no record
    if isinstance(failure, AcceptedNegativeData) and table is not None and table.holds_boolean_words(case):
        return False
    if isinstance(failure, AcceptedNegativeData) and "matching the 'email' format" in failure.message:
        return False  # the pattern decides, which is that of browsers
    if isinstance(failure, JsonSchemaError) and query.get("numbers") == "text":
        return False  # the schemas of answers are those of numbers
    if isinstance(failure, RejectedPositiveData) and case.media_type == "multipart/form-data":
        if case.meta.phase.name.value == "coverage" and "" in case.body.values():
            return False  # what Schemathesis begins forms with: whatever they need, empty
        if method == "PATCH" and "columns" in query and "authorization" not in response.request.headers:
            return False  # who can change nothing has no picture decoded, and `columns` makes null of it
    # The description lists what a caller could do. What they could not do with any record is answered as what they may not do
    # with one: records that they may not change are none that a filter finds.
    return not (isinstance(failure, UnsupportedMethodResponse) and table is not None and method in {"PUT", "PATCH", "DELETE"})


def _complete_credentials(case: Any) -> None:
    """Sign in as somebody who is there; change nothing that ends the session under which all is tried."""
    if case.path.endswith("/token"):
        case.query["grant_type"] = "password"
        case.body = {"email": os.environ["EMAIL"], "password": os.environ["PASSWORD"]}
    elif case.path.endswith("/user"):
        case.body = {"data": {"name": "Somebody"}}
    else:
        case.body = {"email": f"guest{next(_NUMBERS)}@example.org", "password": os.environ["PASSWORD"]}  # new, and not weak


class Table:
    """A table, as the description tells it to one caller."""

    def __init__(self, name: str, components: Json, key: list[str]) -> None:
        self.name = name
        self.key = key
        self._schemas: Json = components["schemas"]
        properties = self._schemas[name]["properties"]
        self.fields = {field: schema for field, schema in properties.items() if _type(schema) in _VALUES}
        self.files = [field for field, schema in properties.items() if _type(schema) == "object"]
        self.embeds = {field: _target(schema) for field, schema in properties.items() if _target(schema)}

    def written(self, change: str) -> Json:
        """The schema of a record as it is written."""
        found: Json = self._schemas.get(f"{self.name}.{change}", {})
        return found

    def holds_boolean_words(self, case: Any) -> bool:
        """Whether a form has other words for true and false than JSON, which are those of PostgreSQL."""
        if case.media_type not in FORMS or not isinstance(case.body, dict):
            return False
        booleans = (case.body.get(name) for name, schema in self.fields.items() if _type(schema) == "boolean")
        return any(not isinstance(each, bool) and str(each).lower() in BOOLEAN_WORDS for each in booleans)

    def texts(self, format: str, change: str, field: str = "") -> Texts:
        """The texts of a format."""
        make: dict[str, Callable[[], Texts]] = {
            "select": self._select,
            "order": self._order,
            "conditions": self._conditions,
            "condition": lambda: self._condition(field),
            "key": lambda: _value(self.fields[field]).map("eq.{}".format),
            "fields": lambda: self._columns(change) if field == "columns" else st.just("id"),
            "cursor": lambda: WORDS,
            "csv": lambda: self._rows(change).map(_as_csv),
            "ndjson": lambda: self._rows(change).map(self._as_ndjson),
            "xml": lambda: self._rows(change).map(lambda rows: _as_xml(self.name, rows, alone=change != "insert")),
        }
        return make[format]()

    def _select(self) -> Texts:
        plain = [*self.fields, *self.files]
        inner = {
            name: [each for each in ("id", "created_at") if self._shows(target, each)] for name, target in self.embeds.items()
        }
        embeds = [f"{name}({','.join(shown)})" for name, shown in inner.items() if shown]
        several = st.lists(st.sampled_from([*plain, *embeds, *(f"own_{each}:{each}" for each in plain)]), min_size=1, unique=True)
        return st.one_of(st.just("*"), several.map(",".join))

    def _shows(self, table: str, field: str) -> bool:
        return field in self._schemas.get(table, {}).get("properties", {})

    def _order(self) -> Texts:
        words = st.tuples(
            st.sampled_from([*self.fields]), st.sampled_from(["", ".asc", ".desc"]), st.sampled_from(["", ".nullslast"])
        )
        return st.lists(words, min_size=1, max_size=3, unique_by=lambda each: each[0]).map(
            lambda words: ",".join(map("".join, words))
        )

    def _condition(self, field: str) -> Texts:
        empty = st.sampled_from(["is.null", "not.is.null"])
        if field not in self.fields:
            return empty
        value = _value(self.fields[field])
        operators = EQUALITY if _type(self.fields[field]) == "boolean" else ORDERS
        compared = st.builds("{}{}.{}".format, st.sampled_from(["", "not."]), st.sampled_from(operators), value)
        listed = st.lists(value, max_size=4).map(lambda values: f"in.({','.join(values)})")
        return st.one_of(empty, compared, listed)

    def _conditions(self) -> Texts:
        single = st.sampled_from([*self.fields]).flatmap(lambda field: self._condition(field).map(f"{field}.{{}}".format))
        group = st.lists(single, min_size=1, max_size=3).map(lambda words: f"({','.join(words)})")
        return st.one_of(group, st.builds("({},{}{})".format, single, st.sampled_from(["or", "and", "not.or"]), group))

    def _columns(self, change: str) -> Texts:
        schema = self.written(change) or self.written(f"{change}.multipart")
        needed, more = schema.get("required", []), [*schema.get("properties", {})]
        return st.lists(st.sampled_from(more), min_size=1, unique=True).map(
            lambda some: ",".join(dict.fromkeys([*needed, *some]))
        )

    def _as_ndjson(self, rows: list[dict[str, str]]) -> str:
        texts = {name for name, schema in self.fields.items() if _type(schema) == "string"}
        return "\n".join(
            json.dumps({name: text if name in texts else json.loads(text) for name, text in row.items()}) for row in rows
        )

    def _rows(self, change: str) -> st.SearchStrategy[list[dict[str, str]]]:
        schema = self.written("update" if change == "update" else "insert")
        needed = schema.get("required", [])
        values = {name: _value(each) for name, each in schema.get("properties", {}).items() if _type(each) in _VALUES}
        optional = {name: value for name, value in values.items() if name not in needed}
        if change == "replace":  # the key stands in the address
            values, optional = (
                {name: each for name, each in some.items() if name not in self.key} for some in (values, optional)
            )
        row = st.fixed_dictionaries({name: values[name] for name in needed if name in values}, optional=optional).filter(bool)
        return st.lists(row, min_size=1, max_size=3 if change == "insert" else 1)


def _own_formats(table: Table, method: str, operation: Json, shared: Json) -> None:
    change = {"patch": "update", "put": "replace"}.get(method, "insert")
    given = [shared[each["$ref"].split("/")[-1]] if "$ref" in each else each for each in operation["parameters"]]
    operation["parameters"] = [_own_parameter(table, change, each) for each in given]
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if "format" in media["schema"]:
            media["schema"] = {"type": "string", "format": _register(table, media["schema"]["format"], change)}


def _own_parameter(table: Table, change: str, parameter: Json) -> Json:
    schema = parameter["schema"]
    if "format" not in schema:
        return parameter
    return parameter | {"schema": schema | {"format": _register(table, schema["format"], change, parameter["name"])}}


def _register(table: Table, format: str, change: str, field: str = "") -> str:
    name = "-".join(filter(None, (table.name, change, format, field)))
    schemathesis.openapi.format(name, table.texts(format, change, field))
    return name


def _type(schema: Json) -> str:
    types = [each for each in _listed(schema.get("type", "")) if each != "null"]
    return types[0] if types else ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _target(schema: Json) -> str:
    """The table that an embed shows."""
    holders: Iterable[Json] = [schema.get("items", {}), *schema.get("anyOf", [])]
    return next((each["$ref"].split("/")[-1] for each in holders if "$ref" in each), "")


_VALUES: dict[str, Texts] = {
    "integer": st.integers(1, 20).map(str),
    "number": st.integers(1, 2000).map(lambda number: f"{number / 100:.2f}"),
    "boolean": st.sampled_from(["true", "false"]),
    "string": WORDS,
}
_FORMATS: dict[str, Texts] = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(str),
    "date-time": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    "email": st.text("abcdefgh", min_size=1).map("{}@example.org".format),
}


def _value(schema: Json) -> Texts:
    if "enum" in schema:
        return st.sampled_from([each for each in schema["enum"] if each is not None])
    return _FORMATS.get(schema.get("format", ""), _VALUES[_type(schema)])


def _as_csv(rows: list[dict[str, str]]) -> str:
    shared = [name for name in rows[0] if all(name in row for row in rows)]
    names, kept = (shared, rows) if shared else ([*rows[0]], rows[:1])
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(kept)
    return stream.getvalue()


def _as_xml(table: str, rows: list[dict[str, str]], *, alone: bool) -> str:
    record = table.rstrip("s")
    records = [
        f"<{record}>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in row.items())}</{record}>" for row in rows
    ]
    return records[0] if alone else f"<{table}>{''.join(records)}</{table}>"
