r"""Patterns as MariaDB's PCRE reads them: regular expressions of callers, and full-text queries.

PCRE tries one way after the other, where RE2 walks all of them at once. So the steps of a match are limited, and a match that
comes to more is an error: MariaDB only warns of it and says that nothing matches, which `MariadbConnection` hears.
"""

import re
import unicodedata

from mainspring.database.search import Either, Every, Search, Without, Words

STEPS = 8
"""Digits of the most steps of a match, times the characters of the text: 10^8 are some two seconds of one processor."""

_SETS = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r\x20"}
_OTHERS = {
    "D": r"\x00-\x2F\x3A-\x{10FFFF}",
    "W": r"\x00-\x2F\x3A-\x40\x5B-\x5E\x60\x7B-\x{10FFFF}",
    "S": r"\x00-\x08\x0B\x0E-\x1F\x21-\x{10FFFF}",
}
_CLASSES = {
    "[:alnum:]": "0-9A-Za-z",
    "[:alpha:]": "A-Za-z",
    "[:ascii:]": r"\x00-\x7F",
    "[:blank:]": r"\t\x20",
    "[:cntrl:]": r"\x00-\x1F\x7F",
    "[:digit:]": "0-9",
    "[:graph:]": r"\x21-\x7E",
    "[:lower:]": "a-z",
    "[:print:]": r"\x20-\x7E",
    "[:punct:]": r"\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E",
    "[:space:]": r"\t\n\x0B\f\r\x20",
    "[:upper:]": "A-Z",
    "[:xdigit:]": "0-9A-Fa-f",
}
_PIECE = re.compile(r"\[\^?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\]|\\.|\$", re.DOTALL)
_INNER = re.compile(r"\[:[a-z]+:\]|\\.", re.DOTALL)


def write_pattern(pattern: str) -> str:
    """A regular expression that `regex` has taken; what stands for many characters is of ASCII, as in RE2."""
    return _PIECE.sub(lambda found: _outside(found[0]), pattern)


def _outside(piece: str) -> str:
    if piece == "$":
        return r"\z"  # the other one also stands before a line's end
    if piece[0] == "[":
        return piece[0] + _INNER.sub(lambda found: _inside(found[0]), piece[1:])
    name = piece[1]
    inside = _inside(piece)
    return f"[{inside}]" if name in _SETS or name in _OTHERS else piece


def _inside(piece: str) -> str:
    return _CLASSES.get(piece) or _SETS.get(piece[1]) or _OTHERS.get(piece[1]) or piece


# -- words -----------------------------------------------------------------------------------------------------------------------

_LETTER = r"[\p{L}\p{N}\p{M}\p{Co}]"
_SIGN = r"[^\p{L}\p{N}\p{M}\p{Co}]"


def write_search(search: Search) -> str:
    """A full-text query as a pattern of conditions on the whole text, each of which is tried once."""
    return rf"\A{_conditions(search)}"


def _conditions(search: Search) -> str:
    match search:
        case Words(text, prefix):
            words = "".join(each if _is_letter(each) else " " for each in text).split()
            end = "" if prefix else f"(?!{_LETTER})"
            return f"(?=.*?(?<!{_LETTER}){f'{_SIGN}++'.join(words)}{end})" if words else "(?!)"
        case Every(parts):
            return "".join(map(_conditions, parts))
        case Either(parts):
            return f"(?>{'|'.join(map(_conditions, parts))})" if parts else "(?!)"
        case Without(kept, left_out):
            return f"{_conditions(kept)}(?!{_conditions(left_out)})"


def _is_letter(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LNM" or category == "Co"
