"""Records as CSV (RFC 4180): a header, then one record a line.

Null is an empty cell and empty text is `""`, as PostgreSQL writes them. What has parts (JSON, lists, files, embeds) is JSON in
its cell. A text that a spreadsheet could take for a formula gets one `'` more, which reading takes off again.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from mainspring.query.encode.encoder import StreamEncoder
from mainspring.query.encode.json import JSON
from mainspring.query.statement import Record

FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""How a text begins that a spreadsheet could take for a formula, with what guards it already."""

NULL = "NULL"
"""A cell that PostgREST's clients write for null; as a text it stands in quotes."""

_QUOTED = re.compile(r'[",\r\n]|^\s|\s$')
_NEWLINE = "\r\n"


class CsvEncoder(StreamEncoder):
    """Writes a header and lines."""

    def begin(self) -> bytes:
        return (",".join(map(_text, self._names())) + _NEWLINE).encode()

    def rows(self, records: Sequence[Record]) -> bytes:
        names = self._names()
        return "".join(",".join([_cell(record.get(name)) for name in names]) + _NEWLINE for record in records).encode()

    def _names(self) -> list[str]:
        return list(self.shape.names())


def _cell(value: Any) -> str:
    if value is None:
        return ""  # null, or a field that the caller may not see in this record
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (msgspec.Raw, dict, list)):
        return _text(JSON.encode(value).decode())
    return str(value)


def _text(text: str) -> str:
    if FORMULA.match(text):
        text = f"'{text}"
    if not text or text == NULL or _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
