"""How PostgreSQL stores values: in its own types. Texts are compared by code point, whatever the database's own order is."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine, UserDefinedType

from mainspring.database import types
from mainspring.database.engines.postgresql import foreign
from mainspring.database.types import Storage, Stored

BY_CODE_POINT = "C"
"""The collation of every text."""


class JsonType(UserDefinedType[str]):
    """`json`, which keeps the text as it was written: `jsonb` would lose the order of keys. The driver's value is the text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name."""
        return "JSON"


@cache
def storage(stored: Stored) -> Storage:
    """How PostgreSQL stores something."""
    match stored:
        case types.Text(length):
            return Storage(sa.String(length, BY_CODE_POINT) if length else sa.Text(collation=BY_CODE_POINT))
        case types.Float():
            return Storage(sa.Float(53), bind=float)
        case types.Decimal(digits, places):
            return Storage(sa.Numeric(digits, places), bind=Decimal)
        case types.Date():
            return Storage(sa.Date(), bind=date.isoformat, load=date.fromisoformat)
        case types.Moment():
            return Storage(sa.DateTime(timezone=True), load=datetime.fromisoformat, wire=_on_the_wire)
        case types.Uuid():
            return Storage(sa.Uuid(as_uuid=False), bind=str, load=UUID)
        case types.Json():
            return Storage(JsonType(), bind=types.to_json, load=msgspec.json.decode, wire=types.raw_json)
        case types.ListOfText():
            return Storage(ARRAY(sa.Text(collation=BY_CODE_POINT)), wire=_list_on_the_wire)
        case types.Foreign(of):
            return foreign.storage(of) or storage(of)
        case _:
            return Storage(stored.sql_type())


def comparable(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type as which values are compared with a column's: a cast to its own would cut or round them."""
    if isinstance(type_, sa.String):
        return sa.Text()
    return sa.Numeric() if isinstance(type_, sa.Numeric) and not isinstance(type_, sa.Float) else type_


def _list_on_the_wire(value: list[str]) -> msgspec.Raw:
    return types.raw_json(types.to_json(value))


def _on_the_wire(moment: str) -> str:
    """The server leaves zeros at the end out, and tells all in its zone, which is UTC: `2026-01-02 03:04:05.25+00`."""
    return f"{moment[:10]}T{moment[11:19]}.{moment[20:-3]:0<6}+00:00"
