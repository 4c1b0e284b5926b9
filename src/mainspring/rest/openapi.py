"""The description of the API: OpenAPI 3.1 of what a caller could reach, made once for each authority.

It tells a caller nothing that the API would not tell them: tables that are closed to them, fields that they may see in no record
and actions that they could do to no record are not in it.
"""

from collections.abc import Callable, Iterator, Mapping
from inspect import cleandoc
from typing import Any
from urllib.parse import quote

from mainspring.access.conditions import Conditions
from mainspring.context import Who
from mainspring.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotAcceptable,
    NotAllowed,
    NotFound,
    RangeUnsatisfiable,
    RequestError,
    StorageFull,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)
from mainspring.files.stored import PICTURE_TYPES
from mainspring.kept import Kept
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity, Field
from mainspring.model.kinds import FileKind, ImageKind
from mainspring.model.rules import Action
from mainspring.query.encode.json import encode_json
from mainspring.query.grammar import OPERATORS
from mainspring.query.parse import OPTIONS
from mainspring.query.record import FILES
from mainspring.rest.media import CSV, FORM, JSON, MULTIPART, NDJSON, ONE, XML
from mainspring.rest.schemas import Change, Json, Schemas, reference

KEPT = 100
"""Authorities whose description a process keeps."""

_ERROR = "mainspring_error"  # no table that can be addressed has such a name
_LOGIC = ("and", "or", "not.and", "not.or")

_READING = (BadRequest, Unauthenticated, NotFound, NotAcceptable, RangeUnsatisfiable, Unavailable)
_FILTERED = (BadRequest, Unauthenticated, Forbidden, NotFound, NotAcceptable, Conflict, Unavailable, StorageFull)
_BODY = (TooLarge, UnsupportedMedia)
_DOWNLOAD = (Unauthenticated, NotFound, Unavailable)
_REFUSALS: tuple[type[RequestError], ...] = (*_READING, Forbidden, NotAllowed, Conflict, *_BODY, StorageFull)

_PARAMETERS: Json = {
    "select": (
        "query",
        "Fields, `alias:field`, related records as `relation(field,…)`, aggregates as `field.sum()`; `*` is every field.",
    ),
    "order": ("query", "Fields to sort by: `title`, `title.desc`, `title.desc.nullslast`."),
    "limit": ("query", "At most so many records."),
    "offset": ("query", "After so many records."),
    "after": ("query", "After the page in whose `Link` header this cursor stands."),
    "numbers": ("query", "`text` has decimals and 64-bit integers be text in JSON."),
    "columns": ("query", "The fields of the body that are written; others are passed over."),
    "on_conflict": ("query", "The fields, unique together, by which a record is there already; without it, the key."),
    "and": ("query", "Conditions of which all must hold: `(title.like.S*,or(id.gt.5,id.eq.1))`."),
    "or": ("query", "Conditions of which one must hold."),
    "not.and": ("query", "Conditions of which one must fail."),
    "not.or": ("query", "Conditions of which all must fail."),
    "Prefer": (
        "header",
        "With commas between: `count=exact`, `return=minimal|headers-only|representation`, `missing=default`, `resolution=…`, …",
    ),
    "Range": ("header", "The first and the last record, from 0: `0-9`."),
}
_TEXT: Json = {"schema": {"type": "string"}}
_NUMBERS = {"limit", "offset"}
_HEADERS: Json = {
    "Content-Range": "The first and the last record of the answer, from 0, and their number in all, or `*`: `0-9/42`.",
    "Link": 'The next page, where there is one (`rel="next"`), and the first.',
    "Preference-Applied": "What of `Prefer` was heeded.",
    "Location": "Where the new record is, with `Prefer: return=headers-only`.",
}


def describe(
    catalog: Catalog, conditions: Conditions, *, name: str, version: str, paths: Mapping[str, Any]
) -> Callable[[Who], bytes]:
    """A function that gives the description for a caller.

    Args:
        catalog: The models.
        conditions: The rules.
        name: The app's name.
        version: The version of the API.
        paths: Path items of other rooms.
    """
    kept: Kept[bytes] = Kept(KEPT)

    def answer(who: Who) -> bytes:
        return kept.get(who.authority, lambda: encode_json(_Description(catalog, conditions, who).document(name, version, paths)))

    return answer


class _Description:
    """The description for one caller while it is put together."""

    def __init__(self, catalog: Catalog, conditions: Conditions, who: Who) -> None:
        self._conditions = conditions
        self._who = who
        self._schemas = Schemas(catalog, conditions, who)
        self._tables = [entity for _, entity in sorted(catalog.entities.items()) if conditions.addressable(entity, who)]

    def document(self, name: str, version: str, others: Mapping[str, Any]) -> Json:
        """The whole of it."""
        paths = {f"/rest/v1/{quote(entity.name)}": self._path(entity) for entity in self._tables}
        return {
            "openapi": "3.1.0",
            "info": {"title": name, "version": version},
            "security": [{}, {"bearer": []}, {"apikey": []}],
            "tags": [_tag(entity) for entity in self._tables],
            "paths": paths | _several() | self._files() | dict(others),
            "components": {
                "schemas": {_ERROR: _error_schema(), **self._components()},
                "parameters": _parameters() | self._filters(),
                "headers": {word: {"description": text, "schema": {"type": "string"}} for word, text in _HEADERS.items()},
                "responses": {refusal.__name__: _refusal(refusal) for refusal in _REFUSALS},
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                    "apikey": {"type": "apiKey", "in": "header", "name": "apikey"},
                },
            },
        }

    def _may(self, entity: Entity, action: Action) -> bool:
        return self._conditions.possible(entity, action, self._who)

    # -- components --------------------------------------------------------------------------------------------------------------

    def _components(self) -> Json:
        found: Json = {}
        for entity in self._tables:
            found[entity.name] = self._schemas.record(entity)
            for change in self._changes(entity):
                schemas = {change: self._schemas.change(entity, change), f"{change}.form": self._schemas.form(entity, change)}
                found |= {f"{entity.name}.{word}": schema for word, schema in schemas.items() if schema is not None}
        return found

    def _changes(self, entity: Entity) -> Iterator[Change]:
        if self._may(entity, "create"):
            yield "insert"
        if self._may(entity, "update") and self._may(entity, "read"):
            yield "update"

    def _filters(self) -> Json:
        return {
            f"{entity.name}.{field.name}": _parameter(
                field.name, "query", f"A condition, such as `eq.…`; operators: {_operators(field.kind.operators)}."
            )
            for entity in self._tables
            for field in self._schemas.visible(entity)
        }

    # -- paths -------------------------------------------------------------------------------------------------------------------

    def _path(self, entity: Entity) -> Json:
        path: Json = {}
        if self._may(entity, "read"):
            path["get"] = self._read(entity)
        if self._may(entity, "create"):
            path["post"] = self._change(entity, "create", "insert")
            if "update" in self._changes(entity):
                path["put"] = self._replace(entity)
        if "update" in self._changes(entity):
            path["patch"] = self._change(entity, "update", "update")
        if self._may(entity, "delete") and self._may(entity, "read"):
            path["delete"] = self._change(entity, "delete", None)
        return path

    def _read(self, entity: Entity) -> Json:
        words = ("select", "order", "limit", "offset", "after", "numbers", *_LOGIC, "Prefer", "Range")
        answers = {
            "200": _records(entity, "The records.", "Content-Range", "Link", "Preference-Applied"),
            "206": _records(entity, "Some of the records, where their number was asked for.", "Content-Range", "Link"),
        }
        return self._operation(entity, "read", self._conditions_and(entity, *words), answers | _refused(*_READING))

    def _change(self, entity: Entity, action: Action, change: Change | None) -> Json:
        done = {"create": "The new record.", "update": "The changed records.", "delete": "The records as they were."}[action]
        shown = _records(entity, done, "Content-Range", "Preference-Applied", *(["Location"] if change == "insert" else []))
        if change == "insert":
            answers, parameters = {"201": shown}, _references("select", "columns", "on_conflict", "numbers", "Prefer")
            if self._may(entity, "update"):
                answers["200"] = _records(entity, "The records, all of which were there already.", "Preference-Applied")
        else:
            answers = {"200": shown, "204": {"description": "Done. The answer is empty without `return=representation`."}}
            words = ("select", *(["columns"] if change else []), "order", "limit", "offset", "numbers", *_LOGIC, "Prefer")
            parameters = self._conditions_and(entity, *words)
        refusals = (*_FILTERED, *_BODY) if change else _FILTERED
        operation = self._operation(entity, action, parameters, answers | _refused(*refusals))
        return operation | {"requestBody": self._body(entity, change)} if change else operation

    def _replace(self, entity: Entity) -> Json:
        done = _records(entity, "The record.", "Preference-Applied")
        answers = {
            "200": done,
            "201": _records(entity, "The record, which is new.", "Preference-Applied"),
            "204": {"description": "Done. The answer is empty without `return=representation`."},
        }
        key = [self._exact(entity.fields[name]) for name in entity.key]
        refusals = (*_FILTERED, NotAllowed, *_BODY)
        operation = self._operation(entity, "replace", [*key, *_references("select", "Prefer")], answers | _refused(*refusals))
        return operation | {"requestBody": self._body(entity, "insert")}

    @staticmethod
    def _exact(field: Field) -> Json:
        """A part of the key, which `PUT` takes whole."""
        return {**_parameter(field.name, "query", "The key: `eq.…`."), "required": True}

    def _operation(self, entity: Entity, action: str, parameters: list[Json], answers: Json) -> Json:
        return {
            "operationId": f"{action}_{entity.name}",
            "summary": f"{action.capitalize()} {entity.name.replace('_', ' ')}",
            "tags": [entity.name],
            "parameters": parameters,
            "responses": answers,
        }

    def _conditions_and(self, entity: Entity, *words: str) -> list[Json]:
        names = [field.name for field in self._schemas.visible(entity) if field.name not in OPTIONS.union(_LOGIC)]
        return [*_references(*(f"{entity.name}.{name}" for name in names)), *_references(*words)]

    def _body(self, entity: Entity, change: Change) -> Json:
        content: Json = {}
        if self._schemas.change(entity, change) is not None:
            record = reference(f"{entity.name}.{change}")
            several = {"oneOf": [record, {"type": "array", "items": record}]}
            content = {
                JSON: {"schema": several if change == "insert" else record},
                CSV: _TEXT,
                NDJSON: _TEXT,
                FORM: {"schema": record},
            }
        if self._schemas.form(entity, change) is not None:
            pictures = [field.name for field in self._schemas.writable(entity, change) if isinstance(field.kind, ImageKind)]
            encoding = {name: {"contentType": ", ".join(sorted(PICTURE_TYPES))} for name in pictures}
            content[MULTIPART] = {"schema": reference(f"{entity.name}.{change}.form"), "encoding": encoding}
        return {"required": True, "content": content}

    def _files(self) -> Json:
        tables = [
            entity.name
            for entity in self._tables
            if self._may(entity, "read") and any(isinstance(field.kind, FileKind) for field in self._schemas.visible(entity))
        ]
        if not tables:
            return {}
        names = ("table", "key", "field", "hash", "name")
        parameters: list[Json] = [{"name": word, "in": "path", "required": True, "schema": {"type": "string"}} for word in names]
        parameters[0]["schema"]["enum"] = tables
        answers: Json = {
            "200": {"description": "The file.", "content": {"*/*": {}}},
            "206": {"description": "The part of it that `Range` asked for.", "content": {"*/*": {}}},
            "304": {"description": "It has not changed since the answer with the `ETag` in `If-None-Match`."},
            "416": {"description": "The range lies outside of the file."},
        }
        operation: Json = {
            "operationId": "read_file",
            "summary": "Read a record's file, at the `url` that the record gives",
            "parameters": parameters,
            "responses": answers | _refused(*_DOWNLOAD),
        }
        return {f"{FILES}/{'/'.join(f'{{{word}}}' for word in names)}": {"get": operation}}


def _several() -> Json:
    """Several changes in one request."""
    text: Json = {"type": "string"}
    members: Json = {"method": {"enum": ["POST", "PUT", "PATCH", "DELETE"]}, "path": text, "body": {}, "prefer": text}
    operation = {"type": "object", "properties": members, "required": ["method", "path"], "additionalProperties": False}
    result = {"type": "object", "properties": {"status": {"type": "integer"}, "body": {}}, "required": ["status", "body"]}
    answer: Json = {
        "content": {JSON: {"schema": {"type": "array", "items": result}}},
        "description": "What each of them answers.",
    }
    post: Json = {
        "operationId": "perform_several",
        "summary": "Make several changes, all or none",
        "parameters": _references("Prefer"),
        "requestBody": {"required": True, "content": {JSON: {"schema": {"type": "array", "items": operation}}}},
        "responses": {"200": answer} | _refused(*_FILTERED, *_BODY),
    }
    return {"/rest/v1/": {"post": post}}


def _tag(entity: Entity) -> Json:
    text = cleandoc(entity.model.__doc__ or "")
    return {"name": entity.name, "description": text} if text else {"name": entity.name}


def _operators(known: frozenset[str]) -> str:
    return ", ".join(word for word in OPERATORS if word in known)


def _references(*names: str) -> list[Json]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _parameter(name: str, place: str, text: str) -> Json:
    kind = {"type": "integer", "minimum": 0} if name in _NUMBERS and place == "query" and name in OPTIONS else {"type": "string"}
    return {"name": name, "in": place, "description": text, "schema": kind}


def _parameters() -> Json:
    return {name: _parameter(name, place, text) for name, (place, text) in _PARAMETERS.items()}


def _records(entity: Entity, text: str, *headers: str) -> Json:
    record = reference(entity.name)
    return {
        "description": text,
        "headers": {word: {"$ref": f"#/components/headers/{word}"} for word in headers},
        "content": {
            JSON: {"schema": {"type": "array", "items": record}},
            ONE: {"schema": record},
            XML: _TEXT,
            CSV: _TEXT,
            NDJSON: _TEXT,
        },
    }


def _refused(*refusals: type[RequestError]) -> Json:
    return {str(each.status): {"$ref": f"#/components/responses/{each.__name__}"} for each in refusals}


def _refusal(refusal: type[RequestError]) -> Json:
    meaning = (refusal.__doc__ or "").partition(": ")[2].split("\n")[0]
    return {"description": meaning[:1].upper() + meaning[1:], "content": {JSON: {"schema": reference(_ERROR)}, XML: _TEXT}}


def _error_schema() -> Json:
    text = {"type": "string"}
    fault = {
        "type": "object",
        "required": ["pointer", "code", "message"],
        "properties": dict.fromkeys(("pointer", "code", "message"), text),
    }
    maybe = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": ["code", "message", "details", "hint"],
        "properties": {
            "code": text,
            "message": text,
            "details": maybe,
            "hint": maybe,
            "errors": {"type": "array", "items": fault},
        },
    }
