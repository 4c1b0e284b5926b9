"""The JSON Schemas of a table's records, as one caller may read, make and change them."""

from collections.abc import Iterator
from typing import Any, Literal

from mainspring.access.conditions import Conditions
from mainspring.context import Caller, Who
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Field, Relation
from mainspring.model.field import UNSET, by_database, me
from mainspring.model.kinds import FileKind
from mainspring.query.names import Names
from mainspring.rest.answers import reference

Json = dict[str, Any]
Change = Literal["insert", "update"]

_FILE: Json = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
_EMPTY: Json = {"const": ""}


class Schemas:
    """What one caller may know of the records of each table.

    Args:
        catalog: The models.
        conditions: The rules.
        who: The caller; all callers of one authority get the same.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, who: Who) -> None:
        self._catalog = catalog
        self._conditions = conditions
        self._who = who
        self._names = Names(catalog, conditions)

    def visible(self, entity: Entity) -> Iterator[Field]:
        """The fields that the caller may see in at least some record."""
        return (field for field in entity.readable.values() if self._seen(entity, field) is not False)

    def relations(self, entity: Entity) -> list[Relation]:
        """The relations that the caller may embed."""
        return [each for each in self._names.relations(entity, self._who) if self._catalog.entities[each.target].addressable]

    def writable(self, entity: Entity, change: Change) -> list[Field]:
        """The fields that the caller may write in at least some record; the key only when it is made."""
        return [
            field
            for field in entity.fields.values()
            if not field.server_owned
            and not (field.key and change == "update")
            and self._conditions.writable(entity, field, self._who, entity.table) is not False
        ]

    def record(self, entity: Entity) -> Json:
        """A record as it is read. Nothing in it is required, because `select` chooses."""
        properties = {field.name: self._read(entity, field) for field in self.visible(entity)}
        embeds = {relation.name: _embed(relation) for relation in self.relations(entity)}
        return {"type": "object", "properties": properties | embeds}

    def change(self, entity: Entity, change: Change) -> Json | None:
        """A record as it is written in JSON, or None where it needs a file, which JSON cannot hold."""
        fields = self.writable(entity, change)
        needed = self._needed(fields, change)
        if any(isinstance(field.kind, FileKind) for field in needed):
            return None
        properties = {
            field.name: {"type": "null"} if isinstance(field.kind, FileKind) else _written(field, change)
            for field in fields
            if field.nullable or not isinstance(field.kind, FileKind)
        }
        return _object(properties | self._members(entity), needed)

    def nested(self, entity: Entity) -> Json | None:
        """A new record as it is written in JSON with new records in it, or None where none may stand in it.

        One level is told; those that stand in it may hold others in turn.
        """
        record = self.change(entity, "insert")
        inside = {each.name: schema for each in entity.relations.values() if (schema := self._inside(each)) is not None}
        return None if record is None or not inside else record | {"properties": record["properties"] | inside}

    def _inside(self, relation: Relation) -> Json | None:
        """The list of new records that may stand under a relation, or None where none may."""
        target = self._catalog.entities[relation.target]
        if relation.cardinality is Cardinality.one or not self._creatable(target):
            return None
        record = self.change(target, "insert")
        if record is None:
            return None
        if relation.cardinality is Cardinality.members:
            keys = self._members(self._catalog.entities[relation.source]).get(relation.name)
            return keys and keys | {"items": {"anyOf": [keys["items"], record]}, "description": f"Keys or new `{target.name}`."}
        if relation.remote not in record["properties"]:
            return None
        needed = [name for name in record.get("required", ()) if name != relation.remote]
        properties = {name: schema for name, schema in record["properties"].items() if name != relation.remote}
        child = {"type": "object", "properties": properties} | ({"required": needed} if needed else {})
        return {"type": "array", "items": child, "description": f"New `{target.name}`, which link to this record."}

    def form(self, entity: Entity, change: Change) -> Json | None:
        """A record as it is written in a form without files, or None where it needs one."""
        fields = self.writable(entity, change)
        needed = self._needed(fields, change)
        if any(isinstance(field.kind, FileKind) for field in needed):
            return None
        kept = [field for field in fields if field.nullable or not isinstance(field.kind, FileKind)]
        properties = {field.name: _EMPTY if isinstance(field.kind, FileKind) else _in_form(field) for field in kept}
        return _object(properties | self._members_in_form(entity), needed)

    def multipart(self, entity: Entity, change: Change) -> Json | None:
        """A record as it is written in a form with files, or None where it holds none."""
        fields = self.writable(entity, change)
        if not any(isinstance(field.kind, FileKind) for field in fields):
            return None
        properties = {field.name: _FILE if isinstance(field.kind, FileKind) else _in_form(field) for field in fields}
        return _object(properties | self._members_in_form(entity), self._needed(fields, change))

    def _members_in_form(self, entity: Entity) -> Json:
        return {name: _json_in_form(schema) for name, schema in self._members(entity).items()}

    def _needed(self, fields: list[Field], change: Change) -> list[Field]:
        user = self._who.kind is Caller.user
        return [
            field
            for field in fields
            if change == "insert" and not field.nullable and (field.default is UNSET or (field.default is me and not user))
        ]

    def _read(self, entity: Entity, field: Field) -> Json:
        schema = _nullable(field.kind.schema(), field.nullable) | _link(field)
        if field.server_owned:
            schema["readOnly"] = True
        if self._seen(entity, field) is not True:
            schema["description"] = "Absent from records in which you may not see it."
        return schema

    def _members(self, entity: Entity) -> Json:
        joined = (each for each in entity.relations.values() if each.join and each.join[0].name not in self._catalog.entities)
        members = [each for each in joined if self._readable(each)]
        return {
            each.name: {
                "type": "array",
                "items": self._catalog.entities[each.target].fields[each.remote].kind.schema(),
                "description": f"Keys of `{each.target}`.",
            }
            for each in members
        }

    def _seen(self, entity: Entity, field: Field) -> Any:
        return self._conditions.seen(entity, field, self._who, entity.table)

    def _creatable(self, entity: Entity) -> bool:
        return entity.addressable and self._conditions.possible(entity, "create", self._who)

    def _readable(self, relation: Relation) -> bool:
        target = self._catalog.entities[relation.target]
        return target.addressable and self._conditions.possible(target, "read", self._who)


def _embed(relation: Relation) -> Json:
    target = reference(relation.target)
    if relation.cardinality is Cardinality.one:
        return {"anyOf": [target, {"type": "null"}], "readOnly": True}
    return {"type": "array", "items": target, "readOnly": True}


def _written(field: Field, change: Change) -> Json:
    schema = _nullable(field.kind.schema(), field.nullable) | _link(field)
    fixed = field.default not in (UNSET, by_database, me) and not callable(field.default)
    return schema | {"default": _wire(field, field.default)} if fixed and change == "insert" else schema


def _wire(field: Field, value: Any) -> Any:
    """A Python value as JSON has it."""
    if value is None:
        return None
    checked, to_plain = field.kind.validate(value), field.kind.to_plain
    return checked if to_plain is None else to_plain(checked)


def _link(field: Field) -> Json:
    return {"description": f"The key of a record: `{field.relation}`."} if field.relation else {}


def _in_form(field: Field) -> Json:
    """A field as a form has it: what has parts is JSON text, and empty text is null."""
    schema = field.kind.schema()
    if schema.get("type", "array") == "array":
        return _json_in_form(schema) | _link(field)
    if field.nullable and "enum" in schema:
        schema = schema | {"enum": [*schema["enum"], ""]}
    elif field.nullable:
        schema = {"anyOf": [schema, _EMPTY]}
    return schema | _link(field)


def _json_in_form(schema: Json) -> Json:
    """JSON text of what a schema tells."""
    return {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}


def _nullable(schema: Json, nullable: bool) -> Json:
    if not nullable or "type" not in schema:  # without a type, every value is taken already
        return schema
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [schema["type"], "null"]} | choices


def _object(properties: Json, needed: list[Field]) -> Json:
    required = {"required": [field.name for field in needed]} if needed else {}
    return {"type": "object", "properties": properties, "additionalProperties": False, **required}
