"""How other programs store values in PostgreSQL: in more of its types than we do, with values that no other engine has."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from mainspring.database import types
from mainspring.database.adopted import lenient
from mainspring.database.types import Storage, Stored


def storage(stored: Stored) -> Storage | None:
    """How such a column is read and written; None where it is as one of ours."""
    match stored:
        case types.Bytes():
            return Storage(sa.LargeBinary(), wire=types.base64)
        case types.Moment():
            return Storage(sa.DateTime(timezone=True), load=lenient(_in_utc), wire=lenient(_on_the_wire))
        case types.Date():
            return Storage(sa.Date(), bind=date.isoformat, load=lenient(date.fromisoformat))
        case types.Decimal() | types.Number():
            return Storage(sa.Numeric(), bind=Decimal, wire=_finite)
        case types.Float():
            return Storage(sa.Float(53), bind=_written, wire=_finite)
        case _:
            return None


def _in_utc(moment: datetime) -> datetime:
    """A moment in UTC, which is meant where none is named."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _on_the_wire(moment: datetime) -> str:
    return _in_utc(moment).isoformat("T", "microseconds")


def _written(number: Any) -> str:
    """A number as text, which the server reads as one of its column's size: 0.1 of 32 bits is none of 64."""
    return repr(float(number))


def _finite(number: Any) -> Any:
    """A number, or the word for what is none, which JSON cannot write as one."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
