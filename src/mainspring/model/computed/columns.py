"""Columns that are computed of a record's own fields. They are read like fields, and nobody writes them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, type_coerce

from mainspring.errors import DeclarationError
from mainspring.model.annotation import Annotation
from mainspring.model.computed.expression import Columns, Decimals, columns_in
from mainspring.model.declaration import ComputedDeclaration, Declaration
from mainspring.model.entity import Computed, Field
from mainspring.model.field import UNSET
from mainspring.model.kinds import Boolean, Date, DateTime, Decimal, Enum, Float, Integer, Kind, KindType, Text, Uuid, kind_of
from mainspring.model.rules import anyone, nobody

COLUMN_SHAPE = (
    "write a column as 'def full_name(person: type[Person]) -> ColumnElement[str]: return person.first + \" \" + person.last'"
)
_KINDS = (Text, Integer, Float, Decimal, Boolean, Date, DateTime, Uuid, Enum)


def computed_fields(declaration: Declaration) -> Iterator[Field]:
    """The computed columns of a model, as fields.

    Raises:
        DeclarationError: One is made of something else than the record's own fields, or of decimals in a way that is not exact.
    """
    names = {each.attribute: each.name for each in declaration.fields.values()}
    for name, each in declaration.computed.items():
        yield _field(name, each, declaration.sql_table, names)


def _field(name: str, each: ComputedDeclaration, table: Table, names: Mapping[str, str]) -> Field:
    row = table.alias()
    expression = each.function(Columns(row, names, f"{each.location}: '{name}'"))
    columns = columns_in(expression, [row], name, each.location, COLUMN_SHAPE)
    uses = tuple(dict.fromkeys(str(column.name) for column in columns))
    places = Decimals(name, each.location).places(expression)
    kind = _kind(name, each, places)

    def on(source: FromClause) -> ColumnElement[Any]:
        return type_coerce(each.function(Columns(source, names, name)), KindType(kind))

    return Field(
        name,
        name,
        kind,
        kind.stored,
        nullable=True,
        default=UNSET,
        key=False,
        unique=False,
        index=False,
        server_owned=True,
        private=False,
        search=False,
        read=each.read or anyone,
        write=nobody,
        was=None,
        relation=None,
        location=each.location,
        computed=Computed(on, uses if each.read is None else ()),
    )


def _kind(name: str, each: ComputedDeclaration, places: int | None) -> Kind:
    options = {} if places is None else {"places": places}
    try:
        kind = kind_of(name, Annotation(each.values, nullable=True, many=False), options, each.location)
    except DeclarationError as error:
        if places is None:
            raise
        raise DeclarationError(f"{each.location}: '{name}' gives decimals: write 'ColumnElement[Decimal]'") from error
    if not isinstance(kind, _KINDS) or (places is None and isinstance(kind, Decimal)):
        raise DeclarationError(f"{each.location}: '{name}' cannot give {kind.name} here")
    return kind
