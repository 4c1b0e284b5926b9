"""What `compile` makes: SQL text, what fills its places, and where in its rows stands what."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mainspring.context import Who
from mainspring.model.entity import Entity, Field
from mainspring.model.kinds import Kind
from mainspring.query.casts import Cast

Row = tuple[Any, ...]
Record = dict[str, Any]
Children = dict[int, dict[Any, list[Record]]]
"""For each to-many embed, by the place of the value that its rows point to: the records by that value."""

Operand = Callable[[Sequence[Any], UUID | None, Any], Any]
"""What fills one place of a statement, from the question's values, the caller's id and the parents' keys."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownColumn:
    """Where a shown column stands in a row.

    Attributes:
        shown: Its name in the answer.
        at: Its place.
        field: What it is.
        seen_at: The place of the flag that says whether the caller may see it in this row; None where they always may.
        result: What is made of several places; None where the value stands at `at`.
        cast: As which other type it is shown; None for its own.
    """

    shown: str
    at: int
    field: Field
    seen_at: int | None
    result: "Result | None" = None
    cast: Cast | None = None

    @property
    def kind(self) -> Kind:
        """What its values are in the answer."""
        return self.field.kind if self.cast is None else self.cast.kind


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """An aggregate that is made of parts.

    Attributes:
        function: The aggregate.
        argument: The field whose values it is of.
        parts_at: The places of its parts.
    """

    function: str
    argument: Field
    parts_at: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class One:
    """A to-one embed in the same row.

    Attributes:
        name: The word by which the question names it.
        spread: Whether its values stand in the record itself.
        shape: Where it stands; it is there where its key is not null.
    """

    name: str
    spread: bool
    shape: "Shape"


@dataclass(frozen=True, slots=True, eq=False)
class Many:
    """A to-many embed, which has a statement of its own.

    Attributes:
        name: The word by which the question names it.
        spread: Whether lists of its values stand in the record itself.
        at: The place of the value that its rows point to.
        statement: Finds it for all records above at once.
    """

    name: str
    spread: bool
    at: int
    statement: "Statement"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How rows become records.

    Attributes:
        entity: The table.
        columns: Its shown columns.
        key_at: The places of its key.
        ones: Its to-one embeds.
        manys: Its to-many embeds.
        parent_at: In the statement of a to-many embed, the place of the value that points to the record above; else None.
        order_at: In the statement of a page, the places of what it is sorted by.
        version_at: In the statement of a page, the place of the record's version; None where records have none.
        empty: What stands for no rows: the record of aggregates alone; None where no rows make no record.
    """

    entity: Entity
    columns: tuple[ShownColumn, ...]
    key_at: tuple[int, ...]
    ones: tuple[One, ...]
    manys: tuple[Many, ...]
    parent_at: int | None = None
    order_at: tuple[int, ...] = ()
    version_at: int | None = None
    empty: Record | None = None

    def names(self) -> Iterator[str]:
        """The names of what a record may hold."""
        yield from (column.shown for column in self.columns)
        for one in self.ones:
            yield from one.shape.names() if one.spread else (one.name,)
        for many in self.manys:
            yield from shape_of(many.statement).names() if many.spread else (many.name,)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """SQL text and what fills its places.

    Attributes:
        sql: The text.
        operands: What fills its places, in order.
        shape: Where what is shown stands in its rows; None where it finds no records.
        build: Makes the record of a row; None where it finds no records.
        keepable: Whether it serves every caller of the same authority.
    """

    sql: str
    operands: tuple[Operand, ...]
    shape: Shape | None
    build: "Callable[[Row, Children], Record] | None"
    keepable: bool

    def bind(self, values: Sequence[Any], who: Who, parents: Any = None) -> list[Any]:
        """The driver values for one execution."""
        return [operand(values, who.id, parents) for operand in self.operands]


def shape_of(statement: Statement) -> Shape:
    """The shape of a statement that finds records."""
    assert statement.shape is not None, "a statement that finds records has a shape"
    return statement.shape
