"""How other programs store values in MariaDB: with fewer digits than we do, and dates that are none."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from mainspring.database import types
from mainspring.database.adopted import lenient
from mainspring.database.types import Storage, Stored


def storage(stored: Stored) -> Storage | None:
    """How such a column is read and written; None where it is as one of ours."""
    match stored:
        case types.Number():
            return Storage(sa.Numeric(), bind=Decimal)
        case types.Bytes():
            return Storage(sa.LargeBinary(), wire=types.base64)
        case types.Moment():
            return Storage(sa.DateTime(), bind=_from_moment, load=lenient(_moment), wire=lenient(_on_the_wire))
        case types.Date():
            return Storage(sa.Date(), bind=date.isoformat, load=lenient(date.fromisoformat))
        case types.Uuid():
            return Storage(sa.String(36), bind=str, load=lenient(UUID))
        case types.Json():
            return Storage(sa.Text(), bind=types.to_json, load=lenient(types.from_json), wire=types.raw_json)
        case _:
            return None


def _moment(text: str) -> datetime:
    """A moment without a zone, as the connection has it: in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _on_the_wire(text: str) -> str:
    return _moment(text).isoformat("T", "microseconds")


def _from_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
