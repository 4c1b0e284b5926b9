"""From an `Ask` to a `Plan`: every name is looked up among what this caller may see, and values are taken out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Literal

from mainspring.access.conditions import Conditions
from mainspring.context import Who
from mainspring.errors import BadRequest
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Field
from mainspring.query.ask import NOT_EMBEDDED, Ask, Column, Embed, Function, JsonPath, Order, Select, Star, Where
from mainspring.query.casts import check_cast
from mainspring.query.filters import Filters, number_of_conditions
from mainspring.query.functions import COUNT
from mainspring.query.grouping import (
    check_embedded,
    check_grouped,
    is_grouped,
    ordered_groups,
    planned_function,
    refuse_groups,
    written,
)
from mainspring.query.names import Names
from mainspring.query.plan import (
    KEYS,
    Plan,
    Planned,
    PlannedAggregate,
    PlannedColumn,
    PlannedCondition,
    PlannedEmbed,
    PlannedGroup,
    too_much,
)
from mainspring.settings import Settings

TIES = 30
"""Most columns that decide between equals where a table has no key."""

NO_RELATED_ORDER = "PGRST118"


class Planner:
    """Plans questions.

    Args:
        catalog: The models.
        conditions: What the rules say of who may see which field.
        settings: The limits on a question.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, settings: Settings) -> None:
        self._names = Names(catalog, conditions)
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
        work = _Work(self._names, self._settings, who, typed=typed)
        cap = self._settings.page_rows
        limit = cap if ask.limit is None else ask.limit if typed else min(ask.limit, cap)
        plan = work.plan(entity, ask.select, ask.where, ask.order, 1)
        plan = replace(plan, window=work.filters.window(limit, ask.offset))
        return Planned(plan, tuple(work.filters.values), work.filters.divisible)

    def keyed(self, entity: Entity, select: Select, who: Who, order: tuple[Order, ...] = ()) -> Planned:
        """The plan that shows records given by their keys, as far as the caller may see them; the keys fill its last slot.

        Raises:
            BadRequest: A name does not exist (for this caller), a value does not fit its field, or a limit is passed.
        """
        work = _Work(self._names, self._settings, who, typed=False)
        plan = work.plan(entity, select, (), order, 1)
        refuse_groups(plan)
        values = tuple(work.filters.values)
        return Planned(replace(plan, where=(PlannedCondition("", KEYS, len(values), negated=False), *plan.where)), values)


class _Work:
    """One question being planned: counts its parts."""

    def __init__(self, names: Names, limits: Settings, who: Who, *, typed: bool) -> None:
        self._names = names
        self._who = who
        self._limits = limits
        self._columns = 0
        self._aggregates = 0
        self._embeds = 0
        self.filters = Filters(limits, typed=typed)

    def plan(self, entity: Entity, select: Select, where: Where, order: Iterable[Order], depth: int) -> Plan:
        """The plan of one level and of those below it, without a window."""
        self.filters.count(number_of_conditions(where))
        fields = self._names.fields(entity, self._who)
        columns = tuple(self._shown(entity, select, fields))
        items = [item for item in select if isinstance(item, Embed)]
        if items and depth > self._limits.embed_depth:
            raise too_much("levels of embeds", depth, self._limits.embed_depth)
        taken = {item.shown for item in select if isinstance(item, (Column, Function))}
        embeds: dict[str, PlannedEmbed] = {}
        for item in items:
            embed = embeds[item.shown] = self._embed(entity, item, depth, embeds)
            _check_free(embed, taken | {column.shown for column in columns} if item.spread else taken)
            taken.update(embed.names())
        conditions = [*self.filters.where(entity, where, fields, embeds)]
        conditions += [self.filters.existence(embeds[item.shown], negated=False) for item in items if item.inner]
        grouped = is_grouped(entity, columns, embeds)
        ordered = ordered_groups(order, columns, embeds) if grouped else self._order(entity, order, fields, embeds)
        plan = Plan(entity.name, columns, tuple(embeds.values()), tuple(conditions), tuple(ordered), None, grouped=grouped)
        if grouped:
            check_grouped(self._names, entity, plan)
        return plan

    # -- columns -----------------------------------------------------------------------------------------------------------------

    def _shown(self, entity: Entity, select: Select, fields: Mapping[str, Field]) -> Iterator[PlannedColumn | PlannedAggregate]:
        shown: set[str] = set()
        for item in select:
            for column in self._chosen(entity, item, fields):
                if column.shown in shown and not isinstance(item, Star):
                    hint = f"give one an alias: 'other:{written(column)}'"
                    raise BadRequest(f"'{column.shown}' stands twice in 'select'", hint=hint)
                if column.shown not in shown:
                    self._count_column(aggregate=isinstance(column, PlannedAggregate))
                    shown.add(column.shown)
                    yield column

    def _chosen(
        self, entity: Entity, item: Star | Column | Function | Embed, fields: Mapping[str, Field]
    ) -> Sequence[PlannedColumn | PlannedAggregate]:
        if isinstance(item, Star):
            return [PlannedColumn(name, name) for name in fields if name in entity.fields]
        if isinstance(item, Embed):
            return []
        if isinstance(item, Function):
            field = None if item.field is None else self.filters.named(entity, item.field, item.path, fields)
            return [planned_function(item, field)]
        if item.name == COUNT and COUNT not in fields:  # without its brackets, as PostgREST's clients write it
            return [planned_function(Function(COUNT, None, item.shown, cast=item.cast), None)]
        if item.name not in fields and item.path is None:
            self._names.refuse_bare(entity, item.name, self._who)
        field = self.filters.named(entity, item.name, item.path, fields)
        check_cast(field.name, field.kind, item.cast)
        return [PlannedColumn(item.shown, item.name, item.path, cast=item.cast)]

    def _count_column(self, *, aggregate: bool) -> None:
        """By aliases a short question could show one long text a thousand times in each record."""
        self._columns += 1
        self._aggregates += aggregate
        if self._aggregates > self._limits.aggregates:
            raise too_much("aggregates", self._aggregates, self._limits.aggregates)
        if self._columns > self._limits.columns:
            raise too_much("columns", self._columns, self._limits.columns)

    # -- embeds ------------------------------------------------------------------------------------------------------------------

    def _embed(self, entity: Entity, item: Embed, depth: int, others: Mapping[str, PlannedEmbed]) -> PlannedEmbed:
        self._embeds += 1
        if self._embeds > self._limits.embeds:
            raise too_much("embeds", self._embeds, self._limits.embeds)
        if item.shown in others:
            raise _twice(item.shown, item.name)
        relation = self._names.relation(entity, item.name, item.hint, self._who)
        plan = self.plan(self._names.target(relation), item.select, item.where, item.order, depth + 1)
        if relation.cardinality is Cardinality.one:
            if item.offset or item.limit == 0:  # a part of one record is none
                plan = replace(plan, where=(*plan.where, PlannedGroup("or", (), negated=False)))
        elif plan.single and (item.offset or item.limit == 0):
            message = f"'{item.shown}' is one record of aggregates, of which no part can be taken"
            raise BadRequest(message, hint="leave its limit and offset out")
        elif not plan.single and (item.offset or item.limit is not None):
            limit = self._limits.embed_rows + 1 if item.limit is None else min(item.limit, self._limits.embed_rows + 1)
            plan = replace(plan, window=self.filters.window(limit, item.offset))
        form: Literal["object", "spread", "unshown"] = "unshown" if not item.select else "spread" if item.spread else "object"
        embed = PlannedEmbed(item.shown, relation.name, plan, form)
        check_embedded(embed, relation.cardinality)
        return embed

    # -- order -------------------------------------------------------------------------------------------------------------------

    def _order(
        self, entity: Entity, order: Iterable[Order], fields: Mapping[str, Field], embeds: Mapping[str, PlannedEmbed]
    ) -> Iterator[Order]:
        ordered: set[tuple[str | None, str, JsonPath | None]] = set()
        for each in order:
            if each.embed is not None:
                self._check_related(entity, each, each.embed, embeds)
            else:
                self.filters.named(entity, each.field, each.path, fields)
            if (each.embed, each.field, each.path) not in ordered:  # a second time it orders nothing
                ordered.add((each.embed, each.field, each.path))
                yield each
        sortable = (name for name, field in fields.items() if "gt" in field.kind.operators)
        for name in entity.key or islice(sortable, TIES):
            if (None, name, None) not in ordered:
                yield Order(name, tie=bool(entity.key))

    def _check_related(self, entity: Entity, each: Order, word: str, embeds: Mapping[str, PlannedEmbed]) -> None:
        embed = embeds.get(word)
        if embed is None:
            raise BadRequest(
                f"'{word[:60]}' is not embedded by 'select'",
                code=NOT_EMBEDDED,
                hint=f"write 'select=*,{word[:40]}()' to order by it",
            )
        relation = entity.embeddable[embed.relation]
        if relation.cardinality is not Cardinality.one:
            raise BadRequest(
                f"'{word}' leads to many records, so nothing can be ordered by it",
                code=NO_RELATED_ORDER,
                hint=f"their own order is '{word}.order={each.field}'",
            )
        target = self._names.target(relation)
        self.filters.named(target, each.field, each.path, self._names.fields(target, self._who))


def _check_free(embed: PlannedEmbed, taken: set[str]) -> None:
    for name in embed.names():
        if name in taken:
            raise _twice(name, embed.name)


def _twice(shown: str, name: str) -> BadRequest:
    return BadRequest(f"'{shown}' stands twice in 'select'", hint=f"give one an alias: 'other:{name}(…)'")
