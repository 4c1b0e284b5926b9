"""The parts of a SELECT in SQL: which rows a plan means, in which order, and what of them a caller sees."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    literal,
    not_,
    or_,
    select,
    true,
)

from mainspring.access.conditions import Conditions, both, sql
from mainspring.context import Who
from mainspring.database.engine import Engine
from mainspring.database.expressions import JSON_TYPES, SortKey
from mainspring.database.types import Foreign
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Field, Relation
from mainspring.model.kinds import Enum, Json, Text
from mainspring.query.ask import JsonPath, Order
from mainspring.query.names import part_of
from mainspring.query.plan import (
    KEYS,
    SEARCH,
    Plan,
    PlannedColumn,
    PlannedCondition,
    PlannedExistence,
    PlannedGroup,
    PlannedPart,
)

Embedded = Mapping[str, tuple[Entity, FromClause]]
"""The to-one embeds of a SELECT, by the words that name them: what they lead to, and under which name it is joined."""


class Terms:
    """Makes the terms of statements.

    Args:
        catalog: The models.
        conditions: The rules.
        engine: Whose dialect is spoken.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, engine: Engine) -> None:
        self.catalog = catalog
        self.conditions = conditions
        self.engine = engine

    def entity(self, plan: Plan) -> Entity:
        """The table of a plan."""
        return self.catalog.entities[plan.entity]

    def where(self, plan: Plan, who: Who, source: FromClause) -> list[ColumnElement[bool]]:
        """Which rows of `source` a plan means, among those that the caller may read."""
        entity = self.entity(plan)
        visible = self.conditions.rows(entity, "read", who, source)
        return [*only(visible), *(self._must_hold(entity, part, who, source) for part in plan.where)]

    def _must_hold(self, entity: Entity, part: PlannedPart, who: Who, source: FromClause) -> ColumnElement[bool]:
        """A condition for which null is as good as false: what is found by its words needs no CASE, so an index leads to it."""
        if not isinstance(part, PlannedCondition) or part.operator != SEARCH or part.negated:
            return self._part(entity, part, who, source)
        seen = self.conditions.seen(entity, entity.fields[part.column], who, source)
        return and_(self._finds(entity, part, source), *only(seen))

    def sort_keys(self, plan: Plan, who: Who, source: FromClause, embedded: Embedded) -> list[SortKey]:
        """By what a plan wants them sorted."""
        here = (self.entity(plan), source)
        return [
            key
            for each in plan.order
            for key in self._sort_keys(each, who, *(here if each.embed is None else embedded[each.embed]))
        ]

    def order(self, plan: Plan, who: Who, source: FromClause, embedded: Embedded) -> list[ColumnElement[Any]]:
        """In which order a plan wants them."""
        return [key.ordered() for key in self.sort_keys(plan, who, source, embedded)]

    def visible_column(self, entity: Entity, field: Field, who: Who, source: FromClause) -> ColumnElement[Any]:
        """A column, null in the rows where the caller may not see it."""
        seen = self.conditions.seen(entity, field, who, source)
        column = source.c[field.name] if field.computed is None else field.computed.on(source)
        return column if seen is True else case((sql(seen), column))

    def comparable(self, column: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
        """What a column is compared and sorted by."""
        return self.engine.expressions.by_code_point(column) if _is_foreign_text(field) else column

    def part(self, column: ColumnElement[Any], path: JsonPath | None) -> ColumnElement[Any]:
        """The part of a column that a path leads to; null where it is not there, or is null in the JSON."""
        if path is None:
            return column
        part = self.engine.expressions.json_part(column, path.steps)
        return self.engine.expressions.json_text(part) if path.text else part

    def shown(self, each: PlannedColumn, entity: Entity, who: Who, source: FromClause) -> ColumnElement[Any]:
        """What is shown of a column: its part, or its bucket of time; null where the caller may not see it."""
        column = self.part(self.visible_column(entity, entity.readable[each.column], who, source), each.path)
        return column if each.bucket is None else self.engine.expressions.bucket(column, each.bucket)

    def link(self, entity: Entity, relation: Relation, who: Who, source: FromClause) -> ColumnElement[Any]:
        """What in `source`, the table of `entity`, leads to the one record of a to-one relation."""
        if relation.computed is None:
            return self.visible_column(entity, entity.fields[relation.local], who, source)
        assert relation.computed.first is not None, "a computed relation to one says which"
        target, first = self.catalog.entities[relation.target], relation.computed.first
        other = target.table.alias()
        order = Order(first.column, first.descending, first.nulls)
        visible = only(self.conditions.rows(target, "read", who, other))
        found = select(other.c[relation.remote]).where(self._linked(relation, who, source, other), *visible)
        keys = [key for each in (order, Order(relation.remote)) for key in self._sort_keys(each, who, target, other)]
        return found.order_by(*(key.ordered() for key in keys)).limit(1).correlate(source).scalar_subquery()

    def _linked(self, relation: Relation, who: Who, here: FromClause, there: FromClause) -> ColumnElement[bool]:
        """The condition of a computed relation, which holds where the caller sees all that it is made of."""
        assert relation.computed is not None, "only such a relation has one"
        source, target = (self.catalog.entities[name] for name in (relation.source, relation.target))
        seen = [self.conditions.seen(source, source.fields[name], who, here) for name in relation.computed.here]
        seen += [self.conditions.seen(target, target.fields[name], who, there) for name in relation.computed.there]
        return sql(both(relation.computed.on(here, there), *seen))

    def pointer(self, relation: Relation, who: Who, source: FromClause) -> tuple[FromClause, ColumnElement[Any]]:
        """The rows of a to-many relation, whose target is `source`, and the value in them that points to the record above."""
        if relation.computed:
            above = self.catalog.entities[relation.source].table.alias()
            return source.join(above, self._linked(relation, who, above, source)), above.c[relation.local]
        if relation.join:
            table, here, there = relation.join
            members = table.alias()
            join = self.catalog.entities.get(table.name)
            if join is None:
                return source.join(members, members.c[there] == source.c[relation.remote]), members.c[here]
            other, pointer = (self.visible_column(join, join.fields[name], who, members) for name in (there, here))
            visible = only(self.conditions.rows(join, "read", who, members))
            return source.join(members, and_(other == source.c[relation.remote], *visible)), pointer
        target = self.catalog.entities[relation.target]
        return source, self.visible_column(target, target.fields[relation.remote], who, source)

    def _part(self, entity: Entity, part: PlannedPart, who: Who, source: FromClause) -> ColumnElement[bool]:
        if isinstance(part, PlannedGroup):
            parts = [self._part(entity, each, who, source) for each in part.parts]
            whole = and_(true(), *parts) if part.word == "and" else or_(~true(), *parts)
        elif isinstance(part, PlannedExistence):
            whole = self._exists(entity, part, who, source)
        elif part.operator == KEYS:
            whole = self.engine.expressions.among([source.c[name] for name in entity.key], slot_name(part.slot))
        elif part.operator == SEARCH:
            whole = self._search(entity, part, who, source)
        else:
            field = entity.readable[part.column]
            column = self.part(self.visible_column(entity, field, who, source), part.path)
            whole = self._compare(part, column, part_of(field, part.path))
        return not_(whole) if part.negated else whole

    def _finds(self, entity: Entity, part: PlannedCondition, source: FromClause) -> ColumnElement[bool]:
        """The condition that words are found in a field, whoever sees it."""
        return self.engine.expressions.finds(entity.table, source, part.column, slot_name(part.slot), part.configuration)

    def _search(self, entity: Entity, part: PlannedCondition, who: Who, source: FromClause) -> ColumnElement[bool]:
        """The condition that words are found in what the caller sees of a field; null where that is null."""
        field = entity.fields[part.column]
        column = self.visible_column(entity, field, who, source)
        found = self._finds(entity, part, source)
        if not field.nullable and column is source.c[field.name]:
            return found
        return case((column.is_not(None), found))

    def _exists(self, entity: Entity, part: PlannedExistence, who: Who, source: FromClause) -> ColumnElement[bool]:
        relation = entity.embeddable[part.relation]
        other: FromClause = self.catalog.entities[relation.target].table.alias()
        if relation.cardinality is Cardinality.one:
            table, same = other, other.c[relation.remote] == self.link(entity, relation, who, source)
        elif relation.computed:
            table, same = other, self._linked(relation, who, source, other)
        else:
            table, pointer = self.pointer(relation, who, other)
            same = pointer == source.c[relation.local]
        return exists(select(literal(1)).select_from(table).where(same, *self.where(part.plan, who, other)).correlate(source))

    def _compare(self, part: PlannedCondition, column: ColumnElement[Any], field: Field) -> ColumnElement[bool]:
        say = self.engine.expressions
        if part.operator == "null":
            return column.is_(None)
        if isinstance(field.kind, Json):
            return self._compare_json(part, column)
        if part.operator in _SAME and _is_foreign_text(field):
            return say.same_text(column, lambda each: self._compare_value(part, each))
        return self._compare_value(part, self.comparable(column, field))

    def _compare_value(self, part: PlannedCondition, column: ColumnElement[Any]) -> ColumnElement[bool]:
        name, say = slot_name(part.slot), self.engine.expressions
        match part.operator:
            case "true" | "false":
                return column == (true() if part.operator == "true" else false())
            case "in":
                return say.among([column], name)
            case "like" | "ilike":
                return say.matches(column, name, sensitive=part.operator == "like")
            case "match" | "imatch":
                return say.matches_regex(column, name, sensitive=part.operator == "match")
            case "cs" | "cd" | "ov":
                return say.compares_lists(column, part.operator, name)
            case operator:
                value: BindParameter[Any] = bindparam(name)
                return _COMPARISONS[operator](column, value)

    def _compare_json(self, part: PlannedCondition, column: ColumnElement[Any]) -> ColumnElement[bool]:
        say, value = self.engine.expressions, bindparam(slot_name(part.slot), type_=String)
        if part.path is None:
            column = say.json_part(column, ())
        if part.operator == "cs":
            return say.json_contains(column, value)
        if part.operator == "cd":
            return say.json_contains(value, column)
        compare = _COMPARISONS[part.operator]
        if part.scalar == "number":
            return compare(say.json_number(column), bindparam(slot_name(part.slot)))
        if part.scalar == "string":
            return compare(case((say.json_type(column) == "string", say.json_text(column))), value)
        return compare(say.json_key(column), say.json_key(value))

    def _sort_keys(self, each: Order, who: Who, entity: Entity, source: FromClause) -> list[SortKey]:
        field = part_of(entity.readable[each.field], each.path)
        visible = self.visible_column(entity, entity.readable[each.field], who, source)
        column = self.part(visible, each.path)
        if not each.tie:
            column = self.comparable(column, field)
        is_json, hidden_in_some = isinstance(field.kind, Json), visible is not source.c.get(each.field)
        if not field.nullable and not hidden_in_some and not is_json and each.embed is None:
            return [SortKey(column, each.descending, None)]
        return [nullable_key(term, each) for term in (self._json_order(column, each.path) if is_json else [column])]

    def _json_order(self, column: ColumnElement[Any], path: JsonPath | None) -> list[ColumnElement[Any]]:
        """Texts come before numbers, booleans, lists and objects; lists are not told apart, nor are objects."""
        say = self.engine.expressions
        part = say.json_part(column, ()) if path is None else column
        type_ = say.json_type(part)
        ranks: dict[str, int] = {word: rank for rank, word in enumerate(JSON_TYPES)}
        return [case(ranks, value=type_), say.json_number(part), case((type_.in_(["string", "boolean"]), say.json_text(part)))]


_SAME = {"eq", "in"}


def _is_foreign_text(field: Field) -> bool:
    """Whether a column holds text in an order that others chose."""
    return isinstance(field.stored, Foreign) and isinstance(field.kind, (Text, Enum)) and field.computed is None


def nullable_key(column: ColumnElement[Any], order: Order) -> SortKey:
    """What sorts by a column that may be empty."""
    return SortKey(column, order.descending, order.nulls or ("first" if order.descending else "last"))


def only(condition: Any) -> list[ColumnElement[bool]]:
    """A condition of `access` as the parts of a WHERE: nothing where it holds for every row."""
    return [] if condition is True else [sql(condition)]


SLOT = "value_"
"""What the names of bound values of the question begin with."""


def slot_name(slot: int | None) -> str:
    """The name under which a slot's value is bound."""
    return f"{SLOT}{slot}"


_COMPARISONS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "neq": lambda column, value: column != value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "isdistinct": lambda column, value: column.is_distinct_from(value),
}
