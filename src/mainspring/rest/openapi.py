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
from mainspring.errors import NotAcceptable, NotAllowed, Unauthenticated
from mainspring.files.stored import PICTURE_TYPES
from mainspring.kept import Kept
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity
from mainspring.model.kinds import FileKind, ImageKind
from mainspring.model.rules import Action
from mainspring.query.encode.json import encode_json
from mainspring.query.parse import OPTIONS
from mainspring.query.record import FILES
from mainspring.rest.answers import (
    BODY,
    CHANGING,
    DOWNLOAD,
    READING,
    bodies,
    errors,
    headers,
    one_or_several,
    records,
    reference,
    refusals,
    refused,
)
from mainspring.rest.media import JSON, MULTIPART, OPENAPI
from mainspring.rest.parameters import LOGIC, condition, exact, parameters, references
from mainspring.rest.schemas import Change, Json, Schemas

KEPT = 100
"""Authorities whose description a process keeps."""

_GUIDE = """
Conditions stand in the query: `title=eq.Summer`, `pages=gte.5`, `id=in.(1,2,3)`, `title=ilike.*sea*`, `cover=is.null`.
`not.` before an operator turns it round; `(any)` and `(all)` behind it take several values: `id=eq(any).{1,2}`. `and=(…)` and
`or=(…)` join conditions.

What `select` embeds, as in `select=title,photos(caption)`, takes conditions, `and`, `or`, `order`, `limit` and `offset` behind
its name: `photos.caption=like.*sea*`, `photos.order=id.desc`, `photos.limit=5`; `photos!inner(…)` leaves out the records that
have none.

Bodies and answers are JSON, XML, CSV or NDJSON, as `Content-Type` and `Accept` say. `/rest/v1/schema.xsd` tells the XML.
""".strip()

_NESTED = "insert.nested"
"""The name of the schema of a new record in which others may stand."""


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
            "info": {"title": name, "version": version, "description": _GUIDE},
            "security": [{}, {"bearer": []}, {"apikey": []}],
            "tags": [_tag(entity) for entity in self._tables],
            "paths": paths | _several() | self._files() | dict(others),
            "components": {
                "schemas": errors() | self._components(),
                "parameters": parameters() | self._filters(),
                "headers": headers(),
                "responses": refusals(),
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
                schemas = {
                    change: self._schemas.change(entity, change),
                    f"{change}.form": self._schemas.form(entity, change),
                    f"{change}.multipart": self._schemas.multipart(entity, change),
                }
                if change == "insert":
                    schemas[_NESTED] = self._schemas.nested(entity)
                found |= {f"{entity.name}.{word}": schema for word, schema in schemas.items() if schema is not None}
        return found

    def _changes(self, entity: Entity) -> Iterator[Change]:
        if self._may(entity, "create"):
            yield "insert"
        if self._may(entity, "update") and self._may(entity, "read"):
            yield "update"

    def _filters(self) -> Json:
        return {
            f"{entity.name}.{field.name}": condition(field) for entity in self._tables for field in self._schemas.visible(entity)
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
        words = ("select", "order", "limit", "offset", "after", "numbers", *LOGIC)
        headers = ("Prefer", "Range", "If-None-Match", "Accept-Profile")
        answers = {
            "304": {"description": "The one record is still as the answer with the `ETag` in `If-None-Match` told."},
            "200": records(entity, "The records.", "Content-Range", "ETag", "Link", "Preference-Applied"),
            "206": records(entity, "Some of the records, where their number was asked for.", "Content-Range", "Link"),
        }
        operation = self._operation(entity, "read", self._conditions_and(entity, *words, *headers), answers | refused(*READING))
        embeds = ", ".join(f"`{relation.name}` ({relation.target})" for relation in self._schemas.relations(entity))
        return operation | ({"description": f"`select` can embed {embeds}."} if embeds else {})

    def _change(self, entity: Entity, action: Action, change: Change | None) -> Json:
        done = {"create": "The new record.", "update": "The changed records.", "delete": "The records as they were."}[action]
        shown = records(entity, done, "Content-Range", "Preference-Applied", *(["Location"] if change == "insert" else []))
        if change == "insert":
            parameters = references("select", "columns", "on_conflict", "numbers", *_heeded(entity))
            answers = {"201": shown}
            if self._may(entity, "update"):
                answers["200"] = records(entity, "The records, all of which were there already.", "Preference-Applied")
        else:
            answers = {"200": shown, "204": {"description": "Done. The answer is empty without `return=representation`."}}
            words = ("select", *(["columns"] if change else []), "order", "limit", "offset", "numbers", *LOGIC)
            parameters = self._conditions_and(entity, *words, "If-Match", *_heeded(entity))
        operation = self._operation(entity, action, parameters, answers | refused(*CHANGING, *(BODY if change else ())))
        body = {"requestBody": self._body(entity, change, several=change == "insert")} if change else {}
        return operation | body

    def _replace(self, entity: Entity) -> Json:
        done = records(entity, "The record.", "Preference-Applied")
        answers = {
            "200": done,
            "201": records(entity, "The record, which is new.", "Preference-Applied"),
            "204": {"description": "Done. The answer is empty without `return=representation`."},
        }
        key = [exact(entity.fields[name]) for name in entity.key]
        parameters = [*key, *references("select", "numbers", "If-Match", *_heeded(entity))]
        operation = self._operation(entity, "replace", parameters, answers | refused(*CHANGING, NotAllowed, *BODY))
        return operation | {"requestBody": self._body(entity, "insert")}

    def _operation(self, entity: Entity, action: str, parameters: list[Json], answers: Json) -> Json:
        return {
            "operationId": f"{action}_{entity.name}",
            "summary": f"{action.capitalize()} {entity.name.replace('_', ' ')}",
            "tags": [entity.name],
            "parameters": parameters,
            "responses": answers,
        }

    def _conditions_and(self, entity: Entity, *words: str) -> list[Json]:
        names = [field.name for field in self._schemas.visible(entity) if field.name not in OPTIONS.union(LOGIC)]
        return [*references(*(f"{entity.name}.{name}" for name in names)), *references(*words)]

    def _body(self, entity: Entity, change: Change, *, several: bool = False) -> Json:
        """The bodies of a change, in each format that can hold it; with several records, others may stand in them."""
        content: Json = {}
        if self._schemas.change(entity, change) is not None:
            content = bodies(*(reference(f"{entity.name}.{word}") for word in (change, f"{change}.form")), several=several)
        if several and self._schemas.nested(entity) is not None:
            content[JSON] = one_or_several(reference(f"{entity.name}.{_NESTED}"))
        if self._schemas.multipart(entity, change) is not None:
            pictures = [field.name for field in self._schemas.writable(entity, change) if isinstance(field.kind, ImageKind)]
            encoding = {name: {"contentType": ", ".join(sorted(PICTURE_TYPES))} for name in pictures}
            content[MULTIPART] = {"schema": reference(f"{entity.name}.{change}.multipart"), "encoding": encoding}
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
            "tags": ["files"],
            "summary": "Read a record's file, at the `url` that the record gives",
            "parameters": parameters,
            "responses": answers | refused(*DOWNLOAD),
        }
        return {f"{FILES}/{'/'.join(f'{{{word}}}' for word in names)}": {"get": operation}}


def _heeded(entity: Entity) -> tuple[str, ...]:
    """The headers that every change of a table heeds. Answers are kept beside our own tables alone."""
    return ("Prefer", "Content-Profile") if entity.adopted else ("Prefer", "Idempotency-Key", "Content-Profile")


def _several() -> Json:
    """Several changes in one request."""
    text: Json = {"type": "string"}
    members: Json = {
        "method": {"enum": ["POST", "PUT", "PATCH", "DELETE"]},
        "path": text,
        "body": {},
        "prefer": text,
        "if_match": text,
    }
    operation = {"type": "object", "properties": members, "required": ["method", "path"], "additionalProperties": False}
    result = {"type": "object", "properties": {"status": {"type": "integer"}, "body": {}}, "required": ["status", "body"]}
    answer: Json = {
        "content": {JSON: {"schema": {"type": "array", "items": result}}},
        "description": "What each of them answers.",
    }
    post: Json = {
        "operationId": "perform_several",
        "tags": ["the whole"],
        "summary": "Make several changes, all or none",
        "parameters": references("Prefer", "Idempotency-Key", "Content-Profile"),
        "requestBody": {"required": True, "content": {JSON: {"schema": {"type": "array", "items": operation}}}},
        "responses": {"200": answer} | refused(*CHANGING, *BODY),
    }
    return {"/rest/v1/": {"get": _self_description(), "post": post}}


def _self_description() -> Json:
    return {
        "operationId": "describe_api",
        "summary": "This description: what you could reach",
        "tags": ["the whole"],
        "parameters": references("Accept-Profile"),
        "responses": {"200": {"description": "OpenAPI 3.1.", "content": {OPENAPI: {"schema": {"type": "object"}}}}}
        | refused(Unauthenticated, NotAcceptable),
    }


def _tag(entity: Entity) -> Json:
    text = cleandoc(entity.model.__doc__ or "")
    return {"name": entity.name, "description": text} if text else {"name": entity.name}
