"""What columns hold, told without any engine; how each engine stores it stands in `engines/<engine>/types.py`.

Every engine gives the same plain Python values back: decimals to the last digit, moments in UTC.
"""

from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal as PythonDecimal
from importlib import import_module
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

Converter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Storage:
    """How an engine stores the values of a column.

    Attributes:
        type: The column's SQL type.
        bind: Python value to driver value; None where they are the same.
        load: Driver value to Python value; None where they are the same.
        wire: Driver value to what the JSON encoder writes; None where they are the same.
    """

    type: TypeEngine[Any]
    bind: Converter | None = None
    load: Converter | None = None
    wire: Converter | None = None


@dataclass(frozen=True)
class Stored(ABC):
    """What a column holds."""

    @abstractmethod
    def sql_type(self) -> TypeEngine[Any]:
        """SQLAlchemy's type of it, whose operators expressions follow; an engine may have another one."""


@dataclass(frozen=True)
class Text(Stored):
    """Text; `str`. It is compared and sorted by code points.

    Attributes:
        length: Most characters; None for no limit.
    """

    length: int | None = None

    def sql_type(self) -> TypeEngine[Any]:
        return sa.String(self.length) if self.length else sa.Text()


@dataclass(frozen=True)
class Integer(Stored):
    """A whole number of 64 bits; `int`."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.BigInteger()


@dataclass(frozen=True)
class Float(Stored):
    """A binary floating-point number of 64 bits; `float`."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.Float(53)


@dataclass(frozen=True)
class Decimal(Stored):
    """An exact decimal number; `decimal.Decimal` with all its places.

    Attributes:
        digits: Most digits in all.
        places: Digits after the point.
    """

    digits: int
    places: int

    def sql_type(self) -> TypeEngine[Any]:
        return sa.Numeric(self.digits, self.places)


@dataclass(frozen=True)
class Number(Stored):
    """An exact decimal number of any digits; `decimal.Decimal`. Only others have it, in PostgreSQL."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.Numeric()


@dataclass(frozen=True)
class Bytes(Stored):
    """Bytes; `bytes`. Base64 on the wire. Only others have them."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.LargeBinary()


@dataclass(frozen=True)
class Boolean(Stored):
    """True or false; `bool`."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.Boolean()


@dataclass(frozen=True)
class Date(Stored):
    """A day of the calendar; `datetime.date`."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.Date()


@dataclass(frozen=True)
class Moment(Stored):
    """A moment in time to the microsecond; an aware `datetime.datetime`, which comes back in UTC."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.DateTime(timezone=True)


@dataclass(frozen=True)
class Uuid(Stored):
    """A UUID; `uuid.UUID`."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.Uuid()


@dataclass(frozen=True)
class Json(Stored):
    """Any JSON value, with the order of its keys and every digit of its numbers."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.Text()


@dataclass(frozen=True)
class ListOfText(Stored):
    """A list of texts in its order; `list[str]`."""

    def sql_type(self) -> TypeEngine[Any]:
        return sa.Text()


@dataclass(frozen=True)
class Foreign(Stored):
    """What a column holds that others made: the same values, in the form that they chose.

    Attributes:
        of: What it would be in a column of ours.
    """

    of: Stored

    def sql_type(self) -> TypeEngine[Any]:
        return self.of.sql_type()


# -- how engines store it ------------------------------------------------------------------------------------------------------

_FOLDERS = {"sqlite": "sqlite", "postgresql": "postgresql", "mariadb": "mariadb"}
"""The folder of each dialect in `engines/`."""


def storage_on(dialect: Dialect, stored: Stored) -> Storage:
    """How the engine of a dialect stores something; each engine keeps what it answers."""
    types = import_module(f"mainspring.database.engines.{_FOLDERS[dialect.name]}.types")
    storage: Storage = types.storage(stored)
    return storage


_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode_exactly = msgspec.json.Decoder(float_hook=PythonDecimal).decode  # a float would lose digits


def to_json(value: Any) -> str:
    """A value as JSON text.

    Raises:
        TypeError | ValueError | RecursionError: It is no JSON value.
    """
    return _encode(value).decode()


def from_json(text: str) -> Any:
    """The value of JSON text, with every digit of its numbers.

    Raises:
        msgspec.DecodeError | RecursionError | ArithmeticError: The text is no JSON.
    """
    return _decode_exactly(text)


def base64(value: bytes) -> str:
    """Bytes as JSON has them."""
    return b64encode(value).decode()


def raw_json(text: str) -> msgspec.Raw:
    """JSON text as the encoders write it, unread."""
    return msgspec.Raw(text.encode())
