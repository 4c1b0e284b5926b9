"""The expressions of `@computed` functions: what stands for a model in them, and what every engine does alike."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BinaryExpression, ColumnClause, ColumnElement, FromClause, String, TextClause, UnaryExpression
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.expression import SelectBase

from mainspring.database import types
from mainspring.errors import DeclarationError
from mainspring.model.expression import Location
from mainspring.model.kinds import Decimal, Integer, Kind, KindType, Text

_COMPARISONS = frozenset({operators.eq, operators.ne, operators.lt, operators.le, operators.gt, operators.ge})
_NUMBERS = frozenset({types.Integer, types.Float, types.Decimal})


class _NoField(DeclarationError, AttributeError):
    """What an author reads; SQLAlchemy, which looks what it was given for attributes of its own, goes on."""


class Columns:
    """Stands for the model while the author's function is called: its attributes are the columns of `source`.

    Args:
        source: The model's table, under some name.
        names: The columns by attribute.
        computed: What is computed, for refusals.
        key: The column that the model itself stands for in a comparison; None for none.
    """

    def __init__(self, source: FromClause, names: Mapping[str, str], computed: str, key: str | None = None) -> None:
        self.__source = source
        self.__names = names
        self.__computed = computed
        self.__key = key

    def __clause_element__(self) -> ColumnElement[Any]:  # SQLAlchemy asks for it where `photo.album == album` is compared
        if self.__key is None:
            raise DeclarationError(f"{self.__computed} compares a model as a whole; compare its fields")
        return self.__source.c[self.__key]

    def __getattr__(self, attribute: str) -> ColumnElement[Any]:
        if attribute not in self.__names:
            known = ", ".join(self.__names)
            raise _NoField(f"{self.__computed} is computed of '{attribute}', which is no field; the fields are: {known}")
        return self.__source.c[self.__names[attribute]]


def columns_in(
    expression: Any, rows: Sequence[FromClause], name: str, location: Location, shape: str
) -> Iterator[ColumnClause[Any]]:
    """The columns that an expression is made of. What cannot be looked into could show what the caller may not see.

    Args:
        expression: What the author's function gave.
        rows: The tables that it was given.
        name: What is computed.
        location: Where.
        shape: How such a function is written.

    Raises:
        DeclarationError: It is no expression, is made of something else than those tables' columns, or joins texts and others.
    """
    if not _is_expression(expression):
        raise DeclarationError(f"{location}: '{name}' gives {expression!r}, which is no SQL expression; {shape}")
    parts: list[Any] = list(visitors.iterate(expression))
    for part in parts:
        column, binary = isinstance(part, ColumnClause), isinstance(part, BinaryExpression)
        if (column and part.table not in rows) or isinstance(part, (SelectBase, TextClause)):
            own = "its record's own fields" if len(rows) == 1 else "the fields of its two models"
            arguments = "argument" if len(rows) == 1 else "arguments"
            raise DeclarationError(
                f"{location}: '{name}' is made of more than {own}, whose rules it follows: "
                f"use the {arguments} of the function, and no other table, query or text()"
            )
        if binary:
            _check_binary(part, name, location)
        if column:
            yield part


def _check_binary(part: BinaryExpression[Any], name: str, location: Location) -> None:
    if part.operator is operators.add and (_is_text(part.left) or _is_text(part.right)):
        raise DeclarationError(f"{location}: '{name}' adds a text to something else; only texts can be joined")
    left, right = _kind_of(part.left), _kind_of(part.right)
    held = {type(kind.stored) for kind in (left, right) if kind is not None}
    if left and right and part.operator in _COMPARISONS and len(held) > 1 and not held <= _NUMBERS:
        raise DeclarationError(
            f"{location}: '{name}' compares {left.name} with {right.name}, which no two engines do alike; "
            f"compare fields of one kind"
        )


def _is_expression(value: object) -> bool:
    return isinstance(value, ColumnElement)


class Decimals:
    """Finds what is a decimal in an expression. An engine may keep them as scaled integers, so only some operations are exact."""

    def __init__(self, name: str, location: Location) -> None:
        self._name = name
        self._location = location

    def places(self, part: Any) -> int | None:
        """How many places a part has where it is a decimal; None where it is something else."""
        if isinstance(part, ColumnClause):
            kind = _kind_of(part)
            return kind.places if isinstance(kind, Decimal) else None
        if _is_binary(part):
            return self._of_two(part)
        if isinstance(part, (Grouping, UnaryExpression)):
            (inner,) = part.get_children()
            return self.places(inner)
        if any(self.places(each) is not None for each in part.get_children()):
            raise self._refusal()
        return None

    def _of_two(self, part: BinaryExpression[Any]) -> int | None:
        left, right = self.places(part.left), self.places(part.right)
        if left is None and right is None:
            return None
        if part.operator is operators.mul and _is_integer(part.right if right is None else part.left):
            return left if right is None else right
        if left == right or (right is None and _is_value(part.right)) or (left is None and _is_value(part.left)):
            if part.operator in {operators.add, operators.sub}:
                return left if left is not None else right
            if part.operator in _COMPARISONS:
                return None
        if part.operator in {operators.is_, operators.is_not}:
            return None
        raise self._refusal()

    def _refusal(self) -> DeclarationError:
        return DeclarationError(
            f"{self._location}: '{self._name}' does with decimals what no engine does alike: they can be added, subtracted and "
            f"compared where their places are the same, and multiplied by an integer field"
        )


def _is_binary(part: object) -> bool:
    return isinstance(part, BinaryExpression)


def _is_text(part: Any) -> bool:
    return isinstance(_kind_of(part), Text) or isinstance(part.type, String)


def _is_integer(part: Any) -> bool:
    return isinstance(part, ColumnClause) and isinstance(_kind_of(part), Integer)


def _is_value(part: Any) -> bool:
    """Whether it is a plain value that takes the type of the decimal that it stands beside."""
    return _kind_of(part) is not None and not isinstance(part, ColumnClause)


def _kind_of(part: Any) -> Kind | None:
    """The kind of a column, or of a value that took its type from one."""
    type_ = getattr(part, "type", None)
    return type_.kind if isinstance(type_, KindType) else None
