"""What `compile` makes: SQL text, what fills its places, and where in its rows stands what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mainspring.context import Who
from mainspring.model.entity import Entity, Field

Row = tuple[Any, ...]
Record = dict[str, Any]
Children = dict[int, dict[Any, list[Record]]]
"""For each to-many embed, by the place of the value that its rows point to: the records by that value."""

Operand = Callable[[Sequence[Any], str | None, Any], Any]
"""What fills one place of a statement, from the question's values, the caller's id and the parents' keys."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownColumn:
    """Where a shown column stands in a row.

    Attributes:
        shown: Its name in the answer.
        at: Its place.
        field: What it is.
        seen_at: The place of the flag that says whether the caller may see it in this row; None where they always may.
    """

    shown: str
    at: int
    field: Field
    seen_at: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How rows become records.

    Attributes:
        entity: The table.
        columns: Its shown columns.
        key_at: The places of its key.
        ones: To-one embeds: name and shape; one is there where its key is not null.
        manys: To-many embeds: name, the place of the value that their rows point to, and their statement.
        parent_at: In the statement of a to-many embed, the place of the value that points to the record above; else None.
    """

    entity: Entity
    columns: tuple[ShownColumn, ...]
    key_at: tuple[int, ...]
    ones: "tuple[tuple[str, Shape], ...]"
    manys: "tuple[tuple[str, int, Statement], ...]"
    parent_at: int | None = None


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
        caller = None if who.id is None else str(who.id)
        return [operand(values, caller, parents) for operand in self.operands]
