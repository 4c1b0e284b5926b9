"""What aggregates come to, from exact parts that the database gives: every engine's answer is then the same, to the last digit.

Integers and decimals are summed exactly; a float counts as the decimal number that it is written as, so `0.1 + 0.2` is `0.3`.
What is no sum is divided exactly and rounded once, to the nearest float.
"""

import math
from collections.abc import Callable, Sequence
from decimal import Decimal as PythonDecimal
from fractions import Fraction
from typing import Any

from mainspring.errors import BadRequest
from mainspring.model.kinds import Decimal, Float, Kind
from mainspring.model.kinds.kind import OUT_OF_RANGE

PARTS = {
    "sum": ("sum",),
    "avg": ("count", "sum"),
    "variance": ("count", "sum", "squares"),
    "stddev": ("count", "sum", "squares"),
    "median": ("count", "lower", "upper"),
    "p90": ("count", "lower", "upper"),
}
"""The parts that each aggregate is made of, in their order; the others are what the database gives."""

TENTHS = {"median": 5, "p90": 9}
"""How many tenths of the values stand below a percentile."""

_LARGEST = 2**63

Finish = Callable[[Sequence[Any]], Any]
"""The result for the parts of one group."""


def finisher(function: str, kind: Kind, load: Callable[[Any], Any]) -> Finish:
    """A function that makes the result of an aggregate from its parts.

    Args:
        function: The aggregate, one of `PARTS`.
        kind: The kind of its argument.
        load: From the argument's driver values to Python's.
    """
    if function == "sum" and isinstance(kind, Decimal) and kind.places is None:
        return lambda parts: None if parts[0] is None else _checked(parts[0])
    if function == "sum":
        unit = _exact(load(1))
        return lambda parts: None if parts[0] is None else _sum(kind, _exact(parts[0]) * unit)
    if function in TENTHS:
        return lambda parts: _percentile(TENTHS[function], parts, load)
    unit = _exact(load(1))
    if function == "avg":
        return lambda parts: _float(_exact(parts[1]) * unit / parts[0]) if parts[0] else None
    root = function == "stddev"
    return lambda parts: _variance(parts, unit, root=root)


def on_the_wire(value: Any) -> Any:
    """A result as the encoders write it: they take no integer of more than 64 bits."""
    return PythonDecimal(value) if isinstance(value, int) and not -_LARGEST <= value < _LARGEST else value


def _sum(kind: Kind, total: Fraction) -> Any:
    if isinstance(kind, Float):
        return _float(total)
    if isinstance(kind, Decimal) and kind.places is not None:
        scaled = round(total * 10**kind.places)
        return PythonDecimal((int(scaled < 0), tuple(map(int, str(abs(scaled)))), -kind.places))
    return int(total)


def _percentile(tenths: int, parts: Sequence[Any], load: Callable[[Any], Any]) -> float | None:
    """The value that so many tenths lie below; between two values, the one at that part of the way."""
    number, lower, upper = parts
    if not number:
        return None
    low, high = _exact(load(lower)), _exact(load(upper))
    return _float(low + (high - low) * Fraction(tenths * (number - 1) % 10, 10))


def _variance(parts: Sequence[Any], unit: Fraction, *, root: bool) -> float | None:
    """The sample variance, or its root."""
    number, total, squares = parts
    if number < 2:
        return None
    summed = _exact(total)
    variance = _float((number * _exact(squares) - summed * summed) * unit * unit / (number * (number - 1)))
    return math.sqrt(variance) if root else variance


def _checked(number: PythonDecimal) -> PythonDecimal:
    """A sum of any digits, unless it is no number."""
    _exact(number)
    return number


def _exact(value: Any) -> Fraction:
    """The number that a driver value is written as."""
    try:
        return Fraction(value) if isinstance(value, int) else Fraction(str(value))
    except ValueError:
        raise BadRequest("one of the values is no number, so no more can be told of them", code=OUT_OF_RANGE) from None


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        raise BadRequest("the result of an aggregate does not fit a 64-bit float", code=OUT_OF_RANGE) from None
