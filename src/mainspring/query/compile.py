"""From a `Plan` to SQL text, once for each shape of question and each authority.

Identifiers come from the catalog's columns and values are always bound: nothing that a caller wrote is ever part of the text.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from mainspring.access.conditions import Conditions, both, sql
from mainspring.access.stand_in import StandIn
from mainspring.context import Who
from mainspring.database.engine import Engine
from mainspring.database.sql import Compiled, compile_statement
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Field, Relation
from mainspring.query.ask import Order
from mainspring.query.plan import KEYS, Plan, PlannedCondition, PlannedEmbed, PlannedGroup
from mainspring.query.record import record_builder
from mainspring.query.statement import Operand, Shape, ShownColumn, Statement

PARENTS = "parents"
"""The name of a bound list of keys that is no value of the question: of the records above, or of those just written."""


class Compiler:
    """Makes statements.

    Args:
        catalog: The models.
        conditions: The rules.
        engine: Whose dialect is spoken.
        embed_rows: Most rows of one to-many embed; one more is fetched, so that too many can be told.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, engine: Engine, embed_rows: int) -> None:
        self.catalog = catalog
        self.conditions = conditions
        self.engine = engine
        self.embed_rows = embed_rows

    def records(self, plan: Plan, who: Who) -> Statement:
        """The statement that finds the records of a plan."""
        embeds = _Embeds(self, who)
        return self._finish(lambda caller: self._records(plan, caller, embeds), who, embeds)

    def count(self, plan: Plan, who: Who) -> Statement:
        """The statement that counts them."""

        def build(caller: Who) -> tuple[Select[Any], None]:
            source = self._entity(plan).table.alias("t0")
            return select(func.count()).select_from(source).where(*self._where(plan, caller, source)), None

        return self._finish(build, who)

    def keys(self, plan: Plan, action: Any, who: Who, *, limited: bool) -> Statement:
        """The statement that finds the keys of the records that the caller may read and `action`; `limited`, so many at most."""

        def build(caller: Who) -> tuple[Select[Any], None]:
            entity = self._entity(plan)
            source = entity.table.alias("t0")
            allowed = self.conditions.rows(entity, action, caller, source)
            query = select(*(source.c[name] for name in entity.key)).where(*self._where(plan, caller, source))
            query = query.where(*self._only(allowed)).order_by(*self._order(plan, caller, source))
            return query.limit(bindparam("limit")).offset(bindparam("offset")) if limited else query, None

        return self._finish(build, who)

    def check(self, entity: Entity, condition: Callable[[Who, FromClause], Any], who: Who) -> Statement:
        """The statement that counts, among the records with the bound keys, those that fulfil a condition of `access`."""

        def build(caller: Who) -> tuple[Select[Any], None]:
            source = entity.table.alias("t0")
            keys = self.engine.among([source.c[name] for name in entity.key], PARENTS)
            return select(func.count()).select_from(source).where(keys, *self._only(condition(caller, source))), None

        return self._finish(build, who)

    # -- the parts of a SELECT ---------------------------------------------------------------------------------------------------

    def _entity(self, plan: Plan) -> Entity:
        return self.catalog.entities[plan.entity]

    @staticmethod
    def _only(condition: Any) -> list[ColumnElement[bool]]:
        return [] if condition is True else [sql(condition)]

    def _records(self, plan: Plan, who: Who, embeds: "_Embeds") -> tuple[Select[Any], Shape]:
        build = _Build(self, who, embeds)
        source = self._entity(plan).table.alias(build.alias())
        shape = build.shape(plan, source)
        query = select(*build.columns).select_from(build.joined(source)).where(*self._where(plan, who, source))
        query = query.order_by(*self._order(plan, who, source))
        if plan.paged:
            query = query.limit(bindparam("limit")).offset(bindparam("offset"))
        return query, shape

    def embed(self, relation: Relation, plan: Plan, who: Who) -> Statement:
        """The statement that finds the related records of all parents at once."""
        embeds = _Embeds(self, who)

        def build(caller: Who) -> tuple[Select[Any], Shape]:
            parts = _Build(self, caller, embeds)
            source = self._entity(plan).table.alias(parts.alias())
            parent: ColumnElement[Any]
            joined: FromClause = source
            if relation.join:
                table, here, there = relation.join
                members = table.alias(parts.alias())
                joined, parent = source.join(members, members.c[there] == source.c[relation.remote]), members.c[here]
            else:
                target = self._entity(plan)
                parent = self.visible_column(target, target.fields[relation.remote], caller, source)
            parent_at = parts.add(parent)
            shape = replace(parts.shape(plan, source), parent_at=parent_at)
            query = select(*parts.columns).select_from(parts.joined(joined))
            query = query.where(self.engine.among([parent], PARENTS), *self._where(plan, caller, source))
            return query.order_by(*self._order(plan, caller, source)).limit(self.embed_rows + 1), shape

        return self._finish(build, who, embeds)

    def _where(self, plan: Plan, who: Who, source: FromClause) -> list[ColumnElement[bool]]:
        entity = self._entity(plan)
        visible = self.conditions.rows(entity, "read", who, source)
        return [*self._only(visible), *(self._part(entity, part, who, source) for part in plan.where)]

    def _part(self, entity: Entity, part: PlannedCondition | PlannedGroup, who: Who, source: FromClause) -> ColumnElement[bool]:
        if isinstance(part, PlannedGroup):
            parts = [self._part(entity, each, who, source) for each in part.parts]
            whole = and_(*parts) if part.word == "and" else or_(*parts)
        elif part.operator == KEYS:
            whole = self.engine.among([source.c[name] for name in entity.key], _slot(part))
        else:
            whole = self._compare(part, self.visible_column(entity, entity.fields[part.column], who, source))
        return not_(whole) if part.negated else whole

    def visible_column(self, entity: Entity, field: Field, who: Who, source: FromClause) -> ColumnElement[Any]:
        """A column, null in the rows where the caller may not see it."""
        seen = self.conditions.seen(entity, field, who, source)
        return source.c[field.name] if seen is True else case((sql(seen), source.c[field.name]))

    def _compare(self, part: PlannedCondition, column: ColumnElement[Any]) -> ColumnElement[bool]:
        match part.operator:
            case "null":
                return column.is_(None)
            case "true" | "false":
                return column == literal_column("1" if part.operator == "true" else "0")
            case "in":
                return self.engine.among([column], _slot(part))
            case "like" | "ilike":
                return self.engine.matches(column, _slot(part), sensitive=part.operator == "like")
            case operator:
                value: BindParameter[Any] = bindparam(_slot(part))
                return _COMPARISONS[operator](column, value)

    def _order(self, plan: Plan, who: Who, source: FromClause) -> list[ColumnElement[Any]]:
        entity = self._entity(plan)
        fields = [entity.fields[each.field] for each in plan.order]
        return [
            _sorted(self.visible_column(entity, field, who, source), field, each)
            for field, each in zip(fields, plan.order, strict=True)
        ]

    # -- from SQLAlchemy's statement to text and operands ------------------------------------------------------------------------

    def _finish(
        self, build: Callable[[Who], tuple[Select[Any], Shape | None]], who: Who, embeds: "_Embeds | None" = None
    ) -> Statement:
        """Compile twice, with stand-ins for the caller's id: what differs by nothing else serves every caller at any time."""
        first, second = StandIn(), StandIn()
        query, shape = build(_in_place_of(who, first))
        compiled = compile_statement(query, self.engine)
        again = compile_statement(build(_in_place_of(who, second))[0], self.engine)
        keepable = compiled.text == again.text and _same_but(compiled, again, first, second)
        if not keepable:  # a rule used the id, the time or a chance in some other way than as a bound value
            query, shape = build(who)
            compiled = compile_statement(query, self.engine)
        operands = tuple(self._operand(compiled, name, first) for name in compiled.names)
        keepable = keepable and (embeds is None or embeds.keepable)
        return Statement(compiled.text, operands, shape, record_builder(shape) if shape else None, keepable)

    def _operand(self, compiled: Compiled, name: str, stand_in: StandIn) -> Operand:
        if name == PARENTS:
            return lambda _values, _caller, parents: parents
        if name.startswith("value_"):
            slot = int(name.removeprefix("value_"))
            return lambda values, _caller, _parents: values[slot]
        if name in {"limit", "offset"}:
            back = -2 if name == "limit" else -1
            return lambda values, _caller, _parents: values[back]
        if compiled.constants[name] is stand_in:
            return lambda _values, caller, _parents: caller
        constant = compiled.driver_constant(name)
        return lambda _values, _caller, _parents: constant


class _Embeds:
    """The statements of the to-many embeds of one question, each made once however often the question itself is built."""

    def __init__(self, compiler: Compiler, who: Who) -> None:
        self._compiler = compiler
        self._who = who
        self._statements: dict[tuple[Relation, Plan], Statement] = {}

    def statement(self, relation: Relation, plan: Plan) -> Statement:
        """The statement of one embed."""
        found = self._statements.get((relation, plan))
        if found is None:
            found = self._statements[relation, plan] = self._compiler.embed(relation, plan, self._who)
        return found

    @property
    def keepable(self) -> bool:
        """Whether all of them serve every caller of the same authority."""
        return all(statement.keepable for statement in self._statements.values())


class _Build:
    """The columns and joins of one SELECT while they are gathered."""

    def __init__(self, compiler: Compiler, who: Who, embeds: _Embeds) -> None:
        self._compiler = compiler
        self._who = who
        self._embeds = embeds
        self._aliases = 0
        self._joins: list[tuple[FromClause, ColumnElement[bool]]] = []
        self.columns: list[ColumnElement[Any]] = []

    def alias(self) -> str:
        """A name for a table that no caller can choose."""
        self._aliases += 1
        return f"t{self._aliases - 1}"

    def add(self, column: ColumnElement[Any]) -> int:
        """Have a column selected; gives its place."""
        self.columns.append(column.label(f"c{len(self.columns)}"))
        return len(self.columns) - 1

    def joined(self, source: FromClause) -> FromClause:
        """`source` with the joins of the to-one embeds."""
        for target, condition in self._joins:
            source = source.outerjoin(target, condition)
        return source

    def shape(self, plan: Plan, source: FromClause) -> Shape:
        """Have everything selected that a plan shows; gives where it stands."""
        entity = self._compiler.catalog.entities[plan.entity]
        key_at = tuple(self.add(source.c[name]) for name in entity.key)
        columns = tuple(self._column(entity, each.shown, entity.fields[each.column], source) for each in plan.columns)
        ones: list[tuple[str, Shape]] = []
        manys: list[tuple[str, int, Statement]] = []
        for embed in plan.embeds:
            relation = entity.relations[embed.relation]
            if relation.cardinality is Cardinality.one:
                ones.append((embed.shown, self._one(entity, relation, embed, source)))
            else:
                local = self.add(source.c[relation.local])
                manys.append((embed.shown, local, self._embeds.statement(relation, embed.plan)))
        return Shape(entity, columns, key_at, tuple(ones), tuple(manys))

    def _column(self, entity: Entity, shown: str, field: Field, source: FromClause) -> ShownColumn:
        seen = self._compiler.conditions.seen(entity, field, self._who, source)
        if seen is True:
            return ShownColumn(shown, self.add(source.c[field.name]), field, None)
        at = self.add(self._compiler.visible_column(entity, field, self._who, source))
        return ShownColumn(shown, at, field, self.add(sql(seen)))

    def _one(self, entity: Entity, relation: Relation, embed: PlannedEmbed, source: FromClause) -> Shape:
        target = self._compiler.catalog.entities[relation.target]
        other = target.table.alias(self.alias())
        link = self._compiler.visible_column(entity, entity.fields[relation.local], self._who, source)
        visible = self._compiler.conditions.rows(target, "read", self._who, other)
        self._joins.append((other, sql(both(other.c[relation.remote] == link, visible))))
        return self.shape(embed.plan, other)


def _slot(part: PlannedCondition) -> str:
    return f"value_{part.slot}"


def _sorted(column: ColumnElement[Any], field: Field, each: Order) -> ColumnElement[Any]:
    ordered = column.desc() if each.descending else column.asc()
    if not field.nullable and each.nulls is None:
        return ordered  # so that an index on the column serves
    first = each.nulls == "first" if each.nulls else each.descending
    return ordered.nulls_first() if first else ordered.nulls_last()


_COMPARISONS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "neq": lambda column, value: column != value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
}


def _in_place_of(who: Who, stand_in: StandIn) -> Who:
    """The caller with a stand-in for their id, if they have one."""
    return who if who.id is None else replace(who, id=stand_in)


def _same_but(compiled: Compiled, again: Compiled, first: StandIn, second: StandIn) -> bool:
    """Whether two statements bind the same values, but for the stand-ins; a date may be another one tomorrow."""
    one, other = compiled.constants, again.constants
    return all(
        other[name] is second if value is first else value == other[name] and not isinstance(value, date)
        for name, value in one.items()
    )
