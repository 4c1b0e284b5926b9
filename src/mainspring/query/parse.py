"""From a query string to an `Ask`: PostgREST's grammar. Nothing is looked up here; unknown names are found by `plan`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal
from urllib.parse import unquote_plus

from mainspring.errors import BadRequest
from mainspring.query.ask import Ask, Column, Condition, Embed, Group, Order, Select, Star

OPERATORS = ("eq", "neq", "gt", "gte", "lt", "lte", "in", "is", "like", "ilike")
OPTIONS = frozenset({"select", "order", "limit", "offset", "columns", "on_conflict", "numbers"})
NESTING = 20
"""How deep brackets may stand in each other."""

_NAME = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"(),.:!]+')
_WORDS: tuple[Literal["and", "or"], ...] = ("and", "or")
_ORDER = re.compile(r"(?P<field>[^.]+)(?:\.(?P<direction>asc|desc))?(?:\.nulls(?P<nulls>first|last))?")
_DIGITS = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Query:
    """A query string taken apart.

    Attributes:
        ask: The question.
        columns: The fields that `columns=` names, or None where it is not there.
        on_conflict: The fields that `on_conflict=` names, or None where it is not there.
        numbers_as_text: Whether `numbers=text` asks for decimals and 64-bit integers as text.
    """

    ask: Ask
    columns: tuple[str, ...] | None
    on_conflict: tuple[str, ...] | None = None
    numbers_as_text: bool = False


def parse(text: str) -> Query:
    """The question that a query string asks.

    Raises:
        BadRequest: It is not of the grammar (`PGRST100`).
    """
    options: dict[str, str] = {}
    where: list[Condition | Group] = []
    for name, value in _pairs(text):
        if name in OPTIONS:
            if name in options:
                raise BadRequest(f"'{name}' stands twice in the query", hint=f"write one '{name}='")
            options[name] = value
        elif name in {"and", "or", "not.and", "not.or"}:
            where.append(_parse_group(name, value))
        else:
            where.append(_parse_condition(name, value))
    ask = Ask(
        select=parse_select(options["select"]) if options.get("select") else (Star(),),
        where=tuple(where),
        order=_parse_order(options["order"]) if options.get("order") else (),
        limit=_parse_number("limit", options["limit"]) if options.get("limit") else None,
        offset=_parse_number("offset", options["offset"]) if options.get("offset") else 0,
    )
    columns, on_conflict = _parse_names("columns", options), _parse_names("on_conflict", options)
    return Query(ask, columns, on_conflict, _parse_numbers(options.get("numbers", "")))


def _parse_names(name: str, options: Mapping[str, str]) -> tuple[str, ...] | None:
    return tuple(_Reader(options[name], name).names()) if options.get(name) else None


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            try:
                yield unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")
            except UnicodeDecodeError:
                raise BadRequest("the query string is not UTF-8") from None


def _parse_number(name: str, value: str) -> int:
    if not _DIGITS.fullmatch(value):
        raise BadRequest(f"'{name}' is '{value[:40]}', but it takes a whole number from 0")
    return int(value)


def _parse_numbers(value: str) -> bool:
    if value not in {"", "text"}:
        raise BadRequest(f"'numbers' is '{value[:40]}', but it takes 'text' alone")
    return value == "text"


def parse_select(text: str) -> Select:
    """What `select=` asks to show: `title,owner(name),pictures:photos(caption)`."""
    reader = _Reader(text, "select")
    select = tuple(reader.select())
    reader.end()
    return select


def _parse_order(text: str) -> tuple[Order, ...]:
    orders: list[Order] = []
    for part in text.split(","):
        found = _ORDER.fullmatch(part.strip())
        if not found:
            raise BadRequest(f"'{part[:60]}' is no order", hint="write 'title.asc' or 'title.desc.nullslast'")
        nulls: dict[str | None, Literal["first", "last"]] = {"first": "first", "last": "last"}
        orders.append(Order(found["field"], found["direction"] == "desc", nulls.get(found["nulls"])))
    return tuple(orders)


def _parse_group(name: str, value: str) -> Group:
    reader = _Reader(value, name)
    parts = tuple(reader.group(1))
    reader.end()
    return Group("and" if name.endswith("and") else "or", parts, negated=name.startswith("not."))


def _parse_condition(field: str, text: str) -> Condition:
    rest, negated = (text[4:], True) if text.startswith("not.") else (text, False)
    operator, dot, value = rest.partition(".")
    if not dot or operator not in OPERATORS:
        near = get_close_matches(field, OPTIONS, 1)
        raise BadRequest(
            f"'{field}={text[:60]}' is no condition and no option" + (f"; did you mean '{near[0]}'?" if near else ""),
            hint=f"write '{field}=eq.…' with one of: {', '.join(OPERATORS)}; options are: {', '.join(sorted(OPTIONS))}",
        )
    if operator == "in":
        return Condition(field, operator, tuple(_parse_list(value, field)), negated)
    return Condition(field, operator, value, negated)


def _parse_list(text: str, field: str) -> list[str]:
    reader = _Reader(text, field)
    items = reader.list()
    reader.end()
    return items


class _Reader:
    """Reads nested brackets from left to right.

    Args:
        text: What to read.
        where: The parameter's name, for errors.
    """

    def __init__(self, text: str, where: str) -> None:
        self._text = text
        self._where = where
        self._at = 0

    def end(self) -> None:
        """There must be nothing more."""
        if self._at < len(self._text):
            raise self._wrong("nothing more")

    def names(self) -> list[str]:
        """Names with commas between them, to the end."""
        names = [self._name()]
        while self._take(","):
            self._skip_space()
            names.append(self._name())
        self.end()
        return names

    def select(self, depth: int = 1) -> Iterator[Star | Column | Embed]:
        """Columns and embeds with commas between them."""
        self._check_depth(depth)
        while True:
            self._skip_space()
            if self._take("*"):
                yield Star()
            else:
                yield self._item(depth)
            self._skip_space()
            if not self._take(","):
                return

    def _item(self, depth: int) -> Column | Embed:
        name, alias = self._name(), None
        if self._take(":"):
            name, alias = self._name(), name
        if not self._take("("):
            return Column(name, alias)
        inner: Select = () if self._peek(")") else tuple(self.select(depth + 1))
        self._expect(")")
        return Embed(name, alias, inner)

    def group(self, depth: int) -> Iterator[Condition | Group]:
        """Conditions in brackets: `(title.eq.Summer,or(id.gt.5,not.and(…)))`."""
        self._check_depth(depth)
        self._expect("(")
        while True:
            self._skip_space()
            yield self._part(depth)
            self._skip_space()
            if not self._take(","):
                break
        self._expect(")")

    def _part(self, depth: int) -> Condition | Group:
        for word in _WORDS:
            for prefix in ("", "not."):
                if self._text.startswith(f"{prefix}{word}(", self._at):
                    self._at += len(prefix) + len(word)
                    return Group(word, tuple(self.group(depth + 1)), negated=bool(prefix))
        field = self._name()
        self._expect(".")
        negated = self._text.startswith("not.", self._at)
        if negated:
            self._at += 4
        operator = self._name()
        self._expect(".")
        if operator not in OPERATORS:
            raise BadRequest(
                f"'{operator[:40]}' in '{self._where}' is no operator", hint=f"operators are: {', '.join(OPERATORS)}"
            )
        value = tuple(self.list()) if operator == "in" else self._value()
        return Condition(field, operator, value, negated)

    def list(self) -> list[str]:
        """Values in brackets: `(1,2,"a,b")`."""
        self._expect("(")
        if self._take(")"):
            return []
        items = [self._value()]
        while self._take(","):
            items.append(self._value())
        self._expect(")")
        return items

    def _value(self) -> str:
        """A value up to the next comma or bracket; in quotes it may hold them too, and a backslash before a quote."""
        if self._peek('"'):
            return self._name()
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in ",()":
            self._at += 1
        return self._text[start : self._at]

    def _name(self) -> str:
        self._skip_space()
        found = _NAME.match(self._text, self._at)
        if not found:
            raise self._wrong("a name")
        self._at = found.end()
        text = found.group()
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL) if text.startswith('"') else text

    def _skip_space(self) -> None:
        while self._peek(" "):
            self._at += 1

    def _peek(self, token: str) -> bool:
        return self._text.startswith(token, self._at)

    def _take(self, token: str) -> bool:
        found = self._peek(token)
        if found:
            self._at += len(token)
        return found

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self._wrong(f"'{token}'")

    def _check_depth(self, depth: int) -> None:
        if depth > NESTING:
            raise BadRequest(f"brackets in '{self._where}' stand more than {NESTING} deep", code="54001")

    def _wrong(self, expected: str) -> BadRequest:
        return BadRequest(
            f"'{self._where}' cannot be read: expected {expected} at character {self._at + 1}",
            details=f"found '{self._text[self._at : self._at + 20]}'" if self._at < len(self._text) else "found the end",
        )
