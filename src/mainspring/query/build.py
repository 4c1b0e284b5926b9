"""The columns and joins of one SELECT, while they are gathered from a plan."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label

from mainspring.access.conditions import both, sql
from mainspring.context import Who
from mainspring.model.entity import Cardinality, Entity, Relation
from mainspring.query.names import part_of
from mainspring.query.plan import Plan, PlannedColumn, PlannedEmbed
from mainspring.query.statement import Many, One, Shape, ShownColumn, Statement
from mainspring.query.terms import Terms

MakeStatement = Callable[[Relation, Plan], Statement]
"""Makes the statement of a to-many embed."""


class Build:
    """One SELECT.

    Args:
        terms: Makes the terms.
        who: Who asks.
        embed: Makes the statements of its to-many embeds.
    """

    def __init__(self, terms: Terms, who: Who, embed: MakeStatement) -> None:
        self._terms = terms
        self._who = who
        self._embed = embed
        self._aliases = 0
        self._joins: list[tuple[FromClause, ColumnElement[bool]]] = []
        self.columns: list[Label[Any]] = []
        self.embedded: dict[str, tuple[Entity, FromClause]] = {}

    def alias(self) -> str:
        """A name for a table that no caller can choose."""
        self._aliases += 1
        return f"t{self._aliases - 1}"

    def add(self, column: ColumnElement[Any]) -> int:
        """Have a column selected; gives its place."""
        self.columns.append(column.label(f"c{len(self.columns)}"))
        return len(self.columns) - 1

    def place(self, column: ColumnElement[Any]) -> int:
        """The place of a column, which is selected if it is not yet."""
        selected = (at for at, label in enumerate(self.columns) if label.element is column)
        at = next(selected, None)
        return self.add(column) if at is None else at

    def joined(self, source: FromClause) -> FromClause:
        """`source` with the joins of the to-one embeds."""
        for target, condition in self._joins:
            source = source.outerjoin(target, condition)
        return source

    def shape(self, plan: Plan, source: FromClause) -> Shape:
        """Have everything selected that a plan shows; gives where it stands. Its to-one embeds are then in `embedded`."""
        entity = self._terms.entity(plan)
        key_at = tuple(self.add(source.c[name]) for name in entity.key)
        columns = tuple(self._column(entity, each, source) for each in plan.columns)
        ones: list[One] = []
        manys: list[Many] = []
        embedded: dict[str, tuple[Entity, FromClause]] = {}
        for embed in plan.embeds:
            relation, spread = entity.relations[embed.relation], embed.form == "spread"
            if relation.cardinality is Cardinality.one:
                _, other = embedded[embed.name] = self._join(entity, relation, embed, source)
                if embed.form != "unshown":
                    ones.append(One(embed.name, spread, self.shape(embed.plan, other)))
            elif embed.form != "unshown":
                local = self.add(source.c[relation.local])
                manys.append(Many(embed.name, spread, local, self._embed(relation, embed.plan)))
        self.embedded = embedded
        return Shape(entity, columns, key_at, tuple(ones), tuple(manys))

    def _column(self, entity: Entity, each: PlannedColumn, source: FromClause) -> ShownColumn:
        field = entity.fields[each.column]
        at = self.add(self._terms.part(self._terms.visible_column(entity, field, self._who, source), each.path))
        seen = self._terms.conditions.seen(entity, field, self._who, source)
        return ShownColumn(each.shown, at, part_of(field, each.path), None if seen is True else self.add(sql(seen)))

    def _join(self, entity: Entity, relation: Relation, embed: PlannedEmbed, source: FromClause) -> tuple[Entity, FromClause]:
        target = self._terms.catalog.entities[relation.target]
        other = target.table.alias(self.alias())
        link = self._terms.visible_column(entity, entity.fields[relation.local], self._who, source)
        conditions = self._terms.where(embed.plan, self._who, other)
        self._joins.append((other, sql(both(other.c[relation.remote] == link, *conditions))))
        return target, other
