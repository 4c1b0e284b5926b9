"""What is asked, as plain data: names as the caller wrote them, nothing looked up yet."""

from dataclasses import dataclass
from typing import Any, Literal

NOT_EMBEDDED = "PGRST108"
"""The code of a condition, order or limit on what `select` does not embed."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """Which part of a JSON field is meant.

    Attributes:
        steps: Keys of objects and places in lists, from the outside in; a place below 0 counts from the end.
        text: Whether it is read as text (`->>`), not as JSON (`->`).
    """

    steps: tuple[str | int, ...]
    text: bool

    @property
    def key(self) -> str | None:
        """The last key, under which the part is shown; None where there are only places in lists."""
        return next((step for step in reversed(self.steps) if isinstance(step, str)), None)

    def __str__(self) -> str:
        arrows = ["->"] * (len(self.steps) - 1) + ["->>" if self.text else "->"]
        return "".join(f"{arrow}{step}" for arrow, step in zip(arrows, self.steps, strict=True))


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on one field.

    Attributes:
        field: The field's name.
        operator: `eq neq gt gte lt lte in is isdistinct like ilike match imatch cs cd ov fts plfts phfts wfts`.
        value: What it is compared with. From a URL it is text, and of `in` and with a quantifier, a tuple of texts.
            Else it is a Python value; of `cs cd ov` on a list, a tuple.
        negated: Whether it must not hold.
        quantifier: Whether it must hold for `any` or for `all` of several values; None where there is one.
        path: The part of the field that it is on; None for all of it.
        configuration: Of full-text search, how words are compared; None for as they stand.
    """

    field: str
    operator: str
    value: Any
    negated: bool = False
    quantifier: Literal["any", "all"] | None = None
    path: JsonPath | None = None
    configuration: str | None = None


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
        embed: The to-one embed whose field it is, by the word it is shown under; None for a field of the record itself.
        path: The part of the field to sort by; None for all of it.
        tie: Whether it only decides between equals, in whichever order an index has.
    """

    field: str
    descending: bool = False
    nulls: Literal["first", "last"] | None = None
    embed: str | None = None
    path: JsonPath | None = None
    tie: bool = False


@dataclass(frozen=True, slots=True)
class Star:
    """`*`: every field that the caller may see."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field to show, or a part of it, under its name or an alias, perhaps as another type."""

    name: str
    alias: str | None = None
    path: JsonPath | None = None
    cast: str | None = None

    @property
    def shown(self) -> str:
        """The word under which it is shown."""
        return self.alias or (self.path and self.path.key) or self.name


@dataclass(frozen=True, slots=True)
class Function:
    """Something made of a field: an aggregate of its values in many records, or the bucket of time that it is in.

    Beside an aggregate, what else is selected tells which records are taken together.

    Attributes:
        name: `count sum avg min max median p90 stddev variance`, or `year quarter month week day hour`.
        field: The field's name; None for the number of records.
        alias: The name in the answer; None for `name`.
        path: The part of the field that it is of; None for all of it.
        cast: The type that it is shown as; None for its own.
        taken: The type that an aggregate takes the values as; None for their own.
    """

    name: str
    field: str | None = None
    alias: str | None = None
    path: JsonPath | None = None
    cast: str | None = None
    taken: str | None = None

    @property
    def shown(self) -> str:
        """The name in the answer."""
        return self.alias or self.name


@dataclass(frozen=True, slots=True)
class Embed:
    """Related records to show inside of each record.

    Attributes:
        name: The relation, the target's table, or the column that links to it.
        alias: The name in the answer; None for `name`.
        select: What to show of them; where it is empty they are not shown, and serve conditions and order only.
        hint: Which of several relations is meant: its name, its column, its foreign key or its join table.
        inner: Whether records that have none of them are left out.
        spread: Whether what is shown stands in the record itself: the values of one, lists of the values of many.
        where: Which of them.
        order: In which order.
        limit: At most so many for each record; None for all.
        offset: After so many.
    """

    name: str
    alias: str | None
    select: "tuple[Star | Column | Function | Embed, ...]"
    hint: str | None = None
    inner: bool = False
    spread: bool = False
    where: "tuple[Condition | Group, ...]" = ()
    order: "tuple[Order, ...]" = ()
    limit: int | None = None
    offset: int = 0

    @property
    def shown(self) -> str:
        """The word under which it is shown, and by which conditions and order on it name it."""
        return self.alias or self.name


Select = tuple[Star | Column | Function | Embed, ...]
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
