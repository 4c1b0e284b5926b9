"""A form (`application/x-www-form-urlencoded`): one record. An empty field is null where it may be."""

from urllib.parse import parse_qsl

from mainspring.change.parse import MALFORMED, Body
from mainspring.errors import BadRequest, Fault, pointer_to
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity

FIELDS = 1_000
"""Most fields of one form."""


def decode(body: bytes, _entity: Entity, _catalog: Catalog) -> Body:
    """The one row of a form.

    Raises:
        BadRequest: It cannot be read (`PGRST102`), or a field stands twice in it (`42701`).
    """
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError:  # too many fields, or no UTF-8
        raise BadRequest("the body is no form that can be read", code=MALFORMED) from None
    row: dict[str, str] = {}
    faults: list[Fault] = []
    for name, value in pairs:
        if name in row:
            faults.append(Fault(pointer_to("", name[:100]), "42701", f"'{name[:100]}' is written twice"))
        row[name] = value
    if faults:
        raise BadRequest(f"{faults[0].pointer}: {faults[0].message}", code=faults[0].code, faults=faults[:100])
    return Body([row], single=True, text=True, blank_is_null=True)
