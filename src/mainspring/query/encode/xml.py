"""Records as XML: `<albums><album><id>1</id>…</album></albums>`, or the record's element alone.

Null is `xsi:nil="true"`; a list is its elements, `<item>` for texts and the class in snake_case for records; a file is its parts;
JSON is JSON as text. `markup` says what happens to characters and names that XML cannot hold.
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from mainspring.markup import BASE64, DECLARATION, NAMESPACE, fits, null, tag, text_element
from mainspring.model.kinds import FileKind, Kind, ListOfText
from mainspring.query.encode.encoder import Encoder
from mainspring.query.statement import Record, Shape, shape_of

ITEM = "item"
"""The element of a text in a list, and of a key in a many-to-many field."""

Write = Callable[[Any], str]


class XmlEncoder(Encoder):
    """Writes a document whose root is the table, or the record."""

    def one(self, record: Record) -> bytes:
        return (DECLARATION + record_writer(self.shape, tag(self.shape.entity.singular), NAMESPACE)(record)).encode()

    def page(self, records: Sequence[Record]) -> bytes:
        root = tag(self.shape.entity.name)
        write = record_writer(self.shape, tag(self.shape.entity.singular))
        return "".join([DECLARATION, f"<{root}{NAMESPACE}>", *map(write, records), f"</{root}>"]).encode()


def record_writer(shape: Shape, element: str, attributes: str = "") -> Write:
    """A function that writes the element of one record."""
    writers = {name: make(tag(name)) for name, make in _makers(shape).items()}

    def write(record: Any) -> str:
        if record is None:
            return null(element)
        inside = "".join([writers[name](value) for name, value in record.items()])
        return f"<{element}{attributes}>{inside}</{element}>"

    return write


def _makers(shape: Shape) -> dict[str, Callable[[str], Write]]:
    """For each name in a record, what makes the function that writes it, given its element."""
    makers: dict[str, Callable[[str], Write]] = {column.shown: partial(value_writer, column.kind) for column in shape.columns}
    for one in shape.ones:
        makers |= _makers(one.shape) if one.spread else {one.name: partial(record_writer, one.shape)}
    for many in shape.manys:
        inner = shape_of(many.statement)
        if many.spread:
            makers |= {name: partial(_list_writer, make(ITEM)) for name, make in _makers(inner).items()}
        else:
            makers[many.name] = partial(_list_writer, record_writer(inner, tag(inner.entity.singular)))
    return makers


def _list_writer(write: Write, element: str) -> Write:
    return lambda items: null(element) if items is None else _list(element, write, items)


def value_writer(kind: Kind, element: str) -> Write:
    """A function that writes the element of one value."""
    if isinstance(kind, ListOfText):
        return partial(_texts, element)
    if isinstance(kind, FileKind):
        return partial(_parts, element)
    return partial(_value, element)


def _value(element: str, value: Any) -> str:
    if value is None:
        return null(element)
    if isinstance(value, bool):
        return f"<{element}>{'true' if value else 'false'}</{element}>"
    if isinstance(value, Decimal):
        return f"<{element}>{value:f}</{element}>"
    if isinstance(value, (int, float)):
        return f"<{element}>{value!r}</{element}>"
    text = bytes(value).decode() if isinstance(value, msgspec.Raw) else str(value)
    if fits(text):
        return text_element(element, text)
    return f'<{element} encoding="{BASE64}">{b64encode(text.encode()).decode()}</{element}>'


def _list(element: str, write: Write, items: Sequence[Any]) -> str:
    return f"<{element}>{''.join(map(write, items))}</{element}>"


def _texts(element: str, value: msgspec.Raw | None) -> str:
    return null(element) if value is None else _list(element, partial(_value, ITEM), msgspec.json.decode(value))


def _parts(element: str, value: Record | None) -> str:
    if value is None:
        return null(element)
    return f"<{element}>{''.join([_value(name, part) for name, part in value.items()])}</{element}>"
