"""What happens to the values of a column of SQLite that gets another type, and which of them do not survive it."""

from typing import Any

import sqlalchemy as sa

from mainspring.database.engines.sqlite.types import ScaledInteger, storage
from mainspring.schema.types import stored_of

Value = sa.ColumnElement[Any]

_LARGEST = 2**63 - 1
_EXACT = 2**53
"""Integers up to here are exact as floats."""
_NOISE = 1e-6
"""What floats miss by when they are scaled."""


def loss(value: Value, old: str, new: str) -> tuple[Value, str] | None:
    """See `Builder.loss`."""
    before, after = storage(stored_of(old)).type, storage(stored_of(new)).type
    if isinstance(before, sa.String) and isinstance(after, sa.String):
        length = after.length
        return None if length is None else (sa.func.length(value) > length, f"cut to {length} characters")
    if _is_number(before) and _is_number(after):
        return _lost_digits(value, before, after)
    if isinstance(before, ScaledInteger) or isinstance(after, ScaledInteger):
        return value.is_not(None), "changed by the new type"
    return sa.cast(value, before).is_distinct_from(sa.cast(sa.cast(value, after), before)), "changed by the new type"


def converted(value: Value, old: str, new: str) -> Value | None:
    """The value as the new type stores it; None where copying it is enough."""
    before, after = storage(stored_of(old)).type, storage(stored_of(new)).type
    if isinstance(before, sa.String) and isinstance(after, sa.String):
        return None if after.length is None else sa.func.substr(value, 1, after.length)
    if not (_is_number(before) and _is_number(after)):
        return None
    up, down = 10 ** _places(after), 10 ** _places(before)
    if isinstance(before, sa.Float):
        return sa.cast(sa.func.round(value * up), sa.Integer()) if up > 1 else None
    if isinstance(after, sa.Float):
        return value / sa.literal(float(down)) if down > 1 else None
    return None if up == down else value * (up // down) if up > down else value // (down // up)


def _lost_digits(value: Value, before: Any, after: Any) -> tuple[Value, str] | None:
    up, down = 10 ** _places(after), 10 ** _places(before)
    words = f"rounded to {_places(after)} decimals"
    if isinstance(before, sa.Float):
        return sa.func.abs(value * up - sa.func.round(value * up)) > _NOISE, words
    if isinstance(after, sa.Float):
        return sa.func.abs(value) > _EXACT, "rounded to what a float holds"
    if up >= down:
        return sa.func.abs(value) > _LARGEST // (up // down), "too large"
    return value % (down // up) != 0, words


def _is_number(type_: Any) -> bool:
    return isinstance(type_, (sa.Integer, sa.Float))


def _places(type_: Any) -> int:
    return type_.places if isinstance(type_, ScaledInteger) else 0
