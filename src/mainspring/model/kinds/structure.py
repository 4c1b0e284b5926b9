"""Values with parts: JSON of any shape, and lists of text."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Text as SqlText

from mainspring.model.kinds.kind import EQUALITY, ORDER, WRONG_TYPE, Kind, Refused, Storage, is_list
from mainspring.model.kinds.text import Text

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode  # a float would lose digits


def _to_text(value: Any) -> str:
    return _encode(value).decode()


def _to_wire(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


@dataclass(frozen=True)
class Json(Kind):
    """Any JSON value. It is stored as text with every digit of its numbers."""

    name = "JSON"
    operators = EQUALITY | ORDER | {"cs", "cd"}
    form = "json"

    def make_storage(self) -> Storage:
        return Storage(SqlText(), bind=_to_text, load=msgspec.json.decode, wire=_to_wire)

    def validate(self, value: Any) -> Any:
        try:
            _encode(value)
        except (TypeError, ValueError, RecursionError):
            raise Refused(WRONG_TYPE, "expected a JSON value") from None
        return value

    def parse(self, text: str) -> Any:
        try:
            return self.validate(_decode(text))
        except (msgspec.DecodeError, RecursionError, ArithmeticError):
            raise Refused(WRONG_TYPE, "expected a JSON value") from None

    def schema(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class ListOfText(Kind):
    """A list of texts, in its order."""

    name = "list of text"
    operators = frozenset({"is", "cs", "cd", "ov"})
    form = "list"

    item: Text = field(default_factory=Text)

    def make_storage(self) -> Storage:
        return Storage(SqlText(), bind=_to_text, load=msgspec.json.decode, wire=_to_wire)

    def validate(self, value: Any) -> list[str]:
        if not is_list(value):
            raise Refused(WRONG_TYPE, "expected a list of texts")
        return [self.item.validate(each) for each in value]

    def parse(self, text: str) -> list[str]:
        try:
            return self.validate(msgspec.json.decode(text))
        except msgspec.DecodeError:
            raise Refused(WRONG_TYPE, 'expected a list of texts such as ["a","b"]') from None

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.schema()}
