"""From a request's body to bare rows: names and values as the caller wrote them, nothing looked up yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from mainspring.errors import BadRequest
from mainspring.files.inbox import Incoming
from mainspring.model.kinds import is_list

MALFORMED = "PGRST102"

_decoder = msgspec.json.Decoder(float_hook=Decimal)  # a float would lose digits of a decimal


@dataclass(frozen=True, slots=True)
class Body:
    """What a body says.

    Attributes:
        rows: The records, by field.
        single: Whether it was one record, not a list.
        text: Whether the values are text to be read, as in a form.
        incoming: The files that came with it.
    """

    rows: Sequence[dict[str, Any]]
    single: bool
    text: bool = False
    incoming: tuple[Incoming, ...] = ()

    def release(self) -> None:
        """Let its files go, where the change will not be made."""
        for each in self.incoming:
            each.release()


def parse_json(body: bytes) -> Body:
    """The rows of a JSON object or a list of objects.

    Raises:
        BadRequest: It is not JSON, or not of that form (`PGRST102`).
    """
    try:
        value = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest("the body is no JSON", code=MALFORMED, details=str(error)) from None
    except (RecursionError, ArithmeticError):
        raise BadRequest("the body is no JSON that can be read here: too deep, or a number too large", code=MALFORMED) from None
    rows = value if is_list(value) else [value]
    if not all(isinstance(row, dict) for row in rows):
        raise BadRequest(
            "the body is no record", code=MALFORMED, hint='send an object such as {"title": "Summer"}, or a list of them'
        )
    return Body(rows, single=not is_list(value))


def choose_columns(body: Body, columns: Sequence[str], *, default: bool) -> Body:
    """The rows with the fields of `columns=` alone; a field that a row lacks is null, or with `default` left out."""
    rows = [{name: row.get(name) for name in columns if name in row or not default} for row in body.rows]
    return Body(rows, body.single, body.text, body.incoming)
