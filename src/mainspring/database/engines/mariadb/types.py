"""How MariaDB stores values: in its own types. Texts are compared by code point, and blanks at their end count."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import accumulate
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.mysql import DATETIME, LONGTEXT, VARCHAR
from sqlalchemy.types import TypeEngine

from mainspring.database import types
from mainspring.database.engines.mariadb import foreign
from mainspring.database.types import Storage, Stored
from mainspring.errors import BadRequest

CHARACTERS = "utf8mb4"
BY_CODE_POINT = "utf8mb4_nopad_bin"
"""The character set and the collation of every text."""

LONGEST_INDEXED = 768
"""Characters of the longest text that an index can hold whole: 3,072 bytes. Longer ones count little in the size of a row."""

_DEPTH = 31
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@cache
def storage(stored: Stored) -> Storage:
    """How MariaDB stores something."""
    match stored:
        case types.Text(length):
            return Storage(_text(length))
        case types.Float():
            return Storage(sa.Float(53), bind=float)
        case types.Decimal(digits, places):
            return Storage(sa.Numeric(digits, places), bind=Decimal)
        case types.Boolean():
            return Storage(sa.Boolean(), bind=int, load=bool, wire=bool)
        case types.Date():
            return Storage(sa.Date(), bind=date.isoformat, load=date.fromisoformat)
        case types.Moment():
            return Storage(DATETIME(fsp=6), bind=_from_moment, load=_to_moment, wire=_moment_on_the_wire)
        case types.Uuid():
            return Storage(_text(36), bind=str, load=UUID)
        case types.Json():
            return Storage(_text(None), bind=_to_json, load=msgspec.json.decode, wire=types.raw_json)
        case types.ListOfText():
            return Storage(_text(None), bind=types.to_json, load=msgspec.json.decode, wire=types.raw_json)
        case types.Foreign(of):
            return foreign.storage(of) or storage(of)
        case _:
            return Storage(stored.sql_type())


def _text(length: int | None) -> TypeEngine[Any]:
    if length is not None and length <= LONGEST_INDEXED:
        return VARCHAR(length, charset=CHARACTERS, collation=BY_CODE_POINT)
    return LONGTEXT(charset=CHARACTERS, collation=BY_CODE_POINT)


def _to_json(value: Any) -> str:
    text = types.to_json(value)
    if text.count("[") + text.count("{") > _DEPTH and _depth(text) > _DEPTH:
        raise BadRequest(f"MariaDB reads no JSON that is nested more than {_DEPTH} deep", code="54001")
    return text


def _depth(text: str) -> int:
    """How many lists and objects stand in each other."""
    signs = (sign in "[{" for sign in _STRING.sub("", text) if sign in "[]{}")
    return max(accumulate(1 if opens else -1 for opens in signs))


def _from_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _to_moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _moment_on_the_wire(text: str) -> str:
    return f"{text[:10]}T{text[11:]}+00:00"
