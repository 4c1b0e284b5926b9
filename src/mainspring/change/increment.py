"""Numbers that are counted up or down from whatever they are: `{"stock": {"$inc": -1, "$min": 0}}`.

Two who take the last piece at once do not overwrite each other: the second is refused.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Context, Inexact
from decimal import Decimal as PythonDecimal
from typing import Any

from mainspring.change.checked import WRONG_FORM, Increment
from mainspring.model.entity import Field
from mainspring.model.kinds import Refused

_BY = "$inc"
_LIMITS = ("$min", "$max")
_EXACT = Context(prec=60, traps=[Inexact])
"""Enough for the sum of any two decimals that are stored."""


def is_increment(value: Mapping[str, Any]) -> bool:
    """Whether an object is meant as one."""
    return _BY in value


def read_increment(field: Field, value: Mapping[str, Any], *, text: bool) -> Increment:
    """What an object adds to a field.

    Args:
        field: The field, whose kind is a number.
        value: The object.
        text: Whether its values came as text.

    Raises:
        Refused: It is none.
    """
    span = field.kind.range
    assert span is not None, "called for numbers alone"
    if not value.keys() <= {_BY, *_LIMITS}:
        raise Refused(WRONG_FORM, f"expected '{_BY}', and perhaps '$min' and '$max'")
    limits: Any = {"min": None, "max": None}  # which every kind with a range has, and which hold for what comes out
    kind = replace(field.kind, **limits)

    def read(name: str) -> Any:
        given = value[name]
        if given is None:
            raise Refused(WRONG_FORM, f"'{name}' cannot be empty")
        return kind.validate(kind.parse(given) if text and isinstance(given, str) else given)

    by = read(_BY)
    least, most = (read(name) if name in value else None for name in _LIMITS)
    lowest = span[0] if least is None else max(least, span[0])
    highest = span[1] if most is None else min(most, span[1])
    before = max(_less(lowest, by), span[0]), min(_less(highest, by), span[1])
    if before[0] > before[1]:  # and perhaps greater than what a database holds
        before = type(by)(1), type(by)(0)
    return Increment(by, *before)


def _less(value: Any, by: Any) -> Any:
    return _EXACT.subtract(value, by) if isinstance(value, PythonDecimal) else value - by
