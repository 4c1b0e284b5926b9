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


@dataclass(slots=True)
class Checked:
    """A row whose values are known to fit.

    Attributes:
        values: Python values by column.
        members: Keys (Python values) of related records by many-to-many relation.
        written: The columns that the caller wrote; the others have their defaults.
        at: Where it stands in the body, as a JSON Pointer.
        related: The new records that stand in it, by relation.
    """

    values: dict[str, Any]
    members: dict[str, list[Any]]
    written: frozenset[str] = frozenset()
    at: str = ""
    related: "dict[str, list[Checked]]" = field(default_factory=dict[str, "list[Checked]"])
