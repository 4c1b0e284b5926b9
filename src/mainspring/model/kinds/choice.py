"""Yes or no, and one of a few."""

from dataclasses import dataclass
from enum import Enum as PythonEnum
from typing import Any

from mainspring.database import types
from mainspring.database.types import Converter, Stored
from mainspring.model.kinds.kind import EQUALITY, ORDER, REFUSED, WRONG_TYPE, Kind, Refused

_WORDS = {
    "true": True,
    "t": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "f": False,
    "no": False,
    "off": False,
    "0": False,
}


@dataclass(frozen=True)
class Boolean(Kind):
    """True or false."""

    name = "boolean"
    form = "checkbox"

    @property
    def stored(self) -> Stored:
        return types.Boolean()

    def validate(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Refused(WRONG_TYPE, "expected true or false")
        return value

    def parse(self, text: str) -> bool:
        if text.lower() not in _WORDS:
            raise Refused(WRONG_TYPE, f"expected true or false, found '{text[:40]}'")
        return _WORDS[text.lower()]

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Enum(Kind):
    """One of the members of a Python enum, shown and stored by its value, which is text."""

    name = "enum"
    operators = EQUALITY | ORDER
    form = "select"

    members: type[PythonEnum]

    @property
    def stored(self) -> Stored:
        return types.Text(max(len(member.value) for member in self.members))

    @property
    def to_plain(self) -> Converter:
        return _value

    @property
    def from_plain(self) -> Converter:
        return self.members

    def validate(self, value: Any) -> PythonEnum:
        try:
            return self.members(value)
        except ValueError:
            names = ", ".join(member.value for member in self.members)
            raise Refused(REFUSED if isinstance(value, str) else WRONG_TYPE, f"expected one of {names}") from None

    def parse(self, text: str) -> PythonEnum:
        try:
            return self.validate(text)
        except Refused as refused:
            raise Refused(WRONG_TYPE, refused.message) from None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": [member.value for member in self.members]}


def _value(member: PythonEnum) -> Any:
    return member.value
