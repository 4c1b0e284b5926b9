"""Values with parts: JSON of any shape, and lists of text."""

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mainspring.database import types
from mainspring.database.types import Stored, from_json, to_json
from mainspring.model.kinds.kind import EQUALITY, NO_NUL, ORDER, WRONG_TYPE, Kind, Refused, is_list
from mainspring.model.kinds.text import Text

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True)
class Json(Kind):
    """Any JSON value, with every digit of its numbers."""

    name = "JSON"
    operators = EQUALITY | ORDER | {"cs", "cd"}
    form = "json"

    @property
    def stored(self) -> Stored:
        return types.Json()

    def validate(self, value: Any) -> Any:
        try:
            text = to_json(value)
        except (TypeError, ValueError, RecursionError):
            raise Refused(WRONG_TYPE, "expected a JSON value") from None
        if _NUL.search(text):
            raise Refused(WRONG_TYPE, NO_NUL)
        return value

    def parse(self, text: str) -> Any:
        try:
            return self.validate(from_json(text))
        except (msgspec.DecodeError, RecursionError, ArithmeticError):
            raise Refused(WRONG_TYPE, "expected a JSON value") from None

    def schema(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class ListOfText(Kind):
    """A list of texts, in its order."""

    name = "list of text"
    operators = EQUALITY | {"cs", "cd", "ov"}
    form = "list"

    item: Text = field(default_factory=Text)

    @property
    def stored(self) -> Stored:
        return types.ListOfText()

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
