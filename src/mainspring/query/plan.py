"""What is planned, as plain data: every name is looked up, values are taken out, and there is no SQL and no dialect in it.

Questions that differ only in values have equal plans, so what is compiled from one serves them all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from mainspring.errors import BadRequest
from mainspring.model.entity import Field
from mainspring.query.ask import JsonPath, Order

TOO_COMPLEX = "54000"
SEARCH = "search"
"""The operator of a full-text condition, whichever syntax it was written in."""
KEYS = "keys"
"""The operator of a condition that no caller can write: the record's key is one of a list of keys."""


@dataclass(frozen=True, slots=True)
class PlannedCondition:
    """A condition whose column is known.

    Attributes:
        column: The column's name; empty for `KEYS`.
        operator: An operator of the grammar, `null`, `true`, `false`, or `KEYS`.
        slot: Where its value stands among the values; None where it has none.
        negated: Whether it must not hold.
        path: The part of the column that it is on; None for all of it.
        scalar: Of JSON that is greater or less, whether numbers or texts are compared; else None.
        configuration: Of full-text search, how words are compared; None for as they stand.
    """

    column: str
    operator: str
    slot: int | None
    negated: bool
    path: JsonPath | None = None
    scalar: Literal["number", "string"] | None = None
    configuration: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """Conditions of which all or at least one must hold."""

    word: Literal["and", "or"]
    parts: "tuple[PlannedPart, ...]"
    negated: bool


@dataclass(frozen=True, slots=True)
class PlannedExistence:
    """The condition that there are related records that the caller may see.

    Attributes:
        relation: The relation that leads to them.
        plan: Which of them; it shows nothing.
        negated: Whether there must be none.
    """

    relation: str
    plan: "Plan"
    negated: bool


PlannedPart = PlannedCondition | PlannedGroup | PlannedExistence


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """A column to show.

    Attributes:
        shown: Its name in the answer.
        column: Its name in the table.
        path: The part of it; None for all of it.
        bucket: The bucket of time that is shown of it; None for all of it.
        cast: The type that it is shown as; None for its own.
    """

    shown: str
    column: str
    path: JsonPath | None = None
    bucket: str | None = None
    cast: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedAggregate:
    """An aggregate to show.

    Attributes:
        shown: Its name in the answer.
        function: Its function.
        column: The column whose values it is of; None for the number of records.
        path: The part of the column; None for all of it.
        cast: The type that it is shown as; None for its own.
        taken: The type that the values are taken as; None for their own.
    """

    shown: str
    function: str
    column: str | None
    path: JsonPath | None = None
    cast: str | None = None
    taken: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedEmbed:
    """Related records.

    Attributes:
        name: The word by which the question names them.
        relation: The relation that leads to them.
        plan: Which of them, and what to show of them.
        form: Whether they are shown as an object or list, spread into the record, or only used by conditions and order.
    """

    name: str
    relation: str
    plan: "Plan"
    form: Literal["object", "spread", "unshown"] = "object"

    def names(self) -> tuple[str, ...]:
        """The names that it adds to the record."""
        return {"object": (self.name,), "spread": tuple(self.plan.names()), "unshown": ()}[self.form]


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the records that are found, by the slots of its values."""

    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A question about one table, with all names looked up.

    Attributes:
        entity: The table.
        columns: What to show of its own.
        embeds: Related records.
        where: Which records.
        order: In which order, the key last; of groups, by the names of what they show.
        window: Which part of them; of an embed, for each record above. None for all.
        after: Only what comes after a record in that order: the slot of its value for each term, None where that is null.
        grouped: Whether records are taken together: it, or a record that is spread into it, shows aggregates.
    """

    entity: str
    columns: tuple[PlannedColumn | PlannedAggregate, ...]
    embeds: tuple[PlannedEmbed, ...]
    where: tuple[PlannedPart, ...]
    order: tuple[Order, ...]
    window: Window | None
    after: tuple[int | None, ...] | None = None
    grouped: bool = False

    @property
    def single(self) -> bool:
        """Whether it shows aggregates and nothing else: one record for all that are found, however few."""
        own = self.grouped and not any(isinstance(column, PlannedColumn) for column in self.columns)
        return own and all(embed.form == "unshown" or (embed.form == "spread" and embed.plan.single) for embed in self.embeds)

    def names(self) -> Iterator[str]:
        """The names of what it shows, in their order."""
        yield from (column.shown for column in self.columns)
        for embed in self.embeds:
            yield from embed.names()


@dataclass(frozen=True, slots=True)
class Value:
    """What fills a slot.

    Attributes:
        form: `plain`, `list`, a pattern for `like` or `ilike`, a `regex`, or a `search` with its configuration.
        value: The Python value; of a list, the list of them.
        field: The field whose kind binds it; None where it is a driver value already.
    """

    form: Literal["plain", "list", "like", "ilike", "regex", "search"]
    value: Any
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the values that fill its slots.

    Attributes:
        plan: The plan.
        values: The values.
        divisible: Whether each step of it is short; see `Database.answer`.
    """

    plan: Plan
    values: tuple[Value, ...]
    divisible: bool = True


def too_much(what: str, count: int, limit: int) -> BadRequest:
    """The refusal of a question that is over a limit of the settings."""
    return BadRequest(f"{count} {what} are too many; at most {limit} are taken", code=TOO_COMPLEX)
