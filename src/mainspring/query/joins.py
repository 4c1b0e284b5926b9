"""The tables of one SELECT, while they are gathered from a plan."""

from sqlalchemy import ColumnElement, FromClause

from mainspring.access.conditions import both, sql
from mainspring.context import Who
from mainspring.model.entity import Entity, Relation
from mainspring.query.plan import PlannedEmbed
from mainspring.query.terms import Terms


class Joins:
    """The tables of one SELECT.

    Args:
        terms: Makes the terms.
        who: Who asks.
    """

    def __init__(self, terms: Terms, who: Who) -> None:
        self.terms = terms
        self.who = who
        self._aliases = 0
        self._joins: list[tuple[FromClause, ColumnElement[bool]]] = []

    def alias(self) -> str:
        """A name for a table that no caller can choose."""
        self._aliases += 1
        return f"t{self._aliases - 1}"

    def join(self, entity: Entity, relation: Relation, embed: PlannedEmbed, source: FromClause) -> tuple[Entity, FromClause]:
        """Have the one record of a to-one embed joined, where the caller may see it; gives its table, and under which name."""
        target = self.terms.catalog.entities[relation.target]
        other = target.table.alias(self.alias())
        link = self.terms.link(entity, relation, self.who, source)
        conditions = self.terms.where(embed.plan, self.who, other)
        self._joins.append((other, sql(both(other.c[relation.remote] == link, *conditions))))
        return target, other

    def joined(self, source: FromClause) -> FromClause:
        """`source` with the joins of the to-one embeds."""
        for target, condition in self._joins:
            source = source.outerjoin(target, condition)
        return source
