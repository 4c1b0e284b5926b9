"""NDJSON: one JSON object a line. One line is one record."""

from mainspring.change.decode.json import decode_value
from mainspring.change.parse import MALFORMED, Body
from mainspring.errors import BadRequest
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity


def decode(body: bytes, _entity: Entity, _catalog: Catalog) -> Body:
    """The rows of lines of JSON objects; empty lines are passed over.

    Raises:
        BadRequest: A line is no JSON object (`PGRST102`).
    """
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    rows = [decode_value(line, f"line {number} of the body") for number, line in lines]
    wrong = next((number for (number, _), row in zip(lines, rows, strict=True) if not isinstance(row, dict)), None)
    if wrong is not None:
        raise BadRequest(f"line {wrong} of the body is no record", code=MALFORMED, hint='write {"title": "Summer"}')
    return Body(rows, single=len(rows) == 1, lines=[number for number, _ in lines])
