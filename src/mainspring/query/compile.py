"""From a `Plan` to SQL text, once for each shape of question and each authority.

Identifiers come from the catalog's columns and values are always bound: nothing that a caller wrote is ever part of the text.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import FromClause, Integer, Select, bindparam, func, select

from mainspring.access.conditions import Conditions
from mainspring.access.stand_in import StandIn
from mainspring.context import Who
from mainspring.database.expressions import Part, numbered_part
from mainspring.database.sql import Compiled, compile_statement
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity, Relation
from mainspring.query.build import Build
from mainspring.query.groups import Groups
from mainspring.query.plan import Plan, Window
from mainspring.query.record import record_builder
from mainspring.query.sorting import comes_after
from mainspring.query.statement import Operand, Shape, Statement
from mainspring.query.terms import SLOT, Terms, only, slot_name
from mainspring.query.values import Values

PARENTS = "parents"
"""The name of a bound list of keys that is no value of the question: of the records above, or of those just written."""


class Compiler:
    """Makes statements.

    Args:
        catalog: The models.
        conditions: The rules.
        values: Of the engine whose dialect is spoken.
        embed_rows: Most rows of one to-many embed; one more is fetched, so that too many can be told.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, values: Values, embed_rows: int) -> None:
        self._values, self._engine = values, values.engine
        self._conditions = conditions
        self._terms = Terms(catalog, conditions, values.engine)
        self._embed_rows = embed_rows

    def records(self, plan: Plan, who: Who) -> Statement:
        """The statement that finds the records of a plan."""
        embeds = _Embeds(self, who)

        def build(caller: Who) -> tuple[Select[Any], Shape]:
            if plan.grouped:
                return self._groups(plan, caller)
            parts = Build(self._terms, caller, embeds.statement)
            source = self._terms.entity(plan).table.alias(parts.alias())
            shape = parts.shape(plan, source)
            keys = self._terms.sort_keys(plan, caller, source, parts.embedded)
            version_at = None if shape.entity.adopted else parts.place(source.c["version"])
            shape = replace(shape, order_at=tuple(parts.place(key.column) for key in keys), version_at=version_at)
            query = select(*parts.columns).select_from(parts.joined(source)).where(*self._terms.where(plan, caller, source))
            if plan.after is not None:
                query = query.where(comes_after(keys, [None if slot is None else slot_name(slot) for slot in plan.after]))
            query = query.order_by(*(key.ordered() for key in keys))
            return _part(query, plan.window), shape

        return self._finish(build, who, embeds)

    def count(self, plan: Plan, who: Who) -> Statement:
        """The statement that counts them, or their groups."""

        def build(caller: Who) -> tuple[Select[Any], None]:
            if plan.grouped:
                groups = Groups(self._terms, caller)
                source = self._terms.entity(plan).table.alias(groups.alias())
                groups.shape(plan, source)
                return groups.number(source, self._terms.where(plan, caller, source)), None
            source = self._terms.entity(plan).table.alias("t0")
            return select(func.count()).select_from(source).where(*self._terms.where(plan, caller, source)), None

        return self._finish(build, who)

    def keys(self, plan: Plan, action: Any, who: Who) -> Statement:
        """The statement that finds the keys of the records that the caller may read and `action`, as many as the plan takes."""
        embeds = _Embeds(self, who)

        def build(caller: Who) -> tuple[Select[Any], None]:
            entity = self._terms.entity(plan)
            parts = Build(self._terms, caller, embeds.statement)
            source = entity.table.alias(parts.alias())
            parts.shape(plan, source)
            allowed = self._conditions.rows(entity, action, caller, source)
            query = select(*(source.c[name] for name in entity.key)).select_from(parts.joined(source))
            query = query.where(*self._terms.where(plan, caller, source), *only(allowed))
            return _part(query.order_by(*self._terms.order(plan, caller, source, parts.embedded)), plan.window), None

        return self._finish(build, who)

    def check(self, entity: Entity, columns: Sequence[str], condition: Callable[[Who, FromClause], Any], who: Who) -> Statement:
        """The statement that counts, among the records whose columns hold what is bound, those that fulfil a condition."""

        def build(caller: Who) -> tuple[Select[Any], None]:
            source = entity.table.alias("t0")
            keys = self._engine.expressions.among([source.c[name] for name in columns], PARENTS)
            return select(func.count()).select_from(source).where(keys, *only(condition(caller, source))), None

        return self._finish(build, who)

    def embed(self, relation: Relation, plan: Plan, who: Who) -> Statement:
        """The statement that finds the related records of all parents at once."""
        embeds = _Embeds(self, who)

        def build(caller: Who) -> tuple[Select[Any], Shape]:
            if plan.grouped:
                return self._embedded_groups(relation, plan, caller)
            parts = Build(self._terms, caller, embeds.statement)
            source = self._terms.entity(plan).table.alias(parts.alias())
            table, parent = self._terms.pointer(relation, caller, source)
            parent_at = parts.add(parent)
            shape = replace(parts.shape(plan, source), parent_at=parent_at)
            say, keys = self._engine.expressions, self._terms.sort_keys(plan, caller, source, parts.embedded)
            query = select(*parts.columns).select_from(parts.joined(table)).where(*self._terms.where(plan, caller, source))
            if plan.window:
                query = say.part_of_each(query, parent, PARENTS, keys, _places(plan.window))
            else:
                query = query.where(say.among([parent], PARENTS)).order_by(*(key.ordered() for key in keys))
            return query.limit(self._embed_rows + 1), shape

        return self._finish(build, who, embeds)

    def _groups(self, plan: Plan, who: Who) -> tuple[Select[Any], Shape]:
        groups = Groups(self._terms, who)
        source = self._terms.entity(plan).table.alias(groups.alias())
        shape = groups.shape(plan, source)
        query, rows = groups.query(source, self._terms.where(plan, who, source))
        return _part(query.order_by(*groups.order(plan, rows)), plan.window), shape

    def _embedded_groups(self, relation: Relation, plan: Plan, who: Who) -> tuple[Select[Any], Shape]:
        groups = Groups(self._terms, who)
        source = self._terms.entity(plan).table.alias(groups.alias())
        table, parent = self._terms.pointer(relation, who, source)
        parent_at = groups.group(parent)
        shape = replace(groups.shape(plan, source), parent_at=parent_at)
        among = self._engine.expressions.among([parent], PARENTS)
        query, rows = groups.query(table, [among, *self._terms.where(plan, who, source)])
        order = groups.order(plan, rows)
        query = numbered_part(query, rows.c[0], order, _places(plan.window)) if plan.window else query.order_by(*order)
        return query.limit(self._embed_rows + 1), shape

    # -- from SQLAlchemy's statement to text and operands ------------------------------------------------------------------------

    def _finish(
        self, build: Callable[[Who], tuple[Select[Any], Shape | None]], who: Who, embeds: "_Embeds | None" = None
    ) -> Statement:
        """Compile twice, with stand-ins for the caller's id: what differs by nothing else serves every caller at any time."""
        first, second = StandIn(), StandIn()
        query, shape = build(_in_place_of(who, first))
        compiled = compile_statement(query, self._engine)
        again = compile_statement(build(_in_place_of(who, second))[0], self._engine)
        keepable = compiled.text == again.text and _same_but(compiled, again, first, second)
        if not keepable:  # a rule used the id, the time or a chance in some other way than as a bound value
            query, shape = build(who)
            compiled = compile_statement(query, self._engine)
        operands = tuple(self._operand(compiled, name, first) for name in compiled.names)
        keepable = keepable and (embeds is None or embeds.keepable)
        return Statement(compiled.text, operands, shape, record_builder(shape, self._values) if shape else None, keepable)

    def _operand(self, compiled: Compiled, name: str, stand_in: StandIn) -> Operand:
        if name == PARENTS:
            return lambda _values, _caller, parents: parents
        if name.startswith(SLOT):
            slot = int(name.removeprefix(SLOT))
            return lambda values, _caller, _parents: values[slot]
        if compiled.constants[name] is stand_in:
            bind = compiled.processors[name]
            return lambda _values, caller, _parents: bind(caller)
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


def _part(query: Select[Any], window: Window | None) -> Select[Any]:
    """The part of the rows that a window shows."""
    if window is None:
        return query
    return query.limit(bindparam(slot_name(window.limit))).offset(bindparam(slot_name(window.offset)))


def _places(window: Window) -> Part:
    """What a window shows of the rows of each parent."""
    return Part(*(bindparam(slot_name(slot), type_=Integer) for slot in (window.limit, window.offset)))


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
