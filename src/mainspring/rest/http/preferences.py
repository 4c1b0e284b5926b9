"""What the headers of a request ask for."""

import re
from dataclasses import dataclass
from typing import Literal, cast

from mainspring.errors import BadRequest, RangeUnsatisfiable

Shown = Literal["minimal", "headers-only", "representation"]

_PAGED = re.compile(r"(?:^|&)(?:limit|offset)=")
_RANGE = re.compile(r"(?:items=)?(\d{1,18})-(\d{0,18})")
_KNOWN = {
    "return": {"minimal", "headers-only", "representation"},
    "count": {"exact", "planned", "estimated"},
    "missing": {"default"},
}
_NOT_YET = frozenset({"resolution", "tx", "max-affected"})
"""Preferences that change what is written: to pass them over would write something else than was asked for."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What `Prefer` asks for.

    Attributes:
        shown: What an answer to a change holds: `minimal`, `headers-only` or `representation`.
        count: Whether the number of all records is asked for.
        missing_default: Whether a field that a row lacks gets its default instead of null, where `columns=` names it.
        applied: What was heeded, for the header `Preference-Applied`.
    """

    shown: Shown = "minimal"
    count: bool = False
    missing_default: bool = False
    applied: str = ""


NONE = Preferences()


def read_preferences(prefer: str) -> Preferences:
    """The preferences of a `Prefer` header (RFC 7240). Unknown ones are passed over, as the RFC has it.

    Raises:
        BadRequest: One is known but has a value that it cannot have.
    """
    if not prefer:
        return NONE
    found: dict[str, str] = {}
    for part in prefer.split(","):
        name, _, value = part.strip().partition("=")
        if name in _NOT_YET:
            raise BadRequest(f"'Prefer: {name}' cannot be heeded here", code="PGRST122")
        if name in _KNOWN:
            if value not in _KNOWN[name]:
                raise BadRequest(f"'Prefer: {name}={value[:40]}' is none of: {', '.join(sorted(_KNOWN[name]))}", code="PGRST122")
            found[name] = "exact" if name == "count" else value
    return Preferences(
        shown=cast("Shown", found.get("return", "minimal")),
        count="count" in found,
        missing_default="missing" in found,
        applied=", ".join(f"{name}={value}" for name, value in found.items()),
    )


def paged(query: str, range_header: str) -> str:
    """The query string with the header `Range: 0-9` written out, where it does not say `limit` or `offset` itself."""
    if not range_header or _PAGED.search(query):
        return query
    found = _RANGE.fullmatch(range_header.strip())
    if not found:
        return query  # an unknown unit is passed over (RFC 9110, 14.2)
    first, last = int(found[1]), found[2]
    if last and int(last) < first:
        raise RangeUnsatisfiable(f"the range {range_header} ends before it begins")
    parts = [query, f"offset={first}", *([f"limit={int(last) - first + 1}"] if last else [])]
    return "&".join(part for part in parts if part)
