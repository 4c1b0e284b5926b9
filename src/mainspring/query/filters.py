"""From the conditions of an `Ask` to those of a `Plan`: operators must fit the kinds, and values are read and taken out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from mainspring.database.regex import Unfit, compile_pattern
from mainspring.errors import BadRequest
from mainspring.model.entity import Entity, Field
from mainspring.model.kinds import ORDER, Float, Json, Kind, ListOfText, Refused, Text
from mainspring.query.ask import Condition, Group, JsonPath, Where
from mainspring.query.grammar import ARRAYS, SEARCHES, braced
from mainspring.query.names import named
from mainspring.query.plan import (
    SEARCH,
    PlannedCondition,
    PlannedEmbed,
    PlannedExistence,
    PlannedGroup,
    PlannedPart,
    Value,
    Window,
    too_much,
)
from mainspring.query.search import parse_search
from mainspring.settings import Settings

BAD_PATTERN = "2201B"
PATTERN_LENGTH = 100
"""Longest pattern of `like` and `ilike`: matching costs its length times the text's."""


class Filters:
    """The conditions of one question, at every level of it: collects their values and counts them.

    Args:
        limits: The limits on a question.
        typed: Whether conditions hold Python values, not text to be read.

    Attributes:
        values: What is bound, by slot.
        divisible: Whether each step of the question is short: none reads a long text as JSON or compares it with a pattern.
    """

    def __init__(self, limits: Settings, *, typed: bool) -> None:
        self._limits = limits
        self._typed = typed
        self._number = 0
        self.values: list[Value] = []
        self.divisible = True

    def named(self, entity: Entity, name: str, path: JsonPath | None, fields: Mapping[str, Field]) -> Field:
        """What the question names; see `names.named`."""
        self.divisible = self.divisible and path is None
        return named(entity, name, path, fields)

    def slot(self, value: Value) -> int:
        """Have a value bound; gives its slot."""
        self.values.append(value)
        return len(self.values) - 1

    def window(self, limit: int, offset: int) -> Window:
        """Have a limit and an offset bound."""
        return Window(self.slot(Value("plain", limit)), self.slot(Value("plain", offset)))

    def count(self, number: int) -> None:
        """Count conditions.

        Raises:
            BadRequest: With these they are too many.
        """
        self._number += number
        if self._number > self._limits.filters:
            raise too_much("conditions", self._number, self._limits.filters)

    def where(
        self, entity: Entity, where: Where, fields: Mapping[str, Field], embeds: Mapping[str, PlannedEmbed]
    ) -> Iterator[PlannedPart]:
        """The conditions on one level, on its `fields` and on whether there are records in its `embeds`."""
        for part in where:
            yield self._part(entity, part, fields, embeds)

    def existence(self, embed: PlannedEmbed, *, negated: bool) -> PlannedExistence:
        """The condition that there are records in an embed. Its own conditions count again, for the database asks them again."""
        self.count(1 + _size(embed.plan.where))
        plan = replace(embed.plan, columns=(), embeds=(), order=(), window=None, grouped=False)
        return PlannedExistence(embed.relation, plan, negated)

    def _part(
        self, entity: Entity, part: Condition | Group, fields: Mapping[str, Field], embeds: Mapping[str, PlannedEmbed]
    ) -> PlannedPart:
        if isinstance(part, Group):
            parts = tuple(self._part(entity, each, fields, embeds) for each in part.parts)
            return PlannedGroup(part.word, parts, part.negated)
        if part.operator == "is" and part.field in embeds:
            return self._embed_is(embeds[part.field], part)
        field = self.named(entity, part.field, part.path, fields)
        if part.operator in SEARCHES:
            return self._search(entity, field, part)
        if part.operator not in field.kind.operators:
            raise BadRequest(
                f"'{part.operator}' cannot be asked of '{field.name}', which is {field.kind.name}",
                code="42883",
                hint=f"operators for it are: {', '.join(sorted(field.kind.operators))}",
            )
        if part.quantifier is not None:
            self._check_items(field, part.value)
            word: Literal["and", "or"] = "or" if part.quantifier == "any" else "and"
            return self._each(field, part, word)
        if part.operator == "in" and isinstance(field.kind, Json):
            self._check_items(field, part.value)
            self.count(len(part.value))
            return self._each(field, replace(part, operator="eq"), "or")
        return self._condition(field, part)

    def _search(self, entity: Entity, field: Field, part: Condition) -> PlannedCondition:
        if not field.search or part.path is not None:
            raise BadRequest(
                f"'{field.name}' of {entity.name} cannot be searched",
                code="42883",
                hint=f"ask with 'ilike' or 'imatch', such as '{field.name}=ilike.*word*'"
                if entity.adopted
                else f"its model declares it so: '{field.name}: Mapped[str] = field(search=True)'; then 'mainspring migrate up'",
            )
        text = str(self._read_as(Text(), field, part.value))
        search, opposite = parse_search(part.operator, text, self._limits.search_words)
        self.divisible = False
        slot = self.slot(Value("search", (search, part.configuration)))
        return PlannedCondition(field.name, SEARCH, slot, part.negated is not opposite, configuration=part.configuration)

    def _each(self, field: Field, part: Condition, word: Literal["and", "or"]) -> PlannedGroup:
        """The same condition for each of several values."""
        single = replace(part, quantifier=None, negated=False)
        return PlannedGroup(word, tuple(self._condition(field, replace(single, value=each)) for each in part.value), part.negated)

    def _embed_is(self, embed: PlannedEmbed, part: Condition) -> PlannedExistence:
        word = str(part.value).lower()
        if word not in {"null", "not_null"}:
            raise BadRequest(
                f"'{part.field}=is.{word[:40]}' cannot be asked of related records", hint="write 'is.null' or 'not.is.null'"
            )
        return self.existence(embed, negated=(word == "null") is not part.negated)

    def _condition(self, field: Field, part: Condition) -> PlannedCondition:
        if part.operator == "is":
            return self._is(field, part)
        if isinstance(field.kind, Json):
            return self._json(field, part)
        if part.operator == "in" or part.operator in ARRAYS:
            value = self._list(field, part)
        elif part.operator in {"like", "ilike"}:
            form: Literal["like", "ilike"] = "like" if part.operator == "like" else "ilike"
            value = Value(form, self._pattern(field, part.value))
            self.divisible = False
        elif part.operator in {"match", "imatch"}:
            value = Value("regex", self._regex(field, part))
            self.divisible = False
        else:
            value = Value("plain", self._read(field, part.value), field)
        return PlannedCondition(part.field, part.operator, self.slot(value), part.negated, part.path)

    def _json(self, field: Field, part: Condition) -> PlannedCondition:
        """A condition on JSON, where equal is what has equal parts; only numbers and texts are greater or less than others."""
        self.divisible = False
        value = self._read(field, part.value)
        scalar: Literal["number", "string"] | None = None
        if part.operator in ORDER:
            if isinstance(value, str):
                scalar, bound = "string", Value("plain", self._read_as(Text(), field, value))
            elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
                scalar, bound = "number", Value("plain", self._number_of(field, value))
            else:
                raise BadRequest(
                    f"'{field.name}': only a number or a text in quotes is greater or less than others", code="22P02"
                )
        else:
            bound = Value("plain", value, field)
        return PlannedCondition(part.field, part.operator, self.slot(bound), part.negated, part.path, scalar)

    @staticmethod
    def _number_of(field: Field, value: float | Decimal) -> int | float:
        try:
            return value if isinstance(value, int) and -(2**63) <= value < 2**63 else Float().validate(value)
        except Refused as refused:
            raise BadRequest(f"'{field.name}': {refused.message}", code=refused.code) from None

    def _check_items(self, field: Field, items: Any) -> None:
        if len(items) > self._limits.list_items:
            raise too_much(f"items in the list of '{field.name}'", len(items), self._limits.list_items)

    def _list(self, field: Field, part: Condition) -> Value:
        if part.operator in ARRAYS:
            return Value("list", self._read(field, part.value))
        self._check_items(field, part.value)
        return Value("list", [self._read(field, item) for item in part.value], field)

    def _pattern(self, field: Field, pattern: Any) -> str:
        if len(pattern) > PATTERN_LENGTH:
            raise too_much(f"characters in the pattern of '{field.name}'", len(pattern), PATTERN_LENGTH)
        return str(self._read_as(Text(), field, pattern)).replace("*", "%")

    def _regex(self, field: Field, part: Condition) -> str:
        pattern = str(self._read_as(Text(), field, part.value))
        try:
            compile_pattern(pattern, sensitive=part.operator == "match")
        except Unfit as unfit:
            hint = "patterns are POSIX's: . [a-z] [^0-9] [[:alpha:]] ( | ) * + ? {2,3} ^ $ and \\d \\s \\w"
            raise BadRequest(f"'{field.name}': no pattern that is taken: {unfit}", code=BAD_PATTERN, hint=hint) from None
        return pattern

    @staticmethod
    def _is(field: Field, part: Condition) -> PlannedCondition:
        word = str(part.value).lower() if part.value is not None else "null"
        boolean = field.kind.name == "boolean"
        if word == "null" or (word == "unknown" and boolean):
            return PlannedCondition(part.field, "null", None, part.negated, part.path)
        if word in {"true", "false"} and boolean:
            return PlannedCondition(part.field, word, None, part.negated, part.path)
        if word == "not_null":
            return PlannedCondition(part.field, "null", None, not part.negated, part.path)
        raise BadRequest(
            f"'{field.name}=is.{word[:40]}' cannot be asked",
            hint="'is' takes null, not_null, and true, false or unknown for a boolean",
        )

    def _read(self, field: Field, value: Any) -> Any:
        if self._typed:
            return value
        if isinstance(field.kind, ListOfText):
            return self._texts(field, field.kind, value)
        return self._read_as(field.kind, field, value)

    def _texts(self, field: Field, kind: ListOfText, text: str) -> list[str]:
        """The texts of a list, which is written `{a,b}` or `["a","b"]`."""
        if text.startswith("["):
            texts: list[str] = self._read_as(kind, field, text)
        else:
            texts = [self._read_as(kind.item, field, each) for each in braced(text, field.name)]
        self._check_items(field, texts)
        return texts

    @staticmethod
    def _read_as(kind: Kind, field: Field, value: Any) -> Any:
        try:
            return kind.parse(value)
        except Refused as refused:
            hint = f"a text stands in quotes, or is asked for with '->>': '{field.name}=eq.…'" if isinstance(kind, Json) else None
            raise BadRequest(f"'{field.name}': {refused.message}", code=refused.code, hint=hint) from None


def number_of_conditions(where: Where) -> int:
    """How many conditions a question puts, each value of an `any` or `all` counted."""
    return sum(number_of_conditions(part.parts) if isinstance(part, Group) else _number(part) for part in where)


def _number(part: Condition) -> int:
    return 1 if part.quantifier is None else max(1, len(part.value))


def _size(where: Iterable[PlannedPart]) -> int:
    """How many conditions the database is asked, those inside of existences included."""
    return sum(_part_size(part) for part in where)


def _part_size(part: PlannedPart) -> int:
    match part:
        case PlannedCondition():
            return 1
        case PlannedGroup():
            return _size(part.parts)
        case PlannedExistence():
            return 1 + _size(part.plan.where)
