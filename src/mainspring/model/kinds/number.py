"""Numbers: 64-bit integers, floats, and decimals that are exact to the last digit."""

import math
import re
import sys
from dataclasses import dataclass
from decimal import Decimal as PythonDecimal
from decimal import DecimalException
from typing import Any

from mainspring.database import types
from mainspring.database.types import Stored
from mainspring.model.kinds.kind import EQUALITY, ORDER, OUT_OF_RANGE, REFUSED, WRONG_TYPE, Kind, Refused

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_MOST_DIGITS = 1_000
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def _check_limits(value: Any, least: Any, most: Any) -> None:
    if least is not None and value < least:
        raise Refused(REFUSED, f"{value} is too small; the least is {least}")
    if most is not None and value > most:
        raise Refused(REFUSED, f"{value} is too large; the most is {most}")


def _within(least: Any, most: Any, smallest: Any, largest: Any) -> tuple[Any, Any]:
    """The range of a kind with limits of its own, which can be wider than what is stored."""
    return smallest if least is None else max(least, smallest), largest if most is None else min(most, largest)


def _limits_schema(least: Any, most: Any) -> dict[str, Any]:
    limits = {"minimum": least, "maximum": most}
    return {name: limit for name, limit in limits.items() if limit is not None}


@dataclass(frozen=True)
class Integer(Kind):
    """A whole number of 64 bits.

    Attributes:
        min: The least number that is taken; None for no limit.
        max: The greatest number that is taken; None for no limit.
    """

    name = "integer"
    operators = EQUALITY | ORDER
    form = "number"

    min: int | None = None
    max: int | None = None

    @property
    def stored(self) -> Stored:
        return types.Integer()

    @property
    def range(self) -> tuple[int, int]:
        return _within(self.min, self.max, _SMALLEST, _LARGEST)

    def validate(self, value: Any) -> int:
        if isinstance(value, PythonDecimal) and value == value.to_integral_value() and value.adjusted() < 20:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refused(WRONG_TYPE, "expected a whole number")
        if not _SMALLEST <= value <= _LARGEST:
            raise Refused(OUT_OF_RANGE, "expected a whole number of 64 bits")
        _check_limits(value, self.min, self.max)
        return value

    def parse(self, text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise Refused(WRONG_TYPE, f"expected a whole number, found '{text[:40]}'")
        number = int(text)
        if not _SMALLEST <= number <= _LARGEST:
            raise Refused(OUT_OF_RANGE, "expected a whole number of 64 bits")
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "format": "int64"} | _limits_schema(self.min, self.max)


@dataclass(frozen=True)
class Float(Kind):
    """A binary floating-point number of 64 bits: for measurements, never for money.

    Attributes:
        min: The least number that is taken; None for no limit.
        max: The greatest number that is taken; None for no limit.
    """

    name = "float"
    operators = EQUALITY | ORDER
    form = "number"

    min: float | None = None
    max: float | None = None

    @property
    def stored(self) -> Stored:
        return types.Float()

    @property
    def range(self) -> tuple[float, float]:
        return _within(self.min, self.max, -sys.float_info.max, sys.float_info.max)

    def validate(self, value: Any) -> float:
        if not isinstance(value, (int, float, PythonDecimal)) or isinstance(value, bool):
            raise Refused(WRONG_TYPE, "expected a number")
        number = _finite(value)
        _check_limits(number, self.min, self.max)
        return number

    def parse(self, text: str) -> float:
        if not _NUMBER.fullmatch(text):
            raise Refused(WRONG_TYPE, f"expected a number, found '{text[:40]}'")
        return _finite(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "format": "double"} | _limits_schema(self.min, self.max)


def _finite(value: Any) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Refused(OUT_OF_RANGE, "expected a number that fits 64 bits")
    return number


@dataclass(frozen=True)
class Decimal(Kind):
    """An exact decimal number.

    Attributes:
        digits: Most digits in all, at most 18 (what 64 bits hold).
        places: Digits after the point. A number with more is refused, never rounded. None, of an adopted column, for any
            number of digits.
        min: The least number that is taken; None for no limit.
        max: The greatest number that is taken; None for no limit.
    """

    name = "decimal"
    operators = EQUALITY | ORDER
    form = "number"

    digits: int = 18
    places: int | None = 2
    min: PythonDecimal | int | None = None
    max: PythonDecimal | int | None = None

    @property
    def stored(self) -> Stored:
        return types.Number() if self.places is None else types.Decimal(self.digits, self.places)

    @property
    def range(self) -> tuple[PythonDecimal, PythonDecimal]:
        if self.places is None:
            largest = PythonDecimal(1).scaleb(_MOST_DIGITS)
        else:
            largest = PythonDecimal(10**self.digits - 1).scaleb(-self.places)
        least, most = _within(self.min, self.max, -largest, largest)
        return PythonDecimal(least), PythonDecimal(most)

    def validate(self, value: Any) -> PythonDecimal:
        number = self._exact(value)
        _check_limits(number, self.min, self.max)
        return number

    def parse(self, text: str) -> PythonDecimal:
        if not _NUMBER.fullmatch(text):
            raise Refused(WRONG_TYPE, f"expected a number, found '{text[:40]}'")
        return self._exact(text)

    def _exact(self, value: Any) -> PythonDecimal:
        if isinstance(value, (bool, float)) or not isinstance(value, (int, str, PythonDecimal)):
            raise Refused(WRONG_TYPE, "expected a number, or text such as '12.50'")
        try:
            number = PythonDecimal(value)
        except DecimalException:
            raise Refused(WRONG_TYPE, "expected a number, or text such as '12.50'") from None
        if self.places is None:
            return _not_too_long(number)
        if not number.is_finite() or (number and number.adjusted() >= self.digits - self.places):
            raise Refused(OUT_OF_RANGE, f"expected at most {self.digits - self.places} digits before the point")
        quantized = number.quantize(PythonDecimal(1).scaleb(-self.places))
        if quantized != number:  # compared to the last digit, where arithmetic would round both to 28
            raise Refused(REFUSED, f"expected at most {self.places} digits after the point")
        return quantized

    def schema(self) -> dict[str, Any]:
        limits = {name: float(limit) for name, limit in _limits_schema(self.min, self.max).items()}
        return {"type": "number", "format": "decimal"} | limits  # by binary floats, 0.07 would be no multiple of 0.01


def _not_too_long(number: PythonDecimal) -> PythonDecimal:
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or len(digits) > _MOST_DIGITS or abs(exponent) > _MOST_DIGITS:
        raise Refused(OUT_OF_RANGE, f"expected a number of at most {_MOST_DIGITS} digits")
    return number
