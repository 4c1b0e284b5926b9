"""How other programs store values in SQLite, which has no types for them and refuses nothing.

What cannot be read as the column's type says goes out as the text that it is: an answer that shows it is better than none.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from mainspring.database import types
from mainspring.database.adopted import lenient, plain
from mainspring.database.types import Storage, Stored


def storage(stored: Stored) -> Storage | None:
    """How such a column is read and written; None where it is as one of ours."""
    match stored:
        case types.Decimal(places=places):
            read = lenient(partial(_decimal, places))
            return Storage(sa.Float(53), bind=float, load=read, wire=read)
        case types.Number():
            return Storage(sa.Float(53), bind=float, load=lenient(_number), wire=lenient(_number))
        case types.Bytes():
            return Storage(sa.LargeBinary(), wire=lenient(types.base64))
        case types.Moment():
            return Storage(sa.String(), bind=_from_moment, load=lenient(_moment), wire=lenient(_moment_on_the_wire))
        case types.Date():
            return Storage(sa.String(), bind=date.isoformat, load=lenient(_date), wire=lenient(_date_on_the_wire))
        case types.Boolean():
            return Storage(sa.Boolean(), bind=int, load=bool, wire=bool)
        case types.Uuid():
            return Storage(sa.String(), bind=str, load=lenient(UUID))
        case types.Integer() | types.Float() | types.Text():
            return Storage(stored.sql_type(), bind=float if isinstance(stored, types.Float) else None, wire=plain)
        case types.Json():
            return Storage(sa.Text(), bind=types.to_json, load=lenient(types.from_json), wire=lenient(_json_on_the_wire))
        case _:
            return None


def _json_on_the_wire(value: str) -> msgspec.Raw:
    types.from_json(value)
    return types.raw_json(value)


def _number(value: Any) -> Decimal:
    return Decimal(repr(value) if isinstance(value, float) else value)


def _decimal(places: int, value: Any) -> Decimal:
    """A number that is kept as a binary one, with the places that were declared."""
    return _number(value).quantize(Decimal(1).scaleb(-places))


def _moment(value: Any) -> datetime:
    """A moment: text in a form of ISO 8601, in UTC where it names no zone; or a number, the seconds since 1970."""
    moment = datetime.fromtimestamp(value, UTC) if isinstance(value, (int, float)) else datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _moment_on_the_wire(value: Any) -> str:
    return _moment(value).isoformat(timespec="microseconds")


def _from_moment(moment: datetime) -> str:
    """A moment as programs that know no zones write it, so that texts compare as moments do."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _date(value: Any) -> date:
    return date.fromisoformat(value[:10])


def _date_on_the_wire(value: Any) -> str:
    return _date(value).isoformat()
