"""Records as NDJSON: one JSON object a line."""

from collections.abc import Sequence

from mainspring.query.encode.encoder import StreamEncoder, write_integers_as_text
from mainspring.query.encode.json import JSON, JSON_WITH_TEXT
from mainspring.query.statement import Record


class NdjsonEncoder(StreamEncoder):
    """Writes lines."""

    def begin(self) -> bytes:
        return b""

    def rows(self, records: Sequence[Record]) -> bytes:
        if not self.numbers_as_text:
            return JSON.encode_lines(records)
        write_integers_as_text(records, self.shape)
        return JSON_WITH_TEXT.encode_lines(records)
