"""From a query string to an `Ask`: PostgREST's grammar. Nothing is looked up here; unknown names are found by `plan`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Literal
from urllib.parse import unquote_plus

from mainspring.errors import BadRequest
from mainspring.query.ask import NOT_EMBEDDED, Ask, Condition, Embed, Group, JsonPath, Order, Select, Star
from mainspring.query.grammar import OPERATORS, Reader, condition

OPTIONS = frozenset({"select", "order", "limit", "offset", "columns", "on_conflict", "numbers"})

_OF_EMBEDS = frozenset({"order", "limit", "offset"})
_CONDITION = re.compile(r"(?P<negated>not\.)?(?P<operator>[a-z]+)(?:\((?P<quantifier>[^()]*)\))?\.(?P<value>.*)", re.DOTALL)
_DIGITS = re.compile(r"[0-9]{1,18}")

Path = tuple[str, ...]
"""The embeds that lead to a record, by the words that they are shown under; empty for the record itself."""


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


@dataclass(slots=True)
class _Level:
    """What the parameters say of the records at one path."""

    options: dict[str, str] = field(default_factory=dict[str, str])
    where: list[Condition | Group] = field(default_factory=list[Condition | Group])

    def order(self) -> tuple[Order, ...]:
        return _parse_order(self.options["order"]) if self.options.get("order") else ()

    def limit(self) -> int | None:
        return _parse_number("limit", self.options["limit"]) if "limit" in self.options else None

    def offset(self) -> int:
        return _parse_number("offset", self.options["offset"]) if "offset" in self.options else 0


def parse(text: str) -> Query:
    """The question that a query string asks.

    Raises:
        BadRequest: It is not of the grammar (`PGRST100`), or names an embed that `select` does not show (`PGRST108`).
    """
    levels: dict[Path, _Level] = {(): _Level()}
    for name, value in _pairs(text):
        _place(levels, name, value)
    top = levels.pop(())
    select = parse_select(top.options["select"]) if top.options.get("select") else (Star(),)
    ask = Ask(_attached(select, levels, ()), tuple(top.where), top.order(), top.limit(), top.offset())
    for path in levels:
        raise BadRequest(
            f"'{'.'.join(path)[:100]}' is not embedded by 'select'",
            code=NOT_EMBEDDED,
            hint=f"write 'select=*,{path[0][:40]}(*)' to have conditions, order or limit on it",
        )
    columns, on_conflict = _parse_names("columns", top.options), _parse_names("on_conflict", top.options)
    return Query(ask, columns, on_conflict, _parse_numbers(top.options.get("numbers", "")))


def _parse_names(name: str, options: Mapping[str, str]) -> tuple[str, ...] | None:
    return tuple(Reader(options[name], name).names()) if options.get(name) else None


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            try:
                yield unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")
            except UnicodeDecodeError:
                raise BadRequest("the query string is not UTF-8") from None


def _place(levels: dict[Path, _Level], name: str, value: str) -> None:
    """Put a parameter to the records that it speaks of: `photos.caption=eq.x` to those at `photos`."""
    quoted = '"' in name or "->" in name
    parts, inside = Reader(name, name[:60]).address() if quoted else (tuple(name.split(".")), None)
    path, last = parts[:-1], parts[-1]
    negated = path[-1:] == ("not",)
    if last in {"and", "or"} and not quoted:
        level = levels.setdefault(path[:-1] if negated else path, _Level())
        level.where.append(_parse_group("and" if last == "and" else "or", value, negated=negated, where=name))
    elif last in (_OF_EMBEDS if path else OPTIONS) and not quoted:
        options = levels.setdefault(path, _Level()).options
        if last in options:
            raise BadRequest(f"'{name[:60]}' stands twice in the query", hint=f"write one '{name[:60]}='")
        options[last] = value
    else:
        found = _parse_condition(last, inside, name, value)
        levels.setdefault(path, _Level()).where.append(found)


def _attached(select: Select, levels: dict[Path, _Level], path: Path) -> Select:
    """`select` with what the parameters say of its embeds, which is taken out of `levels`."""
    return tuple(_with_level(item, levels, (*path, item.shown)) if isinstance(item, Embed) else item for item in select)


def _with_level(embed: Embed, levels: dict[Path, _Level], path: Path) -> Embed:
    inner = _attached(embed.select, levels, path)
    level = levels.pop(path, None)
    if level is None:
        return replace(embed, select=inner)
    return replace(embed, select=inner, where=tuple(level.where), order=level.order(), limit=level.limit(), offset=level.offset())


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
    reader = Reader(text, "select")
    select = tuple(reader.select())
    reader.end()
    return select


def _parse_order(text: str) -> tuple[Order, ...]:
    reader = Reader(text, "order")
    orders = tuple(reader.orders())
    reader.end()
    return orders


def _parse_group(word: Literal["and", "or"], value: str, *, negated: bool, where: str) -> Group:
    reader = Reader(value, where)
    parts = tuple(reader.group(1))
    reader.end()
    return Group(word, parts, negated)


def _parse_condition(name: str, inside: JsonPath | None, whole: str, text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if not found or found["operator"] not in OPERATORS:
        near = get_close_matches(whole, OPTIONS, 1)
        raise BadRequest(
            f"'{whole[:60]}={text[:60]}' is no condition and no option" + (f"; did you mean '{near[0]}'?" if near else ""),
            hint=f"write '{whole[:60]}=eq.…' with one of: {', '.join(OPERATORS)}; options are: {', '.join(sorted(OPTIONS))}",
        )
    value: str | tuple[str, ...] = found["value"]
    if found["operator"] == "in":
        reader = Reader(found["value"], name)
        value = tuple(reader.items("(", ")"))
        reader.end()
    return condition(name, inside, found["operator"], found["quantifier"], value, negated=found["negated"] is not None)
