"""A row whose values are known to fit, and the codes of what is wrong with one that does not."""

from dataclasses import dataclass, field
from typing import Any

UNKNOWN_FIELD = "PGRST204"
NOT_WRITABLE = "42501"
SERVER_OWNED = "428C9"
NEEDED = "23502"
DUPLICATE_FIELD = "42701"
WRONG_FORM = "22P02"
NOT_NESTED = "0A000"
MISSING_PARENT = "23503"


@dataclass(frozen=True, slots=True)
class Increment:
    """What is added to a number.

    Attributes:
        by: How much, a Python value.
        least: The least that the number may be before, so that it is in its range after.
        most: The most that it may be.
    """

    by: Any
    least: Any
    most: Any


@dataclass(slots=True)
class Checked:
    """A row whose values are known to fit.

    Attributes:
        values: Python values by column.
        members: Keys (Python values) of related records by many-to-many relation.
        written: The columns that the caller wrote; the others have their defaults.
        at: Where it stands in the body, as a JSON Pointer.
        related: The new records that stand in it, by relation.
        increments: What is added to numbers, by column.
    """

    values: dict[str, Any]
    members: dict[str, list[Any]]
    written: frozenset[str] = frozenset()
    at: str = ""
    related: "dict[str, list[Checked]]" = field(default_factory=dict[str, "list[Checked]"])
    increments: dict[str, Increment] = field(default_factory=dict[str, Increment])

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not (self.values or self.members or self.increments)
