"""Text and its stricter forms: slug, e-mail, URL."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mainspring.database import types
from mainspring.database.types import Stored
from mainspring.model.kinds.kind import EQUALITY, NO_NUL, ORDER, PATTERN, REFUSED, TOO_LONG, WRONG_TYPE, Kind, Refused

# What browsers accept in <input type=email>: HTML Living Standard, "valid e-mail address".
_EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+"
)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Text(Kind):
    """Text, of any length unless `max_length` says otherwise.

    Attributes:
        max_length: Most characters (Unicode code points); None for no limit.
        min_length: Fewest characters.
        choices: The only texts that are taken; None for any.
    """

    name = "text"
    operators = EQUALITY | ORDER | PATTERN

    max_length: int | None = None
    min_length: int = 0
    choices: tuple[str, ...] | None = None

    @property
    def stored(self) -> Stored:
        return types.Text(self.max_length)

    def validate(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Refused(WRONG_TYPE, "expected text")
        _check_characters(value)
        if self.max_length is not None and len(value) > self.max_length:
            raise Refused(TOO_LONG, f"{len(value)} characters are too many; at most {self.max_length} are taken")
        if len(value) < self.min_length:
            raise Refused(REFUSED, f"{len(value)} characters are too few; at least {self.min_length} are needed")
        if self.choices is not None and value not in self.choices:
            raise Refused(REFUSED, f"expected one of {', '.join(self.choices)}")
        return value

    def parse(self, text: str) -> str:
        """The text itself: a filter may compare with texts that could not be stored."""
        _check_characters(text)
        return text

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string"}
        if self.max_length is not None:
            schema["maxLength"] = self.max_length
        if self.min_length:
            schema["minLength"] = self.min_length
        if self.choices is not None:
            schema["enum"] = list(self.choices)
        return schema


@dataclass(frozen=True)
class LongText(Text):
    """Text of several lines."""

    name = "long text"
    form = "lines"


@dataclass(frozen=True)
class Slug(Text):
    """Lower-case letters, digits and single hyphens, as in an address."""

    name = "slug"
    form = "slug"

    max_length: int | None = 100

    def validate(self, value: Any) -> str:
        text = super().validate(value)
        if not _SLUG.fullmatch(text):
            raise Refused(REFUSED, "expected lower-case letters, digits and single hyphens, such as 'summer-2026'")
        return text

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"pattern": f"^{_SLUG.pattern}$"}


@dataclass(frozen=True)
class Email(Text):
    """An e-mail address, kept in lower case so that one address is one text."""

    name = "e-mail"
    form = "email"

    max_length: int | None = 254

    def validate(self, value: Any) -> str:
        text = super().validate(value)
        if not _EMAIL.fullmatch(text):
            raise Refused(REFUSED, "expected an e-mail address such as ann@example.com")
        return text.lower()

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"format": "email", "pattern": f"^{_EMAIL.pattern}$"}


@dataclass(frozen=True)
class Url(Text):
    """An absolute http or https address."""

    name = "URL"
    form = "url"

    max_length: int | None = 2_000

    def validate(self, value: Any) -> str:
        text = super().validate(value)
        if not _is_web_address(text):
            raise Refused(REFUSED, "expected an address that begins with http:// or https://")
        return text

    def schema(self) -> dict[str, Any]:
        return super().schema() | {"format": "uri"}


def _is_web_address(text: str) -> bool:
    if any(character.isspace() or ord(character) < 32 for character in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _check_characters(text: str) -> None:
    """Refuse what no database stores alike: NUL, and halves of surrogate pairs."""
    if "\0" in text:
        raise Refused(WRONG_TYPE, NO_NUL)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused(WRONG_TYPE, "half a surrogate pair is no character")
