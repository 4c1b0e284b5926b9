"""Records as JSON. Decimals and 64-bit integers are numbers with all their digits, or text where that was asked for."""

from collections.abc import Sequence
from typing import Any, TypeGuard

import msgspec

from mainspring.model.kinds import is_list
from mainspring.query.encode.encoder import Encoder, write_integers_as_text
from mainspring.query.statement import Record

JSON = msgspec.json.Encoder(decimal_format="number")
JSON_WITH_TEXT = msgspec.json.Encoder(decimal_format="string")


def encode_json(value: Any) -> bytes:
    """The JSON of any value."""
    return JSON.encode(value)


class JsonEncoder(Encoder):
    """Writes a list of objects, or one object."""

    def one(self, record: Record) -> bytes:
        return self._encode([record], record)

    def page(self, records: Sequence[Record]) -> bytes:
        return self._encode(records, records)

    def _encode(self, records: Sequence[Record], value: Any) -> bytes:
        if not self.numbers_as_text:
            return JSON.encode(value)
        write_integers_as_text(records, self.shape)
        return JSON_WITH_TEXT.encode(value)


class StrippedEncoder(JsonEncoder):
    """Writes JSON without what is null, in embeds too; inside of a JSON field all stays."""

    def _encode(self, records: Sequence[Record], value: Any) -> bytes:
        if self.numbers_as_text:
            write_integers_as_text(records, self.shape)
        return (JSON_WITH_TEXT if self.numbers_as_text else JSON).encode(_stripped(value))


def _stripped(value: Any) -> Any:
    if is_list(value):
        return [_stripped(each) for each in value]
    if _is_record(value):
        return {name: _stripped(each) for name, each in value.items() if each is not None}
    return value


def _is_record(value: object) -> TypeGuard[Record]:
    return isinstance(value, dict)
