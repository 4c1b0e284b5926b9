"""What an aggregate takes the values of a field as: `amount::text.max()`, `extra->price::numeric.sum()`.

A value that has no such form counts as null.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Double, case, cast, func, literal

from mainspring.database.expressions import Expressions
from mainspring.database.types import Float as StoredFloat
from mainspring.database.types import Stored
from mainspring.errors import BadRequest
from mainspring.model.entity import Field
from mainspring.model.kinds import Boolean, Date, DateTime, Decimal, Enum, Float, Integer, Json, Kind, Text
from mainspring.query.casts import BOOLEAN, CANNOT_CAST, CASTS, DATE, FLOAT, INTEGER, MOMENT, NUMERIC, TEXT, Cast, check_cast

_SHOWN_AS = ("sum", "min", "max")
"""The aggregates whose results are values of the type; of the others it makes no difference."""
_LARGEST = 1e308
"""No JSON number beyond it is a float."""


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """What the values of a field are taken as.

    Attributes:
        kind: What they are for the aggregate; None for the field's own kind.
        make: Makes them of the column, which holds what is stored; None where they are the column.
        cast: The type that the result is shown as, where order and sums are the same; None for that of the values.
    """

    kind: Kind | None = None
    make: Callable[[Expressions, ColumnElement[Any], Stored], ColumnElement[Any]] | None = None
    cast: Cast | None = None

    def field(self, field: Field) -> Field:
        """The values as a field."""
        return field if self.kind is None else replace(field, kind=self.kind, stored=self.kind.stored)

    def shown_as(self, function: str) -> Cast | None:
        """The type that the result of an aggregate is shown as; None for its own."""
        return self.cast if function in _SHOWN_AS else None


def _text(say: Expressions, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
    return say.number_text(column, stored)


def _rounded(say: Expressions, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
    return say.rounded(column, stored)


def _number(say: Expressions, column: ColumnElement[Any], _: Stored) -> ColumnElement[Any]:
    number = say.json_number(column)
    return case((func.abs(number) < _LARGEST, cast(number, Double)))


def _rounded_number(say: Expressions, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
    return say.rounded(_number(say, column, stored), StoredFloat())


def _either(yes: Any, no: Any) -> Callable[[Expressions, ColumnElement[Any], Stored], ColumnElement[Any]]:
    return lambda _say, column, _stored: case((column.is_(True), literal(yes)), (column.is_(False), literal(no)))


_AS_IT_IS = Argument()
_ARGUMENTS: dict[tuple[type[Kind], Cast], Argument] = {
    (Text, TEXT): _AS_IT_IS,
    (Enum, TEXT): _AS_IT_IS,
    (Integer, TEXT): Argument(Text(), _text),
    (Decimal, TEXT): Argument(Text(), _text),
    (Boolean, TEXT): Argument(Text(), _either("true", "false")),
    (Date, TEXT): Argument(cast=TEXT),
    (DateTime, TEXT): Argument(cast=TEXT),
    (Integer, INTEGER): _AS_IT_IS,
    (Decimal, INTEGER): Argument(Integer(), _rounded),
    (Float, INTEGER): Argument(Integer(), _rounded),
    (Boolean, INTEGER): Argument(Integer(), _either(1, 0)),
    (Json, INTEGER): Argument(Integer(), _rounded_number),
    (Integer, FLOAT): Argument(cast=FLOAT),
    (Decimal, FLOAT): Argument(cast=FLOAT),
    (Float, FLOAT): _AS_IT_IS,
    (Json, FLOAT): Argument(Float(), _number),
    (Integer, NUMERIC): Argument(cast=NUMERIC),
    (Decimal, NUMERIC): _AS_IT_IS,
    (Float, NUMERIC): Argument(cast=NUMERIC),
    (Json, NUMERIC): Argument(Float(), _number, NUMERIC),
    (Boolean, BOOLEAN): _AS_IT_IS,
    (Date, DATE): _AS_IT_IS,
    (DateTime, DATE): Argument(cast=DATE),
    (Date, MOMENT): Argument(cast=MOMENT),
    (DateTime, MOMENT): _AS_IT_IS,
}
"""By the kind of the field and the type: what every engine does alike."""


def argument_of(kind: Kind, name: str | None) -> Argument:
    """What the values of a field's kind are taken as under the name of a type that was checked."""
    if name is None:
        return _AS_IT_IS
    return next(found for (each, type_), found in _ARGUMENTS.items() if type_ is CASTS[name] and isinstance(kind, each))


def check_argument(field: Field, name: str | None) -> Field:
    """What the values of a field are under the name of a type, as a field whose kind tells the functions that it has.

    Raises:
        BadRequest: There is no such type, or no aggregate takes values of the field's kind as it.
    """
    if name is None:
        return field
    check_cast(field.name, field.kind, name)
    possible = {type_ for each, type_ in _ARGUMENTS if isinstance(field.kind, each)}
    if CASTS[name] not in possible:
        names = ", ".join(each for each, type_ in CASTS.items() if type_ in possible)
        raise BadRequest(
            f"no aggregate takes '{field.name}' as {name}, for it is {field.kind.name}",
            code=CANNOT_CAST,
            hint=f"aggregates take it as: {names}" if names else "leave the type out",
        )
    return replace(field, kind=CASTS[name].kind, stored=CASTS[name].kind.stored)
