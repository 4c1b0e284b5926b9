"""XML: a root named like the table with records in it, or one record; see `query/encode/xml.py` for the form.

Nothing but elements is read: a document type, and so every entity but the five of XML itself, is refused where it begins, before
anything of it could be expanded or fetched. Elements stand at most `DEPTH` deep.
"""

from base64 import b64decode
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn
from xml.parsers import expat

from mainspring.change.parse import MALFORMED, Body
from mainspring.errors import BadRequest, Fault, pointer_to
from mainspring.markup import BASE64, XSI, name_of
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity
from mainspring.model.kinds import ListOfText

DEPTH = 24
"""How deep elements may stand in each other."""

_NIL = f"{XSI} nil"
_SPACE = " \t\r\n"


@dataclass(slots=True, eq=False)
class _Element:
    """An element while it is read, and after.

    Attributes:
        name: The name that it stands for.
        null: Whether it says that it is null.
        encoded: Whether its text is in base64.
        line: The line in which it begins.
        texts: Its text, in pieces.
        children: The elements in it.
    """

    name: str
    null: bool
    encoded: bool
    line: int
    texts: list[str] = field(default_factory=list[str])
    children: "list[_Element]" = field(default_factory=list["_Element"])


def decode(body: bytes, entity: Entity, catalog: Catalog) -> Body:
    """The rows of a document.

    Raises:
        BadRequest: It is no XML, has a document type, is too deep, or is not of the form (`PGRST102`); or a record has an
            element twice (`42701`).
    """
    root = _Reader().read(body)
    if root.name not in {entity.name, entity.singular}:
        _refuse(
            f"the body's root is '{root.name[:100]}', but it is '{entity.name}' for a list and '{entity.singular}' for one record"
        )
    row = partial(_row, catalog, entity)
    if root.name == entity.singular and not _is_list(root, entity):
        return Body([row(root, "")], single=True, text=True, lines=[root.line])
    wrong = next((each.name for each in root.children if each.name != entity.singular), None)
    if wrong is not None:
        _refuse(f"the body has an element '{wrong[:100]}' where a record belongs, which is '{entity.singular}'")
    _check_no_text(root)
    rows = [row(each, f"/{number}") for number, each in enumerate(root.children)]
    return Body(rows, single=False, text=True, lines=[each.line for each in root.children])


def _is_list(root: _Element, entity: Entity) -> bool:
    """Whether a root is a list where the table and the record are called alike: every element in it is a record."""
    alike = entity.name == entity.singular and entity.name not in entity.fields
    return alike and all(each.name == entity.name for each in root.children)


def _row(catalog: Catalog, entity: Entity, element: _Element, at: str) -> dict[str, Any]:
    """A record of a table, in which others may stand."""
    _check_no_text(element)
    row: dict[str, Any] = {}
    for child in element.children:
        pointer = pointer_to(at, child.name[:100])
        if child.name in row:
            fault = Fault(pointer, "42701", f"line {child.line}: '{child.name[:100]}' is written twice")
            raise BadRequest(f"{fault.pointer}: {fault.message}", code=fault.code, faults=[fault])
        row[child.name] = _value(catalog, entity, child, pointer)
    return row


def _value(catalog: Catalog, entity: Entity, element: _Element, at: str) -> Any:
    """What an element of a record says."""
    field, relation = entity.fields.get(element.name), entity.relations.get(element.name)
    if element.null:
        return None
    if field is not None and isinstance(field.kind, ListOfText):
        return [_text(each) for each in _listed(element)]
    if relation is None:
        return _text(element)
    target = catalog.entities[relation.target]
    row = partial(_row, catalog, target)
    if relation.cardinality is Cardinality.one:
        return row(element, at) if element.children else _text(element)
    return [
        row(each, f"{at}/{number}") if each.children or _is_empty(each, target) else _text(each)
        for number, each in enumerate(_listed(element))
    ]


def _is_empty(element: _Element, target: Entity) -> bool:
    """Whether an element is a record that says nothing, not the key of one."""
    return element.name == target.singular and not element.texts and not element.null


def _listed(element: _Element) -> list[_Element]:
    _check_no_text(element)
    return element.children


def _text(element: _Element) -> Any:
    if element.null:
        return None
    if element.children:  # no field of ours; what it is will be told with the other faults
        return {each.name: _text(each) for each in _listed(element)}
    text = "".join(element.texts)
    if not element.encoded:
        return text
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:  # binascii.Error and UnicodeDecodeError are such
        _refuse(f"the text of '{element.name[:100]}' is no base64 of UTF-8")


def _check_no_text(element: _Element) -> None:
    if "".join(element.texts).strip(_SPACE):
        _refuse(f"the element '{element.name[:100]}' has text where elements belong")


class _Reader:
    """Reads a document to elements."""

    def __init__(self) -> None:
        self._open: list[_Element] = []
        self._root: _Element | None = None
        self._parser = expat.ParserCreate("utf-8", " ")

    def read(self, body: bytes) -> _Element:
        """The root of a document."""
        parser = self._parser
        parser.buffer_text = True
        parser.XmlDeclHandler = _check_declaration
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(body, True)
        except expat.ExpatError as error:
            _refuse("the body is no XML", details=f"{expat.ErrorString(error.code)}: line {error.lineno}, column {error.offset}")
        assert self._root is not None, "a document has a root"
        return self._root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) == DEPTH:
            _refuse(f"the body's elements stand deeper in each other than {DEPTH}")
        encoding = attributes.get("encoding", "")
        if encoding not in {"", BASE64}:
            _refuse(f"'{encoding[:40]}' is no encoding of text here", hint=f'write plain text, or encoding="{BASE64}"')
        strange = next((each for each in attributes if each != "encoding" and not each.startswith(XSI)), None)
        if strange is not None:
            _refuse(f"the attribute '{strange[:100]}' means nothing here")
        element = _Element(name_of(name), attributes.get(_NIL) in {"true", "1"}, bool(encoding), self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].texts.append(text)


def _check_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() != "utf-8":
        _refuse(f"the body says that it is in '{encoding[:40]}'", hint="send UTF-8")


def _refuse_document_type(_name: str, _system: str | None, _public: str | None, _internal: bool) -> None:
    _refuse("the body has a document type, which is never read here")


def _refuse(message: str, *, hint: str | None = None, details: str | None = None) -> NoReturn:
    raise BadRequest(message, code=MALFORMED, hint=hint, details=details)
