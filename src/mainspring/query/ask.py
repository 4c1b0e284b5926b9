"""What is asked, as plain data: names as the caller wrote them, nothing looked up yet."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on one field.

    Attributes:
        field: The field's name.
        operator: `eq neq gt gte lt lte in is like ilike`.
        value: What it is compared with. From a URL it is text; of `in`, a tuple. Else it is a Python value.
        negated: Whether it must not hold.
    """

    field: str
    operator: str
    value: Any
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all (`and`) or at least one (`or`) must hold."""

    word: Literal["and", "or"]
    parts: "tuple[Condition | Group, ...]"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """One field to sort by.

    Attributes:
        field: The field's name.
        descending: Whether the greatest comes first.
        nulls: Where empty ones come; None for the engine-independent default: last when ascending, first when descending.
    """

    field: str
    descending: bool = False
    nulls: Literal["first", "last"] | None = None


@dataclass(frozen=True, slots=True)
class Star:
    """`*`: every field that the caller may see."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field to show, under its name or an alias."""

    name: str
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Embed:
    """Related records to show inside of each record."""

    name: str
    alias: str | None
    select: "tuple[Star | Column | Embed, ...]"


Select = tuple[Star | Column | Embed, ...]
Where = tuple[Condition | Group, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about the records of one table.

    Attributes:
        select: What to show.
        where: Which records.
        order: In which order; the key decides between equals.
        limit: At most so many; None for the page size.
        offset: After so many.
    """

    select: Select = (Star(),)
    where: Where = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
