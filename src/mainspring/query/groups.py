"""The SELECT of a plan with aggregates: inside the rows that the caller may see, outside their groups and what they come to."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Double, FromClause, Select, and_, case, cast, func, literal_column, select

from mainspring.context import Who
from mainspring.model.entity import Cardinality, Entity
from mainspring.model.kinds import Float
from mainspring.query.arguments import argument_of
from mainspring.query.ask import JsonPath
from mainspring.query.casts import cast_named
from mainspring.query.functions import COUNT, result_of, shown_field
from mainspring.query.joins import Joins
from mainspring.query.names import part_of
from mainspring.query.plan import Plan, PlannedAggregate, PlannedColumn
from mainspring.query.results import PARTS, TENTHS
from mainspring.query.statement import One, Result, Shape, ShownColumn
from mainspring.query.terms import Terms, nullable_key

Outer = Callable[[FromClause], ColumnElement[Any]]
"""A column of the outer SELECT, from the inner one."""

_ONE: ColumnElement[int] = literal_column("1")


class Groups(Joins):
    """One SELECT of groups. What is hidden from the caller is left out or null inside, before anything is counted.

    Args:
        terms: Makes the terms.
        who: Who asks.
    """

    def __init__(self, terms: Terms, who: Who) -> None:
        super().__init__(terms, who)
        self._inner: list[ColumnElement[Any]] = []
        self._arguments: dict[tuple[FromClause, str | None, JsonPath | None, str | None], str] = {}
        self._ranked: dict[str, None] = {}
        self._groups: list[str] = []
        self._outer: list[Outer] = []
        self._orders: dict[tuple[str | None, str], Outer] = {}

    def group(self, column: ColumnElement[Any]) -> int:
        """Have rows that differ in a column be in different groups; gives its place."""
        name = self._take(column)
        self._groups.append(name)
        return self._show(lambda rows: rows.c[name])

    def shape(self, plan: Plan, source: FromClause) -> Shape:
        """Have everything selected that a plan shows; gives where it stands."""
        columns, ones = self._shown(plan, source, None)
        counts = _counts(plan)
        empty = {each.shown: _empty(each) if each.shown in counts else None for each in columns} if plan.single else None
        return Shape(self.terms.entity(plan), tuple(columns), (), tuple(ones), (), empty=empty)

    def query(self, source: FromClause, conditions: Sequence[ColumnElement[bool]]) -> tuple[Select[Any], FromClause]:
        """The SELECT, and the rows in it."""
        rows = self._rows(source, conditions)
        query = select(*(make(rows).label(f"c{at}") for at, make in enumerate(self._outer))).select_from(rows)
        return query.group_by(*(rows.c[name] for name in self._groups)), rows

    def number(self, source: FromClause, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
        """The SELECT of the number of groups."""
        if not self._groups:
            return select(_ONE)
        rows = self._rows(source, conditions)
        groups = select(_ONE.label("one")).select_from(rows).group_by(*(rows.c[name] for name in self._groups))
        return select(func.count()).select_from(groups.subquery())

    def order(self, plan: Plan, rows: FromClause) -> list[ColumnElement[Any]]:
        """In which order a plan wants them; what they are grouped by decides between equals."""
        wanted = [nullable_key(self._orders[each.embed, each.field](rows), each).ordered() for each in plan.order]
        return [*wanted, *(rows.c[name].asc().nulls_last() for name in self._groups)]

    # -- inside ------------------------------------------------------------------------------------------------------------------

    def _take(self, column: ColumnElement[Any]) -> str:
        name = f"r{len(self._inner)}"
        self._inner.append(column.label(name))
        return name

    def _argument(self, entity: Entity, each: PlannedAggregate, source: FromClause) -> str:
        key = (source, each.column, each.path, each.taken)
        if key not in self._arguments:
            if each.column is None:  # a record that is spread into the group is counted where it is there
                column: ColumnElement[Any] = source.c[entity.key[0]] if entity.key else _ONE
            else:
                field = part_of(entity.readable[each.column], each.path)
                column = self._compared(PlannedColumn(each.shown, each.column, each.path), entity, source)
                make = argument_of(field.kind, each.taken).make
                column = column if make is None else make(self.terms.engine.expressions, column, field.stored)
            self._arguments[key] = self._take(column)
        return self._arguments[key]

    def _compared(self, each: PlannedColumn, entity: Entity, source: FromClause) -> ColumnElement[Any]:
        """What is shown of a column, as it is compared with others."""
        field = shown_field(each, entity.readable[each.column])
        return self.terms.comparable(self.terms.shown(each, entity, self.who, source), field)

    def _rows(self, source: FromClause, conditions: Sequence[ColumnElement[bool]]) -> FromClause:
        inner = self._inner or [_ONE.label("one")]
        rows = select(*inner).select_from(self.joined(source)).where(*conditions).subquery()
        if not self._ranked:
            return rows
        groups = [rows.c[name] for name in self._groups]
        ranks = [func.row_number().over(partition_by=groups, order_by=_nulls_last(rows.c[name])) for name in self._ranked]
        numbers = [func.count(rows.c[name]).over(partition_by=groups) for name in self._ranked]
        named = [rank.label(_rank(name)) for name, rank in zip(self._ranked, ranks, strict=True)]
        named += [number.label(_number(name)) for name, number in zip(self._ranked, numbers, strict=True)]
        return select(*rows.c, *named).subquery()

    # -- outside -----------------------------------------------------------------------------------------------------------------

    def _show(self, make: Outer) -> int:
        self._outer.append(make)
        return len(self._outer) - 1

    def _shown(self, plan: Plan, source: FromClause, word: str | None) -> tuple[list[ShownColumn], list[One]]:
        """What a level shows, with what is spread into it; `word` names the embed that it is, for the order."""
        entity = self.terms.entity(plan)
        columns, ones = [self._column(entity, each, source, word) for each in plan.columns], list[One]()
        for embed in plan.embeds:
            relation = entity.embeddable[embed.relation]
            if relation.cardinality is not Cardinality.one or embed.form == "unshown":
                continue
            target, other = self.join(entity, relation, embed, source)
            if embed.form == "spread":
                spread, more = self._shown(embed.plan, other, word)
                columns, ones = columns + spread, ones + more
            else:
                there = self.group(case((other.c[relation.remote].is_not(None), _ONE)))
                inner, more = self._shown(embed.plan, other, embed.name if word is None else f"{word}.{embed.name}")
                ones.append(One(embed.name, False, Shape(target, tuple(inner), (there,), tuple(more), ())))
        return columns, ones

    def _column(
        self, entity: Entity, each: PlannedColumn | PlannedAggregate, source: FromClause, word: str | None
    ) -> ShownColumn:
        if isinstance(each, PlannedAggregate):
            return self._aggregate(entity, each, source, word)
        field = entity.readable[each.column]
        at = self.group(self._compared(each, entity, source))
        self._orders[word, each.shown] = self._outer[at]
        return ShownColumn(each.shown, at, shown_field(each, field), None, cast=cast_named(each.cast))

    def _aggregate(self, entity: Entity, each: PlannedAggregate, source: FromClause, word: str | None) -> ShownColumn:
        plain = part_of(entity.readable[each.column or next(iter(entity.key or entity.fields))], each.path)
        argument = argument_of(plain.kind, each.taken)
        field = argument.field(plain)
        name = self._argument(entity, each, source)
        if each.function in TENTHS:
            self._ranked[name] = None
        make = self._parts(name, isinstance(field.kind, Float), TENTHS.get(each.function, 0))
        places = tuple(self._show(make[part]) for part in PARTS.get(each.function, (each.function,)))
        first = self._outer[places[0]]
        # A sum may have any number of digits: as a float it is near enough to be ordered by.
        self._orders[word, each.shown] = (lambda rows: cast(first(rows), Double)) if each.function == "sum" else first
        result = Result(each.function, field, places) if each.function in PARTS else None
        cast_last, cast_first = cast_named(each.cast), argument.shown_as(each.function)
        cast_to = cast_last if cast_first is None else cast_first.then(cast_last)
        return ShownColumn(each.shown, places[0], result_of(field, each.function), None, result, cast_to)

    def _parts(self, name: str, floats: bool, tenths: int) -> dict[str, Outer]:
        """What an aggregate may be made of, from the inner column of its argument."""
        say = self.terms.engine.expressions
        return {
            "count": lambda rows: func.count(rows.c[name]),
            "min": lambda rows: func.min(rows.c[name]),
            "max": lambda rows: func.max(rows.c[name]),
            "sum": lambda rows: say.exact_sum(rows.c[name], squares=False, floats=floats),
            "squares": lambda rows: say.exact_sum(rows.c[name], squares=True, floats=floats),
            "lower": lambda rows: func.max(case((_below(rows, name, tenths), rows.c[name]))),
            "upper": lambda rows: func.max(case((_above(rows, name, tenths), rows.c[name]))),
        }


def _empty(column: ShownColumn) -> Any:
    """What a number of records is shown as where there are none."""
    return 0 if column.cast is None else column.cast.convert(0)


def _counts(plan: Plan) -> list[str]:
    """The names of what is 0, not null, where there are no rows."""
    own = [each.shown for each in plan.columns if isinstance(each, PlannedAggregate) and each.function == COUNT]
    return own + [name for embed in plan.embeds if embed.form == "spread" for name in _counts(embed.plan)]


def _rank(name: str) -> str:
    """The name of the place that a row has in its group, from 1, by a column."""
    return f"{name}_rank"


def _number(name: str) -> str:
    """The name of the number of rows in its group that have a value there."""
    return f"{name}_number"


def _nulls_last(column: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [column.is_(None), column]


def _below(rows: FromClause, name: str, tenths: int) -> ColumnElement[bool]:
    """Whether a row is the last one whose place is not beyond a percentile."""
    place, behind = 10 * (rows.c[_rank(name)] - 1), tenths * (rows.c[_number(name)] - 1)
    return and_(place <= behind, behind < place + 10)


def _above(rows: FromClause, name: str, tenths: int) -> ColumnElement[bool]:
    """Whether a row is the first one whose place is not before it."""
    place, behind = 10 * (rows.c[_rank(name)] - 1), tenths * (rows.c[_number(name)] - 1)
    return and_(place >= behind, behind > place - 10)
