"""Bytes, as Base64 on the wire."""

from base64 import b64decode
from binascii import Error
from dataclasses import dataclass
from typing import Any

from mainspring.database import types
from mainspring.database.types import Stored
from mainspring.model.kinds.kind import EQUALITY, WRONG_TYPE, Kind, Refused


@dataclass(frozen=True)
class Bytes(Kind):
    """Bytes."""

    name = "bytes"
    operators = EQUALITY
    form = "bytes"

    @property
    def stored(self) -> Stored:
        return types.Bytes()

    def validate(self, value: Any) -> bytes:
        if isinstance(value, bytes):
            return value
        if isinstance(value, str):
            try:
                return b64decode(value, validate=True)
            except (Error, ValueError):
                pass  # answered below, as for every other text
        raise Refused(WRONG_TYPE, "expected bytes in Base64, such as 'AP8='")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "contentEncoding": "base64"}
