"""Which kind of field holds the values of a column, from its SQL type."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from mainspring.schema.adopt.read import FoundColumn, FoundTable


@dataclass(frozen=True, slots=True)
class FieldKind:
    """What is written for a column's type.

    Attributes:
        annotation: The Python type; of an enum, nothing: its class is made of `members`.
        options: The options of `field()`.
        members: The texts of an enum.
        name: What the database calls the enum; nothing where it is its column's alone.
        check: The condition of the table that this says already, or nothing.
    """

    annotation: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    members: tuple[str, ...] = ()
    name: str = ""
    check: str = ""


def field_kind(table: FoundTable, column: FoundColumn) -> FieldKind | None:
    """The kind of a column; None where no field holds such values."""
    type_ = column.type
    if isinstance(type_, sa.Enum):
        return FieldKind("", members=tuple(type_.enums), name=type_.name or "")
    if isinstance(type_, sa.ARRAY):
        array: Any = column.type
        return FieldKind("list[str]") if isinstance(array.item_type, sa.String) else None
    if isinstance(type_, sa.Numeric) and not isinstance(type_, sa.Float):
        return _decimal(column, type_)
    if isinstance(type_, sa.JSON):
        check = next((each for each in table.checks if each.startswith("json_valid(") and column.name in each), "")
        return FieldKind("JSON", check=check)
    found = next((annotation for kind, annotation in _ANNOTATIONS if isinstance(type_, kind)), None)
    if found != "str":
        return FieldKind(found) if found else None
    check, choices = next(((each, made) for each in table.checks if (made := _choices(each, column.name))), ("", None))
    length = getattr(type_, "length", None)
    options = {"max_length": length} if length else {}
    return FieldKind(found, options | ({"choices": choices} if choices else {}), check=check)


_ANNOTATIONS: tuple[tuple[type[TypeEngine[Any]] | tuple[type[TypeEngine[Any]], ...], str], ...] = (
    (sa.Boolean, "bool"),
    (sa.Integer, "int"),
    (sa.Float, "float"),
    (sa.DateTime, "datetime"),
    (sa.Date, "date"),
    (sa.Uuid, "UUID"),
    (sa.String, "str"),
    ((sa.LargeBinary, sa.BINARY, sa.VARBINARY), "bytes"),
)


def _decimal(column: FoundColumn, type_: sa.Numeric[Any]) -> FieldKind:
    if type_.precision is None and column.told == "numeric":  # of any digits, which only PostgreSQL has
        return FieldKind("Decimal", {"places": None})
    if type_.precision is None:
        return FieldKind("float")
    return FieldKind("Decimal", {"digits": type_.precision, "places": type_.scale or 0})


_IN = re.compile(
    r"""["`\[]?(?P<name>[^"`\]]+?)["`\]]?\s+IN\s*\((?P<items>\s*'(?:[^']|'')*'(?:\s*,\s*'(?:[^']|'')*')*)\s*\)""", re.IGNORECASE
)
_ITEM = re.compile(r"'((?:[^']|'')*)'")


def _choices(check: str, column: str) -> list[str] | None:
    """The only texts that a condition such as `colour IN ('red', 'blue')` lets a column hold."""
    found = _IN.fullmatch(check)
    if found is None or found["name"] != column:
        return None
    return [item.replace("''", "'") for item in _ITEM.findall(found["items"])]
