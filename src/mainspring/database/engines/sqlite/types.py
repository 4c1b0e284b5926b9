"""How SQLite stores values. It has texts, integers of 64 bits and floats; all else is made of these, so that it sorts rightly."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from mainspring.database import types
from mainspring.database.engines.sqlite import foreign
from mainspring.database.types import Storage, Stored


class Integer64(sa.BigInteger):
    """An integer column of 64 bits."""


@compiles(Integer64, "sqlite")
def _integer(type_: Integer64, compiler: Any, **options: Any) -> str:
    return "INTEGER"  # always 64 bits there, and the only name under which SQLite counts keys


class ScaledInteger(Integer64):
    """An integer column that holds decimals as `value × 10^places`. Its type tells the places, so a change of them is seen."""

    def __init__(self, digits: int, places: int) -> None:
        super().__init__()
        self.digits = digits
        self.places = places


@compiles(ScaledInteger, "sqlite")
def _decimal(type_: ScaledInteger, compiler: Any, **options: Any) -> str:
    return f"DECIMAL({type_.digits}, {type_.places})"  # integers stay integers in it


@cache
def storage(stored: Stored) -> Storage:
    """How SQLite stores something."""
    match stored:
        case types.Integer():
            return Storage(Integer64())
        case types.Float():
            return Storage(sa.Float(53), bind=float)
        case types.Decimal(digits, places):
            unscale = _unscale(places)
            return Storage(ScaledInteger(digits, places), bind=_scale(places), load=unscale, wire=unscale)
        case types.Boolean():
            return Storage(sa.Boolean(), bind=int, load=bool, wire=bool)
        case types.Date():
            return Storage(sa.String(10), bind=date.isoformat, load=date.fromisoformat)
        case types.Moment():
            return Storage(sa.String(26), bind=_from_moment, load=_to_moment, wire=_moment_on_the_wire)
        case types.Uuid():
            return Storage(sa.String(36), bind=str, load=UUID)
        case types.Json() | types.ListOfText():
            return Storage(sa.Text(), bind=types.to_json, load=msgspec.json.decode, wire=types.raw_json)
        case types.Foreign(of):
            return foreign.storage(of) or storage(of)
        case _:
            return Storage(stored.sql_type())


def _scale(places: int) -> Callable[[Any], int]:
    return lambda value: int(Decimal(value).scaleb(places))


def _unscale(places: int) -> Callable[[int], Decimal]:
    return lambda number: Decimal(number).scaleb(-places)


def _from_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _to_moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _moment_on_the_wire(text: str) -> str:
    return f"{text[:10]}T{text[11:]}+00:00"
