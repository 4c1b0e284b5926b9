"""From the text of a full-text condition to a `Search`: four syntaxes, as PostgreSQL has them, read by ourselves.

| operator | syntax |
|---|---|
| `plfts` | words, all of which must be there |
| `phfts` | words that must stand behind one another |
| `wfts` | as people type it: `"a phrase"`, `-without`, `or` |
| `fts` | `cat & (rat | dog) & !fish`, `be <-> quick`, `begin:*` |
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mainspring.database.search import NOTHING, Either, Every, Search, Without, Words
from mainspring.errors import BadRequest
from mainspring.query.plan import too_much

SYNTAX = "42601"
NESTING = 20
"""How deep brackets and `!` may stand in each other."""

_WEB = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))')
_TOKEN = re.compile(
    r"\s*(?:(?P<sign>[&|!()]|<(?:->|\d{1,5}>))|(?:'(?P<quoted>(?:[^']|'')*)'|(?P<word>[^\s&|!()<':]+))(?::(?P<flags>[*A-Da-d]*))?)\s*"
)


@dataclass(frozen=True, slots=True)
class _All:
    parts: "tuple[_Raw, ...]"


@dataclass(frozen=True, slots=True)
class _Any:
    parts: "tuple[_Raw, ...]"


@dataclass(frozen=True, slots=True)
class _Not:
    part: "_Raw"


_Raw = Words | _All | _Any | _Not | None  # None says nothing, as a comma does


def parse_search(operator: str, text: str, most_words: int) -> tuple[Search, bool]:
    """What a full-text condition looks for, and whether it must not be there.

    Args:
        operator: `fts`, `plfts`, `phfts` or `wfts`.
        text: What was written behind it.
        most_words: Most words that are taken.

    Raises:
        BadRequest: It cannot be read (`42601`), or has too many words.
    """
    number = len(re.findall(r"[^\W_]+", text))
    if number > most_words:
        raise too_much("words in a full-text condition", number, most_words)
    search, negated = _positive(_PARSERS[operator](text))
    return (NOTHING, False) if search is None else (search, negated)


def _positive(raw: _Raw) -> tuple[Search | None, bool]:
    """The same without a "not" that stands alone, but for one around all of it."""
    match raw:
        case _Not(part):
            search, negated = _positive(part)
            return search, not negated
        case _All(parts):
            return _joined(parts, opposite=False)
        case _Any(parts):  # one of them, unless none of them
            search, negated = _joined(parts, opposite=True)
            return search, not negated
        case _:
            return raw, False


def _joined(parts: Sequence[_Raw], *, opposite: bool) -> tuple[Search | None, bool]:
    """All of the parts, or all of their opposites."""
    wanted, unwanted = list[Search](), list[Search]()
    for search, negated in map(_positive, parts):
        if search is not None:
            (unwanted if negated is not opposite else wanted).append(search)
    if not wanted:
        return (_one_or(Either, unwanted), True) if unwanted else (None, opposite)
    kept = _one_or(Every, wanted)
    return (Without(kept, _one_or(Either, unwanted)) if unwanted else kept), False


def _one_or(kind: Callable[[tuple[Search, ...]], Search], parts: Sequence[Search]) -> Search:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


# -- the syntaxes ----------------------------------------------------------------------------------------------------------------


def _words(text: str, *, prefix: bool = False) -> Words | None:
    """Words, as far as there are letters or digits in them."""
    full = " ".join(word for word in text.split() if any(map(str.isalnum, word)))
    return Words(full, prefix) if full else None


def _plain(text: str) -> _Raw:
    return _All(tuple(map(_words, text.split())))


def _web(text: str) -> _Raw:
    alternatives: list[list[_Raw]] = [[]]
    for found in _WEB.finditer(text):
        if found["word"] is not None and found["word"].casefold() == "or" and not found["minus"]:
            alternatives.append([])
        else:
            words = _words(found["word"] if found["phrase"] is None else found["phrase"])
            alternatives[-1].append(_Not(words) if found["minus"] else words)
    return _Any(tuple(_All(tuple(parts)) for parts in alternatives if parts))


class _Formula:
    """Reads `cat & (rat | dog) & !fish` from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: re.Match[str] | None = None
        self._next()

    def read(self) -> _Raw:
        """All of it."""
        if self._found is None and not self._text.strip():
            return None
        whole = self._either(1)
        if self._at < len(self._text) or self._found is not None:
            raise self._wrong()
        return whole

    def _next(self) -> None:
        if self._found is not None:
            self._at = self._found.end()
        self._found = _TOKEN.match(self._text, self._at) if self._at < len(self._text) else None

    def _take(self, sign: str) -> bool:
        taken = self._found is not None and self._found["sign"] == sign
        if taken:
            self._next()
        return taken

    def _either(self, depth: int) -> _Raw:
        parts = [self._every(depth)]
        while self._take("|"):
            parts.append(self._every(depth))
        return _Any(tuple(parts))

    def _every(self, depth: int) -> _Raw:
        parts = [self._following(depth)]
        while self._take("&"):
            parts.append(self._following(depth))
        return _All(tuple(parts))

    def _following(self, depth: int) -> _Raw:
        first = self._unary(depth)
        while self._take("<->"):
            second = self._unary(depth)
            if not isinstance(first, Words) or not isinstance(second, Words) or first.prefix:
                raise self._wrong("'<->' stands between words")
            first = Words(f"{first.text} {second.text}", second.prefix)
        return first

    def _unary(self, depth: int) -> _Raw:
        if depth > NESTING:
            raise BadRequest(f"a full-text condition is more than {NESTING} deep", code="54001")
        if self._take("!"):
            return _Not(self._unary(depth + 1))
        if self._take("("):
            inner = self._either(depth + 1)
            if not self._take(")"):
                raise self._wrong()
            return inner
        found = self._found
        if found is None or found["sign"] is not None:
            raise self._wrong()
        flags = found["flags"] or ""
        if flags.strip("*"):
            raise self._wrong("words have no weights here")
        self._next()
        text = found["word"] if found["quoted"] is None else found["quoted"].replace("''", "'")
        return _words(text, prefix="*" in flags)

    def _wrong(self, why: str = "words stand between '&', '|', '!', '<->' and brackets") -> BadRequest:
        return BadRequest(
            f"a full-text condition cannot be read at character {self._at + 1}: {why}",
            code=SYNTAX,
            hint="write 'fts.cat & !dog', or leave the signs to 'plfts', 'phfts' or 'wfts'",
        )


_PARSERS: dict[str, Callable[[str], _Raw]] = {
    "plfts": _plain,
    "phfts": _words,
    "wfts": _web,
    "fts": lambda text: _Formula(text).read(),
}
