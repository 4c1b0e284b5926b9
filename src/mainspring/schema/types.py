"""The words by which pictures and migrations name the type of a column. They are SQLAlchemy's, and the same on every engine."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from mainspring.database.types import (
    Boolean,
    Date,
    Decimal,
    Float,
    Integer,
    Json,
    ListOfText,
    Moment,
    Stored,
    Text,
    Uuid,
    storage_on,
)
from mainspring.model.kinds import KindType
from mainspring.schema.refusal import MigrationError

_WORDS: dict[str, Stored] = {
    "Text()": Text(),
    "BigInteger()": Integer(),
    "Float(53)": Float(),
    "Boolean()": Boolean(),
    "Date()": Date(),
    "DateTime(timezone=True)": Moment(),
    "Uuid()": Uuid(),
    "JSON()": Json(),
    "ARRAY(sa.Text())": ListOfText(),
}
_NAMES = {stored: words for words, stored in _WORDS.items()}


def type_text(type_: TypeEngine[Any]) -> str:
    """A type as a migration writes it, without the `sa.` before it: `String(120)`."""
    stored = _stored(type_)
    match stored:
        case Text(int() as length):
            return f"String({length})"
        case Decimal(digits, places):
            return f"Numeric({digits}, {places})"
        case None:
            return repr(type_)
        case _:
            return _NAMES[stored]


def stored_of(text: str) -> Stored:
    """What a column holds whose type `type_text` wrote.

    Raises:
        MigrationError: It is no type of ours.
    """
    if text in _WORDS:
        return _WORDS[text]
    name, _, arguments = text.removesuffix(")").partition("(")
    numbers = [int(each) for each in arguments.split(",") if each.strip().isdecimal()]
    match name, numbers:
        case "String", [length]:
            return Text(length)
        case "Numeric", [digits, places]:
            return Decimal(digits, places)
        case _:
            raise MigrationError(f"sa.{text} is no type of a column; write one of {', '.join(_WORDS)}, String(n), Numeric(n, n)")


def sql_type(text: str, dialect: sa.Dialect) -> TypeEngine[Any]:
    """The SQL type on an engine of what `type_text` wrote."""
    return storage_on(dialect, stored_of(text)).type


def _stored(type_: TypeEngine[Any]) -> Stored | None:
    """What a column of a type holds; None where that is nothing of ours."""
    match type_:
        case KindType():
            return type_.stored
        case sa.ARRAY():
            return ListOfText()
        case sa.Numeric() if not isinstance(type_, sa.Float):
            return Decimal(type_.precision or 0, type_.scale or 0)
        case sa.Text():
            return Text()
        case sa.String():
            return Text(type_.length)
        case _:
            return next((stored for kind, stored in _KINDS if isinstance(type_, kind)), None)


_KINDS: tuple[tuple[type[TypeEngine[Any]], Stored], ...] = (
    (sa.JSON, Json()),
    (sa.Uuid, Uuid()),
    (sa.Boolean, Boolean()),
    (sa.Float, Float()),
    (sa.Integer, Integer()),  # every integer of ours has 64 bits
    (sa.DateTime, Moment()),
    (sa.Date, Date()),
)
