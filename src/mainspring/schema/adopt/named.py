"""Tables with Python names: what a file of models says, before it is text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mainspring.schema.adopt.kinds import FieldKind, field_kind
from mainspring.schema.adopt.names import attribute_name, class_name, member_name, several
from mainspring.schema.adopt.read import FoundColumn, FoundLink, FoundTable


@dataclass(frozen=True, slots=True)
class NamedColumn:
    """A column and its field; `kind` is None where no field holds its values."""

    attribute: str
    column: FoundColumn
    kind: FieldKind | None
    enum: str | None


@dataclass(frozen=True, slots=True)
class NamedRelation:
    """A relation.

    Attributes:
        attribute: Its name.
        target: The class that it leads to.
        many: Whether it leads to many.
        on: Of a relation to one, the fields that it goes by.
        to: The other's fields where those are not its key.
        nullable: Whether it may lead nowhere.
        back: The name of the relation that looks back.
        join: The class of the table between the two, where it is many-to-many.
    """

    attribute: str
    target: str
    many: bool
    back: str
    on: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    nullable: bool = False
    join: str | None = None


@dataclass(slots=True)
class NamedTable:
    """A table and its class."""

    name: str
    table: FoundTable
    columns: list[NamedColumn] = field(default_factory=list[NamedColumn])
    relations: list[NamedRelation] = field(default_factory=list[NamedRelation])
    enums: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    taken: set[str] = field(default_factory=set[str])

    def attributes(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The fields of columns."""
        names = {each.column.name: each.attribute for each in self.columns if each.kind is not None}
        return tuple(names[column] for column in columns if column in names)

    def places(self, columns: Sequence[str]) -> list[int]:
        """Where columns stand in the table."""
        return [place for place, each in enumerate(self.table.columns) if each.name in columns]

    def take(self, *words: str) -> str:
        """The first of these names that is free, for a relation."""
        free = next((word for word in words if word not in self.taken and attribute_name(word, ()) == word), None)
        name = free or attribute_name(words[-1], self.taken)
        self.taken.add(name)
        return name


def name_tables(tables: Sequence[FoundTable]) -> list[NamedTable]:
    """The tables with a class for each, a field for each column, and relations for the foreign keys."""
    named: dict[str, NamedTable] = {}
    classes: set[str] = set()
    for table in tables:
        if all(field_kind(table, column) is None for column in table.columns):
            continue  # a record of it would hold nothing
        name = class_name(table.name, classes)
        classes.add(name)
        named[table.name] = NamedTable(name, table)
    shared: dict[str, str] = {}
    for each in named.values():
        _name_columns(each, classes, shared)
    for each in named.values():
        for link in sorted(each.table.links, key=lambda link: each.places(link.columns)):
            _name_link(each, link, named)
    for each in named.values():
        _name_members(each, named)
    return list(named.values())


def _name_columns(named: NamedTable, classes: set[str], shared: dict[str, str]) -> None:
    for column in named.table.columns:
        kind = field_kind(named.table, column)
        attribute = attribute_name(column.name, named.taken)
        named.taken |= {attribute, column.name}  # a relation is not to have a column's name on the wire either
        enum = None if kind is None or not kind.members else _name_enum(named, column.name, kind, classes, shared)
        named.columns.append(NamedColumn(attribute, column, kind, enum))
    lost = next((each.column.name for each in named.columns if each.kind is None and each.column.name in named.table.key), None)
    if lost is not None:
        only_read = f"Its key has the column {lost}, which no field holds, so it can only be read."
        named.table = replace(named.table, key=(), only_read=only_read)


def _name_enum(named: NamedTable, column: str, kind: FieldKind, classes: set[str], shared: dict[str, str]) -> str:
    """The class of an enum, which stands before the first table that has it."""
    if kind.name in shared:
        return shared[kind.name]
    enum = class_name(kind.name or f"{named.name}_{column}", classes)
    classes.add(enum)
    if kind.name:
        shared[kind.name] = enum
    members: dict[str, str] = {}
    for text in kind.members:
        members[member_name(text, members)] = text
    named.enums[enum] = members
    return enum


def _name_link(named: NamedTable, link: FoundLink, others: Mapping[str, NamedTable]) -> None:
    target = others.get(link.target)
    on = named.attributes(link.columns)
    if target is None or not target.table.key or len(on) != len(link.columns) or len(on) != 1:
        return
    to = target.attributes(link.target_columns)
    if len(to) != len(on):
        return
    siblings = [each for each in named.table.links if each.target == link.target]
    one = named.take(_without_key(on[0]), f"{on[0]}_{attribute_name(target.name, ())}")
    many = several(named.name)
    back = target.take(many, f"{many}_by_{one}") if len(siblings) == 1 else target.take(f"{many}_by_{one}")
    columns = {each.name: each for each in named.table.columns}
    nullable = any(columns[name].nullable for name in link.columns)
    is_key = link.target_columns == target.table.key
    named.relations.append(NamedRelation(one, target.name, False, back, on, () if is_key else to, nullable))
    target.relations.append(NamedRelation(back, named.name, True, one))


def _name_members(join: NamedTable, others: Mapping[str, NamedTable]) -> None:
    """Where the key is exactly two foreign keys to two tables, these are related many-to-many."""
    links = [each for each in join.table.links if set(each.columns) <= set(join.table.key)]
    sides = [others.get(each.target) for each in links]
    whole = len(links) == 2 and sorted(name for each in links for name in each.columns) == sorted(join.table.key)
    if not whole or len({each.target for each in join.table.links}) != len(join.table.links):
        return
    first, second = sides
    if first is None or second is None or any(len(each.columns) != 1 for each in links):
        return
    through = several(join.name)
    names = [
        here.take(several(there.name), f"{several(there.name)}_by_{through}")
        for here, there in ((first, second), (second, first))
    ]
    first.relations.append(NamedRelation(names[0], second.name, True, names[1], join=join.name))
    second.relations.append(NamedRelation(names[1], first.name, True, names[0], join=join.name))


def _without_key(attribute: str) -> str:
    """The name of a relation, from that of the field that it goes by."""
    for ending in ("_id", "_key", "_code", "_no", "_number"):
        if attribute.endswith(ending) and len(attribute) > len(ending):
            return attribute.removesuffix(ending)
    return attribute
