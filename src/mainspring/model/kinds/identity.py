"""UUIDs, and the making of new ones that sort by the time they were made."""

import secrets
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mainspring.database import types
from mainspring.database.types import Stored
from mainspring.model.kinds.kind import EQUALITY, ORDER, WRONG_TYPE, Kind, Refused


def uuid7() -> UUID:
    """A new UUID of version 7 (RFC 9562, 5.7): 48 bits of milliseconds since 1970, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1)


@dataclass(frozen=True)
class Uuid(Kind):
    """A UUID, shown in its canonical 36 characters."""

    name = "UUID"
    operators = EQUALITY | ORDER

    @property
    def stored(self) -> Stored:
        return types.Uuid()

    def validate(self, value: Any) -> UUID:
        if isinstance(value, UUID):
            return value
        if isinstance(value, str) and len(value) in {32, 36}:
            try:
                return UUID(value)
            except ValueError:
                pass  # answered below, as for every other text
        raise Refused(WRONG_TYPE, "expected a UUID such as '019ab5c1-7c7e-7000-8000-2f6c0a1b3d4e'")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}
