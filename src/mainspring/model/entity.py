"""What the rest of the house sees of a model: plain, frozen descriptions without behaviour of their own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from sqlalchemy import ColumnElement, FromClause, PrimaryKeyConstraint, Table, UniqueConstraint

from mainspring.database.types import Stored
from mainspring.model.expression import Location
from mainspring.model.field import OnDelete
from mainspring.model.kinds.kind import Kind
from mainspring.model.rules import Access, Rule

OWN_PREFIX = "mainspring_"
"""Tables of ours, such as sessions, begin with this; no address leads to them."""


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """What a field is computed of.

    Attributes:
        on: Gives its expression over the columns of the table under some name.
        uses: The fields whose rules hold for it too.
    """

    on: Callable[[FromClause], ColumnElement[Any]]
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A column of a model.

    Attributes:
        name: The column's name, in the database and on the wire.
        attribute: Its name in Python, which differs for some columns of adopted tables.
        kind: What its values are.
        stored: What the column holds.
        nullable: Whether it may be null.
        default: The value where none is given: `UNSET`, `me`, `by_database`, a value, or a function that makes one.
        key: Whether it is (part of) the key.
        unique: Whether no two rows agree in it.
        index: Whether it has an index of its own.
        server_owned: Whether no caller writes it: a counted key, `created_at`, `updated_at`, `version`, a generated column.
        private: Whether it never leaves the server.
        search: Whether full-text search looks into it.
        read: Who may see it.
        write: Who may write it.
        was: Its former name, or None.
        relation: The name of the `one()` whose column it is, or None.
        location: Where it was declared.
        computed: What it is computed of; None for a column of the table.
    """

    name: str
    attribute: str
    kind: Kind
    stored: Stored
    nullable: bool
    default: Any
    key: bool
    unique: bool
    index: bool
    server_owned: bool
    private: bool
    search: bool
    read: Rule
    write: Rule
    was: str | None
    relation: str | None
    location: Location
    computed: Computed | None = None


@dataclass(frozen=True, slots=True)
class First:
    """By what one of several records is chosen; the key decides between equals.

    Attributes:
        column: The column's name.
        descending: Whether the greatest is chosen.
        nulls: Whether an empty one comes first or last; None for the same as in questions.
    """

    column: str
    descending: bool
    nulls: Literal["first", "last"] | None


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """By what a computed relation leads from one table to another.

    Attributes:
        on: Gives the condition over the two tables, each under some name.
        here: The fields of the source whose rules hold for it.
        there: The fields of the target whose rules hold for it.
        first: Which of several records it leads to; None for all of them.
    """

    on: Callable[[FromClause, FromClause], ColumnElement[bool]]
    here: tuple[str, ...]
    there: tuple[str, ...]
    first: First | None


class Cardinality(Enum):
    """How many records a relation leads to, and where its link stands."""

    one = "one"  # a column here holds the other's key
    many = "many"  # a column there holds this one's key
    members = "members"  # a join table holds both


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A relation of a model.

    Attributes:
        name: Its name in the model and on the wire.
        cardinality: How many records it leads to.
        source: The table that it belongs to.
        target: The table that it leads to.
        local: The column here that it joins on; of a computed one to many, this one's key.
        remote: The column there that it joins on; of a computed one, the other's key.
        join: For `members`, the join table and its columns for this and the other side; else None.
        back: The name of the relation of the target that looks back, or None.
        on_delete: For `one`, what happens to this record when the other goes; else None.
        location: Where it was declared.
        computed: By what it leads there where no column does, or None.
    """

    name: str
    cardinality: Cardinality
    source: str
    target: str
    local: str
    remote: str
    join: tuple[Table, str, str] | None
    back: str | None
    on_delete: OnDelete | None
    location: Location
    computed: Link | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """A model as the rest of the house sees it.

    Attributes:
        name: The table's name, in the database and on the wire.
        singular: The class's name in snake_case.
        model: The model's class.
        table: Its SQLAlchemy table.
        key: The names of its key's columns; empty for an adopted table that has none, which can only be read.
        fields: Its columns by name, in the order in which they are shown.
        readable: Its columns and what is computed of them, by name.
        relations: Its relations by name.
        embeddable: Its relations and those that are computed, by name.
        access: Who may do what with its records.
        location: Where it was declared.
        adopted: Whether the table was there before, and has no more columns than the model says.
    """

    name: str
    singular: str
    model: type
    table: Table
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    readable: Mapping[str, Field]
    relations: Mapping[str, Relation]
    embeddable: Mapping[str, Relation]
    access: Access
    location: Location
    adopted: bool

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of the model: of its actions and of its fields."""
        access = self.access
        of_fields = (rule for field in self.readable.values() for rule in (field.read, field.write))
        return (access.read, access.create, access.update, access.delete, *of_fields)

    @property
    def addressable(self) -> bool:
        """Whether an address can lead to it at all."""
        return not self.name.startswith(OWN_PREFIX)


def is_unique(entity: Entity, columns: Iterable[str]) -> bool:
    """Whether no two records can agree in all these columns: they are the key, or have a unique constraint together."""
    wanted = set(columns)
    return any(
        {column.name for column in each.columns} == wanted
        for each in entity.table.constraints
        if isinstance(each, (PrimaryKeyConstraint, UniqueConstraint))
    )
