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

Json = dict[str, Any]
Texts = st.SearchStrategy[str]

WORDS: Texts = st.text("abcdefghijkmnoé", min_size=1, max_size=9)
ORDERS = ("eq", "neq", "gt", "gte", "lt", "lte", "isdistinct")
PATTERNS = ("like", "ilike")
MOST_CHANGED = 1_000
_NUMBERS = itertools.count(1)


@schemathesis.hook
def before_load_schema(_context: Any, raw_schema: Json) -> None:
    """Give each operation formats of its own table, whose texts are made from the table's schemas."""
    shared = raw_schema["components"]["parameters"]
    for path, item in raw_schema["paths"].items():
        name = path.removeprefix("/rest/v1/")
        if name in raw_schema["components"]["schemas"]:
            table = Table(name, raw_schema["components"])
            for method, operation in item.items():
                _own_formats(table, method, operation, shared)


def _plain(_context: Any, value: Any) -> dict[str, Any]:
    """A body that is text already."""
    return {"data": value.encode() if isinstance(value, str) else json.dumps(value).encode()}


schemathesis.serializer("application/xml", "text/csv", "application/x-ndjson")(_plain)


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Json) -> None:
    """Add what must come together with something else, which OpenAPI has no words for."""
    query = case.query if isinstance(case.query, dict) else {}
    if case.path.endswith("/logout") and query.get("scope", "global") in ("global", "local"):
        case.query = query | {"scope": "others"}  # the session under which all is tried goes on
    if case.meta is None or not case.meta.generation.mode.is_positive:
        query.pop("columns", None)  # with it, what is unknown in a body is passed over
    elif case.path.startswith("/rest/v1/"):
        _complete_question(case, query)
    elif isinstance(case.body, dict):
        _complete_credentials(case)


def _complete_question(case: Any, query: Json) -> None:
    query.pop("numbers", None)  # the schemas of answers are those of numbers
    query.pop("after", None)  # a cursor is sealed: it comes from the server alone, for the same question
    if case.method in {"PATCH", "DELETE"}:
        query["id"] = f"eq.{os.environ['OTHER']}" if case.path.endswith("/users") else "gt.3"  # what is changed must be said
        if {"limit", "offset"} & query.keys():
            query["order"] = "id"
            query["limit"] = min(int(query.get("limit", 1)), MOST_CHANGED)
    if "columns" in query:
        rows = case.body if isinstance(case.body, list) else [case.body]
        shared = set.intersection(*({*row} if isinstance(row, dict) else set() for row in rows)) if rows else set()
        query["columns"] = ",".join(sorted(shared))
    if case.method in {"POST", "PUT"}:  # without it the answer is empty
        case.headers["Prefer"] = "return=representation" + (",resolution=ignore-duplicates" if "on_conflict" in query else "")


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

    def __init__(self, name: str, components: Json) -> None:
        self.name = name
        self._schemas: Json = components["schemas"]
        properties = self._schemas[name]["properties"]
        self.fields = {field: schema for field, schema in properties.items() if _type(schema) in _VALUES}
        self.files = [field for field, schema in properties.items() if _type(schema) == "object"]
        self.embeds = {field: _target(schema) for field, schema in properties.items() if _target(schema)}

    def written(self, change: str) -> Json:
        """The schema of a record as it is written."""
        found: Json = self._schemas.get(f"{self.name}.{change}", {})
        return found

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
            "ndjson": lambda: self._rows(change).map(lambda rows: "\n".join(map(json.dumps, rows))),
            "xml": lambda: self._rows(change).map(lambda rows: _as_xml(self.name, rows[:1])),
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
        compared = st.builds("{}{}.{}".format, st.sampled_from(["", "not."]), st.sampled_from(ORDERS), value)
        listed = st.lists(value, max_size=4).map(lambda values: f"in.({','.join(values)})")
        return st.one_of(empty, compared, listed)

    def _conditions(self) -> Texts:
        single = st.sampled_from([*self.fields]).flatmap(lambda field: self._condition(field).map(f"{field}.{{}}".format))
        group = st.lists(single, min_size=1, max_size=3).map(lambda words: f"({','.join(words)})")
        return st.one_of(group, st.builds("({},{}{})".format, single, st.sampled_from(["or", "and", "not.or"]), group))

    def _columns(self, change: str) -> Texts:
        schema = self.written(change) or self.written(f"{change}.form")
        needed, more = schema.get("required", []), [*schema.get("properties", {})]
        return st.lists(st.sampled_from(more), min_size=1, unique=True).map(
            lambda some: ",".join(dict.fromkeys([*needed, *some]))
        )

    def _rows(self, change: str) -> st.SearchStrategy[list[dict[str, Any]]]:
        schema = self.written(change)
        needed = schema.get("required", [])
        values = {name: _value(each) for name, each in schema.get("properties", {}).items() if _type(each) in _VALUES}
        optional = {name: value for name, value in values.items() if name not in needed}
        row = st.fixed_dictionaries({name: values[name] for name in needed}, optional=optional).filter(bool)
        return st.lists(row, min_size=1, max_size=3 if change == "insert" else 1)


def _own_formats(table: Table, method: str, operation: Json, shared: Json) -> None:
    change = "update" if method == "patch" else "insert"
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
    "email": WORDS.map("{}@example.org".format),
}


def _value(schema: Json) -> Texts:
    if "enum" in schema:
        return st.sampled_from([each for each in schema["enum"] if each is not None])
    return _FORMATS.get(schema.get("format", ""), _VALUES[_type(schema)])


def _as_csv(rows: list[dict[str, Any]]) -> str:
    names = [*dict.fromkeys(name for row in rows for name in row)]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names)
    writer.writeheader()
    writer.writerows([{name: row.get(name, rows[0].get(name)) for name in names} for row in rows])
    return stream.getvalue()


def _as_xml(table: str, rows: list[dict[str, Any]]) -> str:
    record = table.rstrip("s")
    inner = "".join(
        f"<{record}>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in row.items())}</{record}>" for row in rows
    )
    return f"<{table}>{inner}</{table}>"
