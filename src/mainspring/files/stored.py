"""What a record holds of a file: plain values. And the refusal of a file that cannot be taken."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Self

from mainspring.errors import MainspringError

PICTURE_TYPES: Final = ("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif")
"""The media types that a picture may have, the commonest first."""

WRONG_TYPE: Final = "22P02"
"""Code of a refusal: the content is no picture, is broken, or is of a type that is not taken here."""

REFUSED_VALUE: Final = "23514"
"""Code of a refusal: a picture that could be read but has too many pixels or frames."""

NAME_BYTES: Final = 255
"""Longest name of a file, in bytes of UTF-8: what common file systems take."""

_TEXT = re.compile(r"([0-9a-f]{64}) (\d+) (\S+) (?:(\d+)x(\d+)|-) (.+)")
_HASH = re.compile(r"[0-9a-f]{64}")
_DIRECTION_MARKS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class FileRefused(MainspringError):
    """A file whose content cannot be taken. The caller knows the field and turns this into a `Fault`.

    Args:
        code: `WRONG_TYPE` or `REFUSED_VALUE`.
        message: What is wrong and what is taken, for the person who sent the file.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class PictureRule:
    """What a picture must be.

    Attributes:
        types: The media types that are taken, of `PICTURE_TYPES`.
        strip_location: Whether location data and free text are removed from it before it is stored.
    """

    types: tuple[str, ...] = PICTURE_TYPES
    strip_location: bool = False

    def __post_init__(self) -> None:
        unknown = [each for each in self.types if each not in PICTURE_TYPES]
        if unknown or not self.types:
            raise ValueError(f"picture types {self.types!r}: write some of {', '.join(PICTURE_TYPES)}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as its record names it.

    Attributes:
        hash: SHA-256 of the stored content, 64 lower-case hexadecimal digits.
        size: Length of the stored content, in bytes.
        type: Media type as the content itself shows it, never as the client said.
        width: Width in pixels as the picture is shown; None where it is no picture.
        height: Height in pixels as the picture is shown; None where it is no picture.
        name: The client's name for it, cleaned by `clean_name`.
    """

    hash: str
    size: int
    type: str
    width: int | None
    height: int | None
    name: str

    def to_text(self) -> str:
        """The form in which a database column holds it: `<sha256> <size> <type> <width>x<height> <name>`."""
        dimensions = "-" if self.width is None else f"{self.width}x{self.height}"
        return f"{self.hash} {self.size} {self.type} {dimensions} {self.name}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The value that `to_text` wrote.

        Raises:
            ValueError: The text is not of that form.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"not a stored file: {text[:100]!r}")
        hash, size, type, width, height, name = found.groups()
        if width is None:
            return cls(hash, int(size), type, None, None, name)
        return cls(hash, int(size), type, int(width), int(height), name)


def checked_hash(text: str) -> str:
    """The same text, which from now on may be part of a path: nothing else from outside ever is.

    Raises:
        ValueError: It is not 64 lower-case hexadecimal digits.
    """
    if _HASH.fullmatch(text) is None:
        raise ValueError(f"not a SHA-256 in lower-case hexadecimal digits: {text[:80]!r}")
    return text


def clean_name(name: str) -> str:
    """A file's name that is safe to show, to store and to put into an address and a header.

    The last component of a path, in Unicode's form NFC, without control characters and without marks that turn the direction of
    writing (after one of them `gpj.exe` is shown as `exe.jpg`), at most `NAME_BYTES` long with its suffix kept. Never empty:
    where nothing is left it is `file`.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in last if _is_shown(each)).strip()
    if not kept.strip("."):
        return "file"
    if len(kept.encode()) <= NAME_BYTES:
        return kept
    stem, dot, suffix = kept.rpartition(".")
    if not stem or len(suffix.encode()) > NAME_BYTES // 8:
        stem, dot, suffix = kept, "", ""
    room = NAME_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore").strip() + dot + suffix


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"} and character not in _DIRECTION_MARKS
