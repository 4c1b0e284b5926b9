"""The columns and joins of one SELECT, while they are gathered from a plan."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label

from mainspring.access.conditions import sql
from mainspring.context import Who
from mainspring.model.entity import Cardinality, Entity, Relation
from mainspring.query.casts import cast_named
from mainspring.query.functions import shown_field
from mainspring.query.joins import Joins
from mainspring.query.plan import Plan, PlannedAggregate, PlannedColumn
from mainspring.query.statement import Many, One, Shape, ShownColumn, Statement
from mainspring.query.terms import Terms

MakeStatement = Callable[[Relation, Plan], Statement]
"""Makes the statement of a to-many embed."""


class Build(Joins):
    """One SELECT.

    Args:
        terms: Makes the terms.
        who: Who asks.
        embed: Makes the statements of its to-many embeds.
    """

    def __init__(self, terms: Terms, who: Who, embed: MakeStatement) -> None:
        super().__init__(terms, who)
        self._embed = embed
        self.columns: list[Label[Any]] = []
        self.embedded: dict[str, tuple[Entity, FromClause]] = {}

    def add(self, column: ColumnElement[Any]) -> int:
        """Have a column selected; gives its place."""
        self.columns.append(column.label(f"c{len(self.columns)}"))
        return len(self.columns) - 1

    def place(self, column: ColumnElement[Any]) -> int:
        """The place of a column, which is selected if it is not yet."""
        selected = (at for at, label in enumerate(self.columns) if label.element is column)
        at = next(selected, None)
        return self.add(column) if at is None else at

    def shape(self, plan: Plan, source: FromClause) -> Shape:
        """Have everything selected that a plan shows; gives where it stands. Its to-one embeds are then in `embedded`."""
        entity = self.terms.entity(plan)
        key_at = tuple(self.add(source.c[name]) for name in entity.key)
        columns = tuple(self._column(entity, each, source) for each in plan.columns)
        ones: list[One] = []
        manys: list[Many] = []
        embedded: dict[str, tuple[Entity, FromClause]] = {}
        for embed in plan.embeds:
            relation, spread = entity.embeddable[embed.relation], embed.form == "spread"
            if relation.cardinality is Cardinality.one:
                _, other = embedded[embed.name] = self.join(entity, relation, embed, source)
                if embed.form != "unshown":
                    ones.append(One(embed.name, spread, self.shape(embed.plan, other)))
            elif embed.form != "unshown":
                local = self.add(source.c[relation.local])
                manys.append(Many(embed.name, spread, local, self._embed(relation, embed.plan)))
        self.embedded = embedded
        return Shape(entity, columns, key_at, tuple(ones), tuple(manys))

    def _column(self, entity: Entity, each: PlannedColumn | PlannedAggregate, source: FromClause) -> ShownColumn:
        assert isinstance(each, PlannedColumn), "aggregates are selected by Groups"
        field = entity.readable[each.column]
        seen = self.terms.conditions.seen(entity, field, self.who, source)
        at = self.add(self.terms.shown(each, entity, self.who, source))
        seen_at = None if seen is True else self.add(sql(seen))
        return ShownColumn(each.shown, at, shown_field(each, field), seen_at, cast=cast_named(each.cast))
