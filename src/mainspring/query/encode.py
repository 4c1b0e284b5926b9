"""From records to bytes. Decimals and 64-bit integers go out as JSON numbers with all their digits."""

from typing import Any

import msgspec

JSON = msgspec.json.Encoder(decimal_format="number")


def encode_json(value: Any) -> bytes:
    """The JSON of records, or of one."""
    return JSON.encode(value)
