"""New records with the new records that stand in them: those that they link to before, those that link to them after.

All are in the one transaction of the change, and each passes every check that it would pass alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mainspring.change.apply import Applier
from mainspring.change.checked import Checked
from mainspring.context import Who
from mainspring.database.engine import Connection
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Relation
from mainspring.query.record import key_parts
from mainspring.query.values import Values


class Inserter:
    """Makes records with what stands in them.

    Args:
        catalog: The models.
        applier: Makes the records of one table.
        values: Converts their keys.
    """

    def __init__(self, catalog: Catalog, applier: Applier, values: Values) -> None:
        self._catalog = catalog
        self._applier = applier
        self._values = values

    def insert(self, connection: Connection, entity: Entity, rows: Sequence[Checked], who: Who) -> list[Any]:
        """Make records; gives their keys, as `Applier.insert`, which tells what is refused."""
        for relation in _written(entity, rows):
            if relation.cardinality is not Cardinality.many:
                rows = self._linked(connection, relation, rows, who)
        keys = self._applier.insert(connection, entity, rows, who)
        for relation in _written(entity, rows):
            if relation.cardinality is Cardinality.many:
                links = self._links(entity, relation.local, rows, keys)
                children = [
                    _with_link(child, relation.remote, link)
                    for row, link in zip(rows, links, strict=True)
                    for child in row.related.get(relation.name, ())
                ]
                self.insert(connection, self._catalog.entities[relation.target], children, who)
        return keys

    def _linked(self, connection: Connection, relation: Relation, rows: Sequence[Checked], who: Who) -> list[Checked]:
        """The rows with links to what stands in them, which is made."""
        target = self._catalog.entities[relation.target]
        new = [each for row in rows for each in row.related.get(relation.name, ())]
        links = iter(self._links(target, relation.remote, new, self.insert(connection, target, new, who)))
        return [_with_links(row, relation, [next(links) for _ in row.related.get(relation.name, ())]) for row in rows]

    def _links(self, entity: Entity, column: str, rows: Sequence[Checked], keys: Sequence[Any]) -> list[Any]:
        """What links to new records hold: Python values of a column."""
        if column not in entity.key:
            return [row.values[column] for row in rows]
        at, field = entity.key.index(column), entity.fields[column]
        return [self._values.load(field, key_parts(key)[at]) for key in keys]


def number_of_records(rows: Sequence[Checked]) -> int:
    """How many records rows stand for, with those that stand in them."""
    return len(rows) + sum(number_of_records(each) for row in rows for each in row.related.values())


def _written(entity: Entity, rows: Sequence[Checked]) -> list[Relation]:
    """The relations by which new records stand in some of the rows."""
    names = {name for row in rows for name, related in row.related.items() if related}
    return [relation for relation in entity.relations.values() if relation.name in names]


def _with_links(row: Checked, relation: Relation, links: Sequence[Any]) -> Checked:
    if not links:
        return row
    if relation.cardinality is Cardinality.one:
        return _with_link(row, relation.local, links[0])
    return replace(row, members=row.members | {relation.name: [*row.members.get(relation.name, ()), *links]})


def _with_link(row: Checked, column: str, link: Any) -> Checked:
    return replace(row, values=row.values | {column: link}, written=row.written | {column})
