"""The kinds of field, and which of them an annotation asks for."""

from datetime import date, datetime
from decimal import Decimal as PythonDecimal
from enum import Enum as PythonEnum
from typing import Annotated, Any
from uuid import UUID

from mainspring.errors import DeclarationError
from mainspring.model.annotation import Annotation, without_annotated
from mainspring.model.expression import Location
from mainspring.model.kinds.binary import Bytes
from mainspring.model.kinds.choice import Boolean, Enum
from mainspring.model.kinds.file import File, FileKind, Image, ImageKind
from mainspring.model.kinds.identity import Uuid, uuid7
from mainspring.model.kinds.kind import ORDER, REFUSED, Kind, KindType, Refused, is_list, is_object
from mainspring.model.kinds.moment import Date, DateTime
from mainspring.model.kinds.number import Decimal, Float, Integer
from mainspring.model.kinds.structure import Json, ListOfText
from mainspring.model.kinds.text import Email as EmailKind
from mainspring.model.kinds.text import LongText as LongTextKind
from mainspring.model.kinds.text import Slug as SlugKind
from mainspring.model.kinds.text import Text
from mainspring.model.kinds.text import Url as UrlKind

__all__ = [
    "JSON",
    "ORDER",
    "REFUSED",
    "Boolean",
    "Bytes",
    "Date",
    "DateTime",
    "Decimal",
    "Email",
    "Enum",
    "File",
    "FileKind",
    "Float",
    "Image",
    "ImageKind",
    "Integer",
    "Json",
    "Kind",
    "KindType",
    "ListOfText",
    "LongText",
    "LongTextKind",
    "Refused",
    "Slug",
    "Text",
    "Url",
    "Uuid",
    "is_list",
    "is_object",
    "kind_of",
    "uuid7",
]

LongText = Annotated[str, LongTextKind]
"""Text of several lines."""
Slug = Annotated[str, SlugKind]
"""Lower-case letters, digits and single hyphens, as in an address."""
Email = Annotated[str, EmailKind]
"""An e-mail address."""
Url = Annotated[str, UrlKind]
"""An absolute http or https address."""
JSON = Annotated[Any, Json]
"""Any JSON value."""

_KINDS: dict[Any, type[Kind]] = {
    str: Text,
    int: Integer,
    float: Float,
    PythonDecimal: Decimal,
    bool: Boolean,
    bytes: Bytes,
    date: Date,
    datetime: DateTime,
    UUID: Uuid,
    File: FileKind,
    Image: ImageKind,
}


def kind_of(name: str, annotation: Annotation, options: dict[str, Any], location: Location) -> Kind:
    """The kind that an annotation asks for, with the options that `field()` was given.

    Raises:
        DeclarationError: No kind holds such values, or the kind has no such option.
    """
    base, notes = without_annotated(annotation.inner)
    kind = next((note for note in notes if isinstance(note, type) and issubclass(note, Kind)), _KINDS.get(base))
    if annotation.many:
        if base is not str:
            raise DeclarationError(
                f"{location}: '{name}' is a list; a field holds a list of text, 'Mapped[list[str]]'; relations are many()"
            )
        kind = ListOfText
    elif isinstance(base, type) and issubclass(base, PythonEnum):
        kind, options = Enum, options | {"members": _text_members(name, base, location)}
    if kind is None:
        shown = base.__name__ if isinstance(base, type) else str(base)
        raise DeclarationError(
            f"{location}: no field holds {shown}; '{name}' can be "
            f"{', '.join(sorted(each.__name__ for each in _KINDS))}, LongText, Slug, Email, Url, JSON, list[str] or an Enum; "
            f"a related record is one() or many()"
        )
    return _with_options(name, kind, options, location)


def _text_members(name: str, members: type[PythonEnum], location: Location) -> type[PythonEnum]:
    wrong = next((member for member in members if not isinstance(member.value, str)), None)
    if wrong is not None or not len(members):
        raise DeclarationError(f"{location}: '{name}' needs an Enum whose values are text, such as 'placed = \"placed\"'")
    return members


def _with_options(name: str, kind: type[Kind], options: dict[str, Any], location: Location) -> Kind:
    known = kind.options()
    for option in options:
        if option not in known:
            taken = ", ".join(each for each in known if each != "members") or "none"
            raise DeclarationError(
                f"{location}: '{option}' is no option of '{name}', which is {kind.name}; its options are: {taken}"
            )
    return kind(**{option: tuple(value) if option == "choices" else value for option, value in options.items()})
