"""What the headers of a request ask for."""

import re
from dataclasses import dataclass
from typing import Literal, cast

from mainspring.errors import BadRequest, RangeUnsatisfiable

Shown = Literal["minimal", "headers-only", "representation"]
Resolution = Literal["merge", "ignore"]

_PAGED = re.compile(r"(?:^|&)(?:limit|offset)=")
_RANGE = re.compile(r"(?:items=)?(\d{1,18})-(\d{0,18})")
_VALUES = {
    "return": re.compile("minimal|headers-only|representation"),
    "count": re.compile("exact|planned|estimated"),
    "missing": re.compile("default|null"),
    "resolution": re.compile("merge-duplicates|ignore-duplicates"),
    "tx": re.compile("commit|rollback"),
    "handling": re.compile("strict|lenient"),
    "max-affected": re.compile("[0-9]{1,18}"),
}
_ALWAYS = frozenset({"count", "handling"})
_CHANGING = _ALWAYS | {"return", "tx", "max-affected"}
_HEEDED = {
    "POST": _CHANGING | {"missing", "resolution"},
    "PUT": _CHANGING,
    "PATCH": _CHANGING | {"missing"},
    "DELETE": _CHANGING,
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What `Prefer` asks for.

    Attributes:
        shown: What an answer to a change holds: `minimal`, `headers-only` or `representation`.
        count: Whether the number of all records is asked for.
        missing_default: Whether a field that a row lacks gets its default instead of null, where `columns=` names it.
        resolution: What becomes of a new row whose record is there already; None where that is a conflict.
        undone: Whether the change is only tried, and nothing stored.
        most: How many records may be changed at most; None where that does not matter.
        applied: What was heeded, for the header `Preference-Applied`.
    """

    shown: Shown = "minimal"
    count: bool = False
    missing_default: bool = False
    resolution: Resolution | None = None
    undone: bool = False
    most: int | None = None
    applied: str = ""


NONE = Preferences()


def read_preferences(prefer: str, method: str) -> Preferences:
    """The preferences of a `Prefer` header (RFC 7240) that a method heeds; of one that stands twice, the first.

    Unknown ones are passed over, unless there is `handling=strict`; `max-affected` counts only then, as PostgREST has it.

    Raises:
        BadRequest: One is known but has a value that it cannot have, or is unknown where that is strict (`PGRST122`).
    """
    if not prefer:
        return NONE
    found: dict[str, str] = {}
    unknown: list[str] = []
    for part in prefer.split(","):
        name, _, value = part.strip().partition("=")
        if name not in _VALUES:
            unknown += [part.strip()] if part.strip() else []
        elif not _VALUES[name].fullmatch(value):
            raise BadRequest(f"'Prefer: {name}={value[:40]}' cannot be; it takes {_VALUES[name].pattern}", code="PGRST122")
        else:
            found.setdefault(name, value)
    strict = found.get("handling") == "strict"
    if strict and unknown:
        details = f"Invalid preferences: {', '.join(unknown)[:200]}"
        raise BadRequest("Invalid preferences given with handling=strict", code="PGRST122", details=details)
    return _preferences(found, _HEEDED.get(method, _ALWAYS) - (set() if strict else {"max-affected"}))


def _preferences(found: dict[str, str], heeded: frozenset[str]) -> Preferences:
    words = {name: value for name, value in found.items() if name in heeded}
    if "count" in words:
        words["count"] = "exact"
    return Preferences(
        shown=cast("Shown", words.get("return", "minimal")),
        count="count" in words,
        missing_default=words.get("missing") == "default",
        resolution=cast("Resolution", words["resolution"].partition("-")[0]) if "resolution" in words else None,
        undone=words.get("tx") == "rollback",
        most=int(words["max-affected"]) if "max-affected" in words else None,
        applied=", ".join(f"{name}={value}" for name, value in words.items()),
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
