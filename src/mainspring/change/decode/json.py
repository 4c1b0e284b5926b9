"""JSON: an object, or a list of objects."""

from decimal import Decimal
from typing import Any

import msgspec

from mainspring.change.parse import MALFORMED, Body
from mainspring.errors import BadRequest
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity
from mainspring.model.kinds import is_list

_decoder = msgspec.json.Decoder(float_hook=Decimal)  # a float would lose digits of a decimal


def decode(body: bytes, _entity: Entity, _catalog: Catalog) -> Body:
    """The rows of a JSON object or a list of objects.

    Raises:
        BadRequest: It is not JSON, or not of that form (`PGRST102`).
    """
    value = decode_value(body, "the body")
    rows = value if is_list(value) else [value]
    if not all(isinstance(row, dict) for row in rows):
        raise BadRequest(
            "the body is no record", code=MALFORMED, hint='send an object such as {"title": "Summer"}, or a list of them'
        )
    return Body(rows, single=not is_list(value))


def decode_value(text: bytes, what: str) -> Any:
    """The value that JSON stands for.

    Raises:
        BadRequest: It is none; the message says that of `what`.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"{what} is no JSON", code=MALFORMED, details=str(error)) from None
    except (RecursionError, ArithmeticError):
        raise BadRequest(f"{what} is no JSON that can be read here: too deep, or a number too large", code=MALFORMED) from None
