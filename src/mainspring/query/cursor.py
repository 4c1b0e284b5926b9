"""Cursors: where a page ended, sealed, so that a caller can carry it to the next one but neither read nor make it.

A cursor holds what its last record is sorted by, as that caller sees it, and the record's key, which they may not see. Equal
pages have equal cursors, so that an answer tells nothing but what is on the page.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from mainspring.errors import BadRequest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

NO_CURSOR = "34000"
"""The code of a cursor that is none, or one of another question."""
LONGEST = 2_000
"""Characters of the longest cursor: it stands in an address."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended.

    Attributes:
        position: How many records stood up to there when it was made.
        last: Driver values by which its last record is sorted.
    """

    position: int
    last: tuple[Any, ...]


class Cursors:
    """Seals and opens cursors.

    Args:
        load_key: Gives the key, 32 bytes; asked once, when it is needed.
    """

    def __init__(self, load_key: Callable[[], bytes]) -> None:
        self._load_key = load_key
        self._loaded: AESSIV | None = None

    def seal(self, cursor: Cursor, subject: bytes) -> str | None:
        """The text of a cursor, good for the question `subject` alone; None where it would be too long or holds a list."""
        values = [_write(value) for value in cursor.last]
        if None in values:
            return None
        content = msgspec.json.encode([cursor.position, *values])
        if len(content) > LONGEST // 2:
            return None
        return base64.urlsafe_b64encode(self._seals().encrypt(content, [subject])).decode().rstrip("=")

    def open(self, text: str, subject: bytes) -> Cursor:
        """The cursor of a text.

        Raises:
            BadRequest: It is none of ours, or was made for another question (`34000`).
        """
        from cryptography.exceptions import InvalidTag  # costs start-up time

        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            position, *values = msgspec.json.decode(self._seals().decrypt(sealed, [subject]))
        except (InvalidTag, binascii.Error, ValueError):
            raise BadRequest(
                "'after' is no cursor of this question",
                code=NO_CURSOR,
                hint="take it from the 'Link' header of a page with the same table, select, conditions and order",
            ) from None
        return Cursor(position, tuple(_READERS[word](value) for word, value in values))

    def _seals(self) -> "AESSIV":
        if self._loaded is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # costs start-up time

            self._loaded = AESSIV(self._load_key())
        return self._loaded


_PLAIN = frozenset({type(None), bool, int, float, str})
_WRITERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    Decimal: ("n", str),
    datetime: ("m", datetime.isoformat),
    date: ("d", date.isoformat),
    time: ("t", time.isoformat),
    UUID: ("u", str),
    bytes: ("b", bytes.hex),
    list: ("l", list),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "": lambda value: value,
    "n": Decimal,
    "m": datetime.fromisoformat,
    "d": date.fromisoformat,
    "t": time.fromisoformat,
    "u": UUID,
    "b": bytes.fromhex,
    "l": list,
}


def _write(value: object) -> tuple[str, Any] | None:
    """A driver value and a word for its type, which JSON would lose; None for what has no order that all engines share."""
    if type(value) in _PLAIN:
        return "", value
    found = _WRITERS.get(type(value))
    return found and (found[0], found[1](value))
