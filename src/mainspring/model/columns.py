"""From declared fields, indexes and constraints to columns."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy import Index as SqlIndex
from sqlalchemy.orm import mapped_column

from mainspring.database.types import Foreign
from mainspring.errors import DeclarationError
from mainspring.model.constraint import Check, Index, Unique
from mainspring.model.declaration import Declaration
from mainspring.model.entity import Field
from mainspring.model.expression import Location, resolve
from mainspring.model.field import UNSET, Declared, DeclaredField, by_database
from mainspring.model.kinds import (
    Bytes,
    DateTime,
    Decimal,
    FileKind,
    Integer,
    Kind,
    KindType,
    Refused,
    Text,
    Uuid,
    kind_of,
    uuid7,
)
from mainspring.model.rules import anyone

_STAMPS_LAST = 1_000


def add_fields(declaration: Declaration, *, extends: bool) -> None:
    """Give the model its own fields and, unless it extends another, the key and the stamps that every model has."""
    plain = [each for each in declaration.declared.values() if isinstance(each, DeclaredField)]
    extends = extends or declaration.adopted  # which has the columns that it has
    if not extends and not any(each.key for each in plain):
        add_field(declaration, _server_field("id", Integer(), UNSET, declaration.location, key=True))
    for declared in plain:
        add_field(declaration, _declared_field(declaration, declared))
    if not extends:
        for name, kind, default in (
            ("created_at", DateTime(), UNSET),
            ("updated_at", DateTime(), UNSET),
            ("version", Integer(), 1),
        ):
            add_field(declaration, _server_field(name, kind, default, declaration.location))


def _server_field(name: str, kind: Kind, default: Any, location: Location, *, key: bool = False) -> Field:
    return Field(
        name,
        name,
        kind,
        kind.stored,
        nullable=False,
        default=default,
        key=key,
        unique=False,
        index=False,
        server_owned=True,
        private=False,
        search=False,
        read=anyone,
        write=anyone,
        was=None,
        relation=None,
        location=location,
    )


def _declared_field(declaration: Declaration, declared: DeclaredField) -> Field:
    annotation = declaration.annotations[declared.name]
    kind = kind_of(declared.name, annotation, declared.options, declared.location)
    if declared.search and not isinstance(kind, Text):
        raise DeclarationError(
            f"{declared.location}: '{declared.name}' is {kind.name}; 'search=True' is for text, so leave it out"
        )
    default = declared.default
    if default is UNSET and declared.key and isinstance(kind, Uuid) and not declaration.adopted:
        default = uuid7
    _check_default(declared, kind, default)
    _check_adopted(declaration, declared, kind)
    return Field(
        declared.column or declared.name,
        declared.name,
        kind,
        Foreign(kind.stored) if declaration.adopted else kind.stored,
        nullable=annotation.nullable,
        default=default,
        key=declared.key,
        unique=declared.unique,
        index=declared.index or kind.indexed,
        server_owned=declared.generated,
        private=declared.private,
        search=declared.search,
        read=declared.read,
        write=declared.write,
        was=declared.was,
        relation=None,
        location=declared.location,
    )


def _check_default(declared: DeclaredField, kind: Kind, default: Any) -> None:
    if isinstance(default, (list, dict, set)):
        name = "list" if isinstance(default, list) else "dict" if isinstance(default, dict) else "set"
        raise DeclarationError(
            f"{declared.location}: all records would share this default; write 'default={name}', a function that makes one"
        )
    if default is UNSET or default is None or default is by_database or callable(default):
        return
    try:
        kind.validate(default)
    except Refused as refused:
        raise DeclarationError(
            f"{declared.location}: the default of '{declared.name}' is {default!r}: {refused.message}"
        ) from None


def _check_adopted(declaration: Declaration, declared: DeclaredField, kind: Kind) -> None:
    """What only an adopted table has, and what it cannot have."""
    if declaration.adopted:
        if declared.search:
            raise DeclarationError(
                f"{declared.location}: full text is found by an index of ours, which an adopted table has not; "
                f"leave 'search' of '{declared.name}' out, and ask with 'ilike' or 'imatch'"
            )
        if isinstance(kind, FileKind):
            raise DeclarationError(
                f"{declared.location}: an adopted table holds no files, because that takes triggers in it; "
                f"give '{declared.name}' to a model of your own"
            )
        return
    if isinstance(kind, Bytes):
        raise DeclarationError(f"{declared.location}: only fields of Adopted models hold bytes; '{declared.name}' can be a File")
    if isinstance(kind, Decimal) and kind.places is None:
        raise DeclarationError(f"{declared.location}: only decimals of Adopted models have any number of places; say how many")
    words = {"column": declared.column is not None, "generated": declared.generated, "default": declared.default is by_database}
    word = next((word for word, given in words.items() if given), None)
    if word is not None:
        shown = "default=by_database" if word == "default" else word
        raise DeclarationError(f"{declared.location}: '{shown}' is for fields of Adopted models; leave it out")


def add_field(declaration: Declaration, each: Field, foreign_key: ForeignKey | None = None) -> None:
    """Give the model a column."""
    declaration.fields[each.name] = each
    column: Any = mapped_column(
        each.name,
        KindType(each.kind, each.stored),
        *([foreign_key] if foreign_key is not None else []),
        primary_key=each.key,
        nullable=each.nullable,
        unique=each.unique or None,
        index=(each.index and not each.unique) or None,
        sort_order=_STAMPS_LAST if each.server_owned and not each.key else len(declaration.fields),
    )
    setattr(declaration.model, each.attribute, column)


def is_counted(declaration: Declaration) -> bool:
    """Whether the key is counted by the database. Then no number is ever given twice, also not that of a deleted record."""
    return len(declaration.key) == 1 and declaration.key[0].server_owned and not declaration.adopted


def table_arguments(declaration: Declaration) -> Iterator[Any]:
    """The indexes and constraints that the class body names."""
    model: Any = declaration.model
    for each in model.indexes:
        names = [_column_name(declaration, part, each) for part in each.fields]
        yield SqlIndex(f"ix_{declaration.table}_{'_'.join(names)}", *names)
    for number, each in enumerate(model.constraints, 1):
        if isinstance(each, Unique):
            yield UniqueConstraint(*(_column_name(declaration, part, each) for part in each.fields))
        else:
            yield _check_constraint(declaration, each, number)


def _check_constraint(declaration: Declaration, each: Check, number: int) -> CheckConstraint:
    def column(declared: Declared) -> Any:
        name = _column_name(declaration, declared, each)
        return getattr(declaration.model, declaration.fields[name].attribute).column

    return CheckConstraint(resolve(each.condition, column), name=f"check_{number}")


def _column_name(declaration: Declaration, part: Any, each: Unique | Index | Check) -> str:
    name = part.name if isinstance(part, Declared) else ""
    fields = declaration.fields.values()
    column = next((field.name for field in fields if name and name in {field.attribute, field.relation}), None)
    if column is None:
        raise DeclarationError(f"{each.location}: {part!r} is no field of {declaration.model.__name__}")
    return column
