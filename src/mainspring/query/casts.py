"""Values shown as another type: `price::text`. They are made from what would be shown, so that every engine gives the same.

A value that has no such form, such as `many` as an integer, is shown as null.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP
from decimal import Decimal as PythonDecimal
from typing import Any

import msgspec

from mainspring.errors import BadRequest
from mainspring.model.kinds import (
    Boolean,
    Date,
    DateTime,
    Decimal,
    Enum,
    Float,
    Integer,
    Json,
    Kind,
    ListOfText,
    Refused,
    Text,
    Uuid,
)
from mainspring.model.kinds.kind import OUT_OF_RANGE

CANNOT_CAST = "42846"
UNKNOWN_TYPE = "42704"
LARGEST_EXPONENT = 308
"""The same as that of 64-bit floats."""

_decode = msgspec.json.Decoder(float_hook=PythonDecimal).decode
_encode = msgspec.json.Encoder().encode


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case PythonDecimal():
            return format(value, "f")
        case msgspec.Raw():
            return bytes(value).decode()
        case date():
            return value.isoformat()
        case _:
            return _encode(value).decode()


def _integer(value: Any) -> int:
    if isinstance(value, str):
        return Integer().parse(value.strip())
    return Integer().validate(int(_exact(PythonDecimal(value)).to_integral_value(ROUND_HALF_UP)))


def _float(value: Any) -> float:
    return Float().parse(value.strip()) if isinstance(value, str) else Float().validate(value)


def _decimal(value: Any) -> PythonDecimal:
    _float(value)  # what is no number is none here either
    return _exact(PythonDecimal(value.strip() if isinstance(value, str) else repr(value) if isinstance(value, float) else value))


def _exact(number: PythonDecimal) -> PythonDecimal:
    """A number that is written out in a few hundred digits at most: `1E-999999999` would fill the memory."""
    if abs(number.adjusted()) > LARGEST_EXPONENT:
        raise Refused(OUT_OF_RANGE, "expected a number of fewer digits")
    return number


def _boolean(value: Any) -> bool:
    return Boolean().parse(value.strip()) if isinstance(value, str) else bool(value)


def _moment(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else value
    moment = datetime.combine(_day_of(text), time(), UTC) if _is_day(text) else DateTime().validate(text)
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat('T', 'microseconds')}+00:00"


def _day(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else value
    return (_day_of(text) if _is_day(text) else DateTime().validate(text).date()).isoformat()


def _is_day(value: Any) -> bool:
    return len(value) == 10 if isinstance(value, str) else not isinstance(value, datetime)


def _day_of(value: Any) -> date:
    day: date = Date().validate(value)
    return day


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """A type that values can be shown as.

    Attributes:
        kind: What the values are then.
        make: Makes one of what would be shown otherwise.
        kinds: The kinds of which it makes sense.
    """

    kind: Kind
    make: Callable[[Any], Any]
    kinds: tuple[type[Kind], ...]

    def then(self, other: "Cast | None") -> "Cast":
        """This type, and what becomes of it under another one."""
        return self if other is None else Cast(other.kind, lambda shown: other.convert(self.convert(shown)), self.kinds)

    def convert(self, shown: Any) -> Any:
        """What is shown of a value under this type, from what would be shown otherwise; null where it has no such form."""
        if isinstance(shown, msgspec.Raw) and not isinstance(self.kind, Text):
            shown = _decode(shown)
            if not isinstance(shown, (str, bool, int, PythonDecimal)):
                return None
        try:
            return self.make(shown)
        except (Refused, ArithmeticError, TypeError):
            return None


TEXT = Cast(Text(), _text, (Text, Integer, Float, Decimal, Boolean, Date, DateTime, Uuid, Enum, Json, ListOfText))
INTEGER = Cast(Integer(), _integer, (Text, Integer, Float, Decimal, Boolean, Json))
FLOAT = Cast(Float(), _float, (Text, Integer, Float, Decimal, Json))
NUMERIC = Cast(Decimal(), _decimal, (Text, Integer, Float, Decimal, Json))
BOOLEAN = Cast(Boolean(), _boolean, (Text, Integer, Boolean, Json))
DATE = Cast(Date(), _day, (Text, Date, DateTime, Json))
MOMENT = Cast(DateTime(), _moment, (Text, Date, DateTime, Json))
CASTS = {
    "text": TEXT,
    **dict.fromkeys(("int", "integer", "bigint", "int4", "int8"), INTEGER),
    **dict.fromkeys(("float", "double precision", "real", "float8"), FLOAT),
    "numeric": NUMERIC,
    "boolean": BOOLEAN,
    "date": DATE,
    **dict.fromkeys(("timestamptz", "timestamp"), MOMENT),
}
"""The types by name."""


def check_cast(shown: str, kind: Kind, name: str | None) -> None:
    """Refuse a type that does not exist, or that makes no sense for values of a kind.

    Raises:
        BadRequest: With the types that there are.
    """
    if name is None:
        return
    if name not in CASTS:
        raise BadRequest(f"'{name[:40]}' is no type to cast to", code=UNKNOWN_TYPE, hint=f"types are: {', '.join(CASTS)}")
    if not isinstance(kind, CASTS[name].kinds):
        possible = ", ".join(each for each, cast in CASTS.items() if isinstance(kind, cast.kinds))
        raise BadRequest(
            f"'{shown}' cannot be cast to {name}, for it is {kind.name}",
            code=CANNOT_CAST,
            hint=f"types for it are: {possible or 'none'}",
        )


def cast_named(name: str | None) -> Cast | None:
    """The type of a name that was checked."""
    return None if name is None else CASTS[name]
