"""The grammar inside of one parameter: names, values, lists, and brackets in brackets, read from left to right."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from mainspring.errors import BadRequest
from mainspring.query.ask import Column, Condition, Embed, Function, Group, JsonPath, Order, Select, Star

ARRAYS = frozenset({"cs", "cd", "ov"})
"""Operators that compare a list with a list."""
QUANTIFIED = frozenset({"eq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch"})
"""Operators that take `(any)` and `(all)`."""
SEARCHES = ("fts", "plfts", "phfts", "wfts")
"""Operators of full-text search, which take a configuration such as `(english)`."""
OPERATORS = (
    "eq",
    "neq",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "is",
    "isdistinct",
    "like",
    "ilike",
    "match",
    "imatch",
    "cs",
    "cd",
    "ov",
    *SEARCHES,
)
NESTING = 20
"""How deep brackets may stand in each other."""
STEPS = 20
"""Most steps of a path into JSON."""

_NAME = re.compile(r'"(?:[^"\\]|\\.)*"|(?:(?!->)[^\s"(),.:!])+', re.DOTALL)
_PLACE = re.compile(r"-?[0-9]{1,9}(?![^\s(),.:!-])")
_DIRECTION = re.compile(r"(?:\.(?P<direction>asc|desc))?(?:\.nulls(?P<nulls>first|last))?")
_NULLS: dict[str | None, Literal["first", "last"] | None] = {"first": "first", "last": "last", None: None}
_BRACE = re.compile(r'[{}]|"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORDS: tuple[Literal["and", "or"], ...] = ("and", "or")
_QUANTIFIERS: dict[str, Literal["any", "all"]] = {"any": "any", "all": "all"}


def condition(
    field: str, path: JsonPath | None, operator: str, quantifier: str | None, value: Any, *, negated: bool
) -> Condition:
    """A condition from its parts, as far as the grammar goes; the text of several values `{a,b}` is taken apart."""
    if operator in SEARCHES:
        return Condition(field, operator, value, negated, path=path, configuration=quantifier)
    if quantifier is not None and (operator not in QUANTIFIED or quantifier not in _QUANTIFIERS):
        raise BadRequest(
            f"'{operator}({quantifier[:40]})' in '{field[:60]}' is no operator",
            hint=f"'(any)' and '(all)' stand behind: {', '.join(sorted(QUANTIFIED))}",
        )
    if quantifier is None:
        return Condition(field, operator, value, negated, path=path)
    return Condition(field, operator, braced(value, field), negated, _QUANTIFIERS[quantifier], path)


def braced(text: str, where: str) -> tuple[str, ...]:
    """The values of a list `{a,b}`."""
    reader = Reader(text, where)
    values = tuple(reader.items("{", "}"))
    reader.end()
    return values


class Reader:
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

    def names(self, between: str = ",") -> list[str]:
        """Names with commas (or something else) between them, to the end."""
        names = [self._name()]
        while self._take(between):
            names.append(self._name())
        self.end()
        return names

    def address(self) -> tuple[tuple[str, ...], JsonPath | None]:
        """Names with dots between them, to the end; behind the last may stand a path into its JSON."""
        names, path = [self._name()], self._path()
        while path is None and self._take("."):
            names.append(self._name())
            path = self._path()
        self.end()
        return tuple(names), path

    def orders(self) -> Iterator[Order]:
        """What to sort by, with commas between: `title,data->>city.desc.nullslast,owner(name)`."""
        while True:
            yield self._order()
            self._skip_space()
            if not self._take(","):
                return

    def _order(self) -> Order:
        start = self._at
        name, path, embed = self._name(), self._path(), None
        if path is None and self._take("("):
            embed, name, path = name, self._name(), self._path()
            self._expect(")")
        found = _DIRECTION.match(self._text, self._at)
        assert found is not None, "nothing at all is a direction too"
        self._at = found.end()
        if self._at < len(self._text) and self._text[self._at] not in " ,":
            part = self._text[start:].partition(",")[0]
            raise BadRequest(f"'{part[:60]}' is no order", hint="write 'title.asc' or 'title.desc.nullslast'")
        return Order(name, found["direction"] == "desc", _NULLS[found["nulls"]], embed, path)

    def _path(self) -> JsonPath | None:
        """The steps into JSON that stand here: `->address->>city`, `->items->0`."""
        steps: list[str | int] = []
        while self._take("->"):
            text = self._take(">")
            place = _PLACE.match(self._text, self._at)
            if place:
                self._at = place.end()
            steps.append(int(place.group()) if place else self._name())
            if len(steps) > STEPS:
                raise BadRequest(f"the path in '{self._where[:60]}' has more than {STEPS} steps", code="54001")
            if text:
                return JsonPath(tuple(steps), text=True)
        return JsonPath(tuple(steps), text=False) if steps else None

    def select(self, depth: int = 1) -> Iterator[Star | Column | Function | Embed]:
        """Columns, functions and embeds with commas between them."""
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

    def _item(self, depth: int) -> Column | Function | Embed:
        spread = self._take("...")
        name, alias = self._name(), None
        if not spread and not self._peek("::") and self._take(":"):
            name, alias = self._name(), name
        if not spread and not self._peek("!") and not self._peek("("):
            return self._column(name, alias)
        if not spread and name == "count" and self._take("()"):
            return Function(name, None, alias, cast=self._cast())
        embed = self._modified(Embed(name, alias, (), spread=spread))
        self._expect("(")
        inner: Select = () if self._peek(")") else tuple(self.select(depth + 1))
        self._expect(")")
        return replace(embed, select=inner)

    def _column(self, name: str, alias: str | None) -> Column | Function:
        """What stands behind a column's name: the part that is meant, the type that it is taken or shown as, and a function."""
        path, cast = self._path(), self._cast()
        if not self._take("."):
            return Column(name, alias, path, cast)
        function = self._name()
        self._expect("()")
        return Function(function, name, alias, path, self._cast(), cast)

    def _cast(self) -> str | None:
        """The type that stands behind `::`."""
        if not self._take("::"):
            return None
        name = self._name()
        return f"{name} precision" if name == "double" and self._take(" precision") else name

    def _modified(self, embed: Embed) -> Embed:
        """An embed with what stands behind `!`: `inner`, `left` or a hint."""
        for _ in range(2):
            if not self._take("!"):
                break
            word = self._name()
            if word == "inner":
                embed = replace(embed, inner=True)
            elif word != "left":
                embed = replace(embed, hint=word)
        return embed

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
        field, path = self._name(), self._path()
        self._expect(".")
        negated = self._take("not.")
        operator, quantifier = self._name(), None
        if self._take("("):
            quantifier = self._name()
            self._expect(")")
        self._expect(".")
        if operator not in OPERATORS:
            raise BadRequest(
                f"'{operator[:40]}' in '{self._where}' is no operator", hint=f"operators are: {', '.join(OPERATORS)}"
            )
        value = tuple(self.items("(", ")")) if operator == "in" else self._value(",()", braced=True)
        return condition(field, path, operator, quantifier, value, negated=negated)

    def items(self, opening: str, closing: str) -> list[str]:
        """Values in brackets: `(1,2,"a,b")`, or in braces."""
        self._expect(opening)
        if self._take(closing):
            return []
        stops = f",{opening}{closing}"
        items = [self._value(stops)]
        while self._take(","):
            items.append(self._value(stops))
        self._expect(closing)
        return items

    def _value(self, stops: str, *, braced: bool = False) -> str:
        """A value up to the next comma or bracket; in quotes it may hold them too, and a backslash before a quote."""
        if self._peek('"'):
            return self._name()
        start = self._at
        if braced and self._peek("{"):  # a list or an object, in which commas are its own
            return self._braces()
        while self._at < len(self._text) and self._text[self._at] not in stops:
            self._at += 1
        return self._text[start : self._at]

    def _braces(self) -> str:
        """What stands in braces, with them; there may be braces in it, and in quotes anything."""
        start, depth = self._at, 0
        for found in _BRACE.finditer(self._text, start):
            depth += {"{": 1, "}": -1}.get(found.group(), 0)
            if depth == 0:
                self._at = found.end()
                return self._text[start : self._at]
        self._at = len(self._text)
        raise self._wrong("'}'")

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
            f"'{self._where[:60]}' cannot be read: expected {expected} at character {self._at + 1}",
            details=f"found '{self._text[self._at : self._at + 20]}'" if self._at < len(self._text) else "found the end",
        )
