"""From an `Ask` to a `Plan`: every name is looked up among what this caller may see, and values are taken out.

A plan is plain data that knows no SQL and no dialect. Questions that differ only in values have equal plans, so what is compiled
from one serves them all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from mainspring.access.conditions import Conditions
from mainspring.context import Who
from mainspring.errors import BadRequest
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Field, Relation
from mainspring.model.kinds import Kind, Refused, Text
from mainspring.query.ask import Ask, Column, Condition, Embed, Group, Order, Select, Star, Where
from mainspring.settings import Settings

UNKNOWN_COLUMN = "42703"
UNKNOWN_RELATION = "PGRST200"
TOO_COMPLEX = "54000"
PATTERN_LENGTH = 100
"""Longest pattern of `like` and `ilike`: matching costs its length times the text's."""
KEYS = "keys"
"""The operator of a condition that no caller can write: the record's key is one of a list of keys."""


@dataclass(frozen=True, slots=True)
class PlannedCondition:
    """A condition whose column is known.

    Attributes:
        column: The column's name; empty for `KEYS`.
        operator: An operator of the grammar, `null`, `true`, `false`, or `KEYS`.
        slot: Where its value stands among the values; None where it has none.
        negated: Whether it must not hold.
    """

    column: str
    operator: str
    slot: int | None
    negated: bool


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """Conditions of which all or at least one must hold."""

    word: Literal["and", "or"]
    parts: "tuple[PlannedCondition | PlannedGroup, ...]"
    negated: bool


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """A column to show.

    Attributes:
        shown: Its name in the answer.
        column: Its name in the table.
    """

    shown: str
    column: str


@dataclass(frozen=True, slots=True)
class PlannedEmbed:
    """Related records to show.

    Attributes:
        shown: Their name in the answer.
        relation: The relation that leads to them.
        plan: What to show of them.
    """

    shown: str
    relation: str
    plan: "Plan"


@dataclass(frozen=True, slots=True)
class Plan:
    """A question about one table, with all names looked up.

    Attributes:
        entity: The table.
        columns: What to show of its own.
        embeds: What to show of related records.
        where: Which records.
        order: In which order, the key last.
        paged: Whether `limit` and `offset` are bound at the end of the values.
    """

    entity: str
    columns: tuple[PlannedColumn, ...]
    embeds: tuple[PlannedEmbed, ...]
    where: tuple[PlannedCondition | PlannedGroup, ...]
    order: tuple[Order, ...]
    paged: bool


@dataclass(frozen=True, slots=True)
class Value:
    """What fills a slot.

    Attributes:
        form: `plain`, `list`, or a pattern for `like` or `ilike`.
        value: The Python value; of a list, the list of them.
        field: The field whose kind binds it; None where it is a driver value already.
    """

    form: Literal["plain", "list", "like", "ilike"]
    value: Any
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the values that fill its slots."""

    plan: Plan
    values: tuple[Value, ...]


class Planner:
    """Looks names up.

    Args:
        catalog: The models.
        conditions: What the rules say of who may see which field.
        settings: The limits on a question.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, settings: Settings) -> None:
        self._catalog = catalog
        self._conditions = conditions
        self._settings = settings

    def plan(self, entity: Entity, ask: Ask, who: Who, *, typed: bool = False) -> Planned:
        """The plan of a question.

        Args:
            entity: The table that it is about.
            ask: The question.
            who: Who asks; decides which names there are.
            typed: Whether the conditions hold Python values, not text to be read.

        Raises:
            BadRequest: A name does not exist (for this caller), a value does not fit its field, or a limit is passed.
        """
        work = _Work(self, who, typed)
        cap = self._settings.page_rows
        limit = cap if ask.limit is None else ask.limit if typed else min(ask.limit, cap)
        work.check_size(ask)
        plan = Plan(
            entity=entity.name,
            columns=tuple(work.columns(entity, ask.select)),
            embeds=tuple(work.embeds(entity, ask.select, 1)),
            where=tuple(work.where(entity, ask.where)),
            order=tuple(work.order(entity, ask.order)),
            paged=True,
        )
        return Planned(plan, (*work.values, Value("plain", limit), Value("plain", ask.offset)))

    def keyed(self, entity: Entity, select: Select, who: Who, order: tuple[Order, ...] = ()) -> Plan:
        """The plan that shows the records whose keys are bound to its one slot, as far as the caller may see them."""
        work = _Work(self, who, typed=True)
        return Plan(
            entity=entity.name,
            columns=tuple(work.columns(entity, select)),
            embeds=tuple(work.embeds(entity, select, 1)),
            where=(PlannedCondition("", KEYS, 0, negated=False),),
            order=tuple(work.order(entity, order)),
            paged=False,
        )

    def fields(self, entity: Entity, who: Who) -> dict[str, Field]:
        """The fields that the caller may see in at least some row."""
        return {name: field for name, field in entity.fields.items() if self.sees(entity, field, who)}

    def sees(self, entity: Entity, field: Field, who: Who) -> bool:
        """Whether the caller may see a field in at least some row."""
        return self._conditions.seen_verdict(entity, field, who) is not False

    def relation(self, entity: Entity, name: str, who: Who) -> Relation:
        """The relation that a name in an embed means: its own name, the target's table, or its column.

        Raises:
            BadRequest: There is none, or several.
        """
        visible = [each for each in entity.relations.values() if self._leads_to_visible(entity, each, who)]
        exact = [each for each in visible if name == each.name]
        found = exact or [
            each for each in visible if name == each.target or (each.cardinality is Cardinality.one and name == each.local)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(each.name for each in found)
            raise BadRequest(
                f"'{name}' could be several relations of {entity.name}", code="PGRST201", hint=f"write one of: {names}"
            )
        raise unknown(f"no relation '{name}' on {entity.name}", name, (each.name for each in visible), UNKNOWN_RELATION)

    def _leads_to_visible(self, entity: Entity, relation: Relation, who: Who) -> bool:
        if not self._conditions.possible(self._catalog.entities[relation.target], "read", who):
            return False
        if relation.cardinality is Cardinality.members:
            return True
        holder, link = (
            (entity, relation.local) if relation.cardinality is Cardinality.one else (self.target(relation), relation.remote)
        )
        return self.sees(holder, holder.fields[link], who)

    def target(self, relation: Relation) -> Entity:
        """The entity that a relation leads to."""
        return self._catalog.entities[relation.target]

    @property
    def settings(self) -> Settings:
        """The limits on a question."""
        return self._settings


class _Work:
    """One question being planned: collects its values and counts its parts."""

    def __init__(self, planner: Planner, who: Who, typed: bool) -> None:
        self._planner = planner
        self._who = who
        self._typed = typed
        self._limits = planner.settings
        self._columns = 0
        self._embeds = 0
        self.values: list[Value] = []

    def check_size(self, ask: Ask) -> None:
        count = sum(1 for _ in _conditions(ask.where))
        if count > self._limits.filters:
            raise _too_much("conditions", count, self._limits.filters)

    def columns(self, entity: Entity, select: Select) -> Iterator[PlannedColumn]:
        fields = self._planner.fields(entity, self._who)
        shown: set[str] = set()
        for item in select:
            columns = self._chosen(entity, item, fields)
            for column in columns:
                if column.shown in shown and isinstance(item, Column):
                    raise BadRequest(
                        f"'{column.shown}' stands twice in 'select'", hint=f"give one an alias: 'other:{column.column}'"
                    )
                if column.shown not in shown:
                    self._count_column()
                    shown.add(column.shown)
                    yield column

    def _count_column(self) -> None:
        """By aliases a short question could show one long text a thousand times in each record."""
        self._columns += 1
        if self._columns > self._limits.columns:
            raise _too_much("columns", self._columns, self._limits.columns)

    def _chosen(self, entity: Entity, item: Star | Column | Embed, fields: dict[str, Field]) -> list[PlannedColumn]:
        if isinstance(item, Star):
            return [PlannedColumn(name, name) for name in fields]
        if isinstance(item, Embed):
            return []
        if item.name not in fields:
            raise _unknown_column(entity, item.name, fields)
        return [PlannedColumn(item.alias or item.name, item.name)]

    def embeds(self, entity: Entity, select: Select, depth: int) -> Iterator[PlannedEmbed]:
        wanted = [item for item in select if isinstance(item, Embed)]
        if wanted and depth > self._limits.embed_depth:
            raise _too_much("levels of embeds", depth, self._limits.embed_depth)
        taken = {item.alias or item.name for item in select if isinstance(item, Column)}
        for item in wanted:
            self._embeds += 1
            if self._embeds > self._limits.embeds:
                raise _too_much("embeds", self._embeds, self._limits.embeds)
            shown = item.alias or item.name
            if shown in taken:
                raise BadRequest(f"'{shown}' stands twice in 'select'", hint=f"give one an alias: 'other:{item.name}(…)'")
            taken.add(shown)
            relation = self._planner.relation(entity, item.name, self._who)
            target = self._planner.target(relation)
            plan = Plan(
                entity=target.name,
                columns=tuple(self.columns(target, item.select)),
                embeds=tuple(self.embeds(target, item.select, depth + 1)),
                where=(),
                order=tuple(self.order(target, ())),
                paged=False,
            )
            yield PlannedEmbed(shown, relation.name, plan)

    def order(self, entity: Entity, order: Iterable[Order]) -> Iterator[Order]:
        fields = self._planner.fields(entity, self._who)
        named: set[str] = set()
        for each in order:
            if each.field not in fields:
                raise _unknown_column(entity, each.field, fields)
            if each.field not in named:  # a second time it orders nothing
                named.add(each.field)
                yield each
        for name in entity.key:
            if name not in named:
                yield Order(name)

    def where(self, entity: Entity, where: Where) -> Iterator[PlannedCondition | PlannedGroup]:
        fields = self._planner.fields(entity, self._who)
        for part in where:
            yield self._part(entity, fields, part)

    def _part(self, entity: Entity, fields: dict[str, Field], part: Condition | Group) -> PlannedCondition | PlannedGroup:
        if isinstance(part, Group):
            return PlannedGroup(part.word, tuple(self._part(entity, fields, each) for each in part.parts), part.negated)
        field = fields.get(part.field)
        if field is None:
            raise _unknown_column(entity, part.field, fields)
        if part.operator not in field.kind.operators:
            raise BadRequest(
                f"'{part.operator}' cannot be asked of '{part.field}', which is {field.kind.name}",
                code="42883",
                hint=f"operators for it are: {', '.join(sorted(field.kind.operators))}",
            )
        return self._condition(field, part)

    def _condition(self, field: Field, part: Condition) -> PlannedCondition:
        if part.operator == "is":
            return self._is(field, part)
        if part.operator == "in":
            if len(part.value) > self._limits.list_items:
                raise _too_much(f"items in the list of '{field.name}'", len(part.value), self._limits.list_items)
            value = Value("list", [self._read(field, item) for item in part.value], field)
        elif part.operator in {"like", "ilike"}:
            form: Literal["like", "ilike"] = "like" if part.operator == "like" else "ilike"
            value = Value(form, self._pattern(field, part.value))
        else:
            value = Value("plain", self._read(field, part.value), field)
        self.values.append(value)
        return PlannedCondition(field.name, part.operator, len(self.values) - 1, part.negated)

    def _pattern(self, field: Field, pattern: Any) -> str:
        if len(pattern) > PATTERN_LENGTH:
            raise _too_much(f"characters in the pattern of '{field.name}'", len(pattern), PATTERN_LENGTH)
        return str(self._read_as(Text(), field, pattern)).replace("*", "%")

    def _is(self, field: Field, part: Condition) -> PlannedCondition:
        word = str(part.value).lower() if part.value is not None else "null"
        if word == "null" or (word in {"true", "false"} and field.kind.name == "boolean"):
            return PlannedCondition(field.name, word, None, part.negated)
        if word == "not_null":
            return PlannedCondition(field.name, "null", None, not part.negated)
        raise BadRequest(
            f"'{field.name}=is.{word[:40]}' cannot be asked", hint="'is' takes null, not_null, and true or false for a boolean"
        )

    def _read(self, field: Field, value: Any) -> Any:
        return value if self._typed else self._read_as(field.kind, field, value)

    @staticmethod
    def _read_as(kind: Kind, field: Field, value: Any) -> Any:
        try:
            return kind.parse(value)
        except Refused as refused:
            raise BadRequest(f"'{field.name}': {refused.message}", code=refused.code) from None


def _conditions(where: Where) -> Iterator[Condition]:
    for part in where:
        if isinstance(part, Group):
            yield from _conditions(part.parts)
        else:
            yield part


def unknown(message: str, name: str, known: Iterable[str], code: str) -> BadRequest:
    """The refusal of a name that does not exist, with the nearest one that does."""
    near = get_close_matches(name, list(known), 1)
    return BadRequest(f"{message}; did you mean '{near[0]}'?" if near else message, code=code)


def _unknown_column(entity: Entity, name: str, fields: Iterable[str]) -> BadRequest:
    return unknown(f"no column '{name}' on {entity.name}", name, fields, UNKNOWN_COLUMN)


def _too_much(what: str, count: int, limit: int) -> BadRequest:
    return BadRequest(f"{count} {what} are too many; at most {limit} are taken", code=TOO_COMPLEX)
