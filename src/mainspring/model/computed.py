"""Columns made of a record's own fields: `@computed`. They are read like fields, and written by nobody."""

from collections.abc import Callable, Iterator, Mapping
from inspect import get_annotations, signature
from typing import Any, TypeVar, get_args, get_origin, overload

from sqlalchemy import (
    BinaryExpression,
    ColumnClause,
    ColumnElement,
    FromClause,
    String,
    Table,
    TextClause,
    UnaryExpression,
    type_coerce,
)
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.expression import SelectBase

from mainspring.errors import DeclarationError
from mainspring.model.annotation import Annotation, without_none
from mainspring.model.declaration import ComputedDeclaration, Declaration, declarations
from mainspring.model.entity import Computed, Field
from mainspring.model.expression import Location
from mainspring.model.field import UNSET
from mainspring.model.kinds import Boolean, Date, DateTime, Decimal, Enum, Float, Integer, Kind, KindType, Text, Uuid, kind_of
from mainspring.model.model import Model
from mainspring.model.rules import Rule, anyone, nobody

_KINDS = (Text, Integer, Float, Decimal, Boolean, Date, DateTime, Uuid, Enum)
_SHAPE = "write it as 'def full_name(person: type[Person]) -> ColumnElement[str]: return person.first + \" \" + person.last'"
_COMPARISONS = frozenset({operators.eq, operators.ne, operators.lt, operators.le, operators.gt, operators.ge})

Function = TypeVar("Function", bound=Callable[[Any], ColumnElement[Any]])


@overload
def computed(function: Function, /) -> Function: ...
@overload
def computed(*, read: Rule) -> Callable[[Function], Function]: ...
def computed(function: Any = None, /, *, read: Rule | None = None) -> Any:
    """A column that is computed: a function from a model to an SQL expression over its fields.

    It is not in `*`, but can be selected, filtered, sorted and aggregated by the function's name.

    Args:
        function: The function; the annotation of its one argument names the model, that of its answer what the values are.
        read: Who may see it; by default who may see every field that it is made of, in the records in which they may.

    Raises:
        DeclarationError: It is no such function, or has the name of a field or relation.
    """
    location = Location.of_caller()

    def declare(function: Function) -> Function:
        _declare(function, read, location)
        return function

    return declare if function is None else declare(function)


def _declare(function: Callable[[Any], ColumnElement[Any]], read: Rule | None, location: Location) -> None:
    name = function.__name__
    try:
        annotations = get_annotations(function, eval_str=True)
    except NameError as error:
        raise DeclarationError(f"{location}: the annotations of '{name}' cannot be read: {error}") from None
    values = annotations.pop("return", None)
    origin: Any = get_origin(values)
    models = [get_args(each)[0] for each in annotations.values() if _is_class_of(each)]
    if len(signature(function).parameters) != 1 or len(models) != 1 or origin is not ColumnElement:
        raise DeclarationError(f"{location}: '{name}' is no computed column; {_SHAPE}")
    declaration = next((each for each in declarations.values() if issubclass(each.model, models[0])), None)
    if declaration is None:
        raise DeclarationError(f"{location}: '{name}' is computed of {models[0]!r}, which is no model")
    if name in {*declaration.fields, *declaration.relations, *declaration.computed}:
        raise DeclarationError(f"{location}: {models[0].__name__} has '{name}' already; give the function another name")
    declaration.computed[name] = ComputedDeclaration(function, without_none(get_args(values)[0])[0], read, location)


def _is_class_of(annotation: Any) -> bool:
    """Whether it is `type[...]` of some class."""
    origin: Any = get_origin(annotation)
    return origin is type and isinstance(get_args(annotation)[0], type)


def computed_fields(declaration: Declaration) -> Iterator[Field]:
    """The computed columns of a model, as fields.

    Raises:
        DeclarationError: One is made of something else than the record's own fields, or of decimals in a way that is not exact.
    """
    model = declaration.model
    assert issubclass(model, Model)
    table = model.metadata.tables[declaration.table]
    names = {each.attribute: each.name for each in declaration.fields.values()}
    for name, each in declaration.computed.items():
        yield _field(name, each, table, names)


def _field(name: str, each: ComputedDeclaration, table: Table, names: Mapping[str, str]) -> Field:
    row = table.alias()
    expression = each.function(_Columns(row, names, f"{each.location}: '{name}'"))
    uses = tuple(dict.fromkeys(_used(expression, row, name, each.location)))
    places = _Decimals(name, each.location).places(expression)
    kind = _kind(name, each, places)

    def on(source: FromClause) -> ColumnElement[Any]:
        return type_coerce(each.function(_Columns(source, names, name)), KindType(kind))

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


class _Columns:
    """Stands for the model while the author's function is called: its attributes are the columns of `source`."""

    def __init__(self, source: FromClause, names: Mapping[str, str], computed: str) -> None:
        self.__source = source
        self.__names = names
        self.__computed = computed

    def __getattr__(self, attribute: str) -> ColumnElement[Any]:
        if attribute not in self.__names:
            known = ", ".join(self.__names)
            raise DeclarationError(f"{self.__computed} is computed of '{attribute}', which is no field; the fields are: {known}")
        return self.__source.c[self.__names[attribute]]


def _used(expression: Any, row: FromClause, name: str, location: Location) -> Iterator[str]:
    """The fields that an expression is made of. What cannot be looked into could show what the caller may not see."""
    if not _is_expression(expression):
        raise DeclarationError(f"{location}: '{name}' gives {expression!r}, which is no SQL expression; {_SHAPE}")
    parts: list[Any] = list(visitors.iterate(expression))
    for part in parts:
        column = isinstance(part, ColumnClause)
        if (column and part.table is not row) or isinstance(part, (SelectBase, TextClause)):
            raise DeclarationError(
                f"{location}: '{name}' is made of more than its record's own fields, whose rules it follows: "
                f"use the argument of the function, and no other table, query or text()"
            )
        if (
            isinstance(part, BinaryExpression)
            and part.operator is operators.add
            and (_is_text(part.left) or _is_text(part.right))
        ):
            raise DeclarationError(f"{location}: '{name}' adds a text to something else; only texts can be joined")
        if column:
            yield str(part.name)


def _is_expression(value: object) -> bool:
    return isinstance(value, ColumnElement)


class _Decimals:
    """Finds what is a decimal in an expression. An engine may keep them as scaled integers, so only some operations are exact."""

    def __init__(self, name: str, location: Location) -> None:
        self._name = name
        self._location = location

    def places(self, part: Any) -> int | None:
        """How many places a part has where it is a decimal; None where it is something else."""
        if isinstance(part, ColumnClause):
            kind = _kind_of(part)
            return kind.places if isinstance(kind, Decimal) else None
        if _is_binary(part):
            return self._of_two(part)
        if isinstance(part, (Grouping, UnaryExpression)):
            (inner,) = part.get_children()
            return self.places(inner)
        if any(self.places(each) is not None for each in part.get_children()):
            raise self._refusal()
        return None

    def _of_two(self, part: BinaryExpression[Any]) -> int | None:
        left, right = self.places(part.left), self.places(part.right)
        if left is None and right is None:
            return None
        if part.operator is operators.mul and _is_integer(part.right if right is None else part.left):
            return left if right is None else right
        if left == right or (right is None and _is_value(part.right)) or (left is None and _is_value(part.left)):
            if part.operator in {operators.add, operators.sub}:
                return left if left is not None else right
            if part.operator in _COMPARISONS:
                return None
        if part.operator in {operators.is_, operators.is_not}:
            return None
        raise self._refusal()

    def _refusal(self) -> DeclarationError:
        return DeclarationError(
            f"{self._location}: '{self._name}' does with decimals what no engine does alike: they can be added, subtracted and "
            f"compared where their places are the same, and multiplied by an integer field"
        )


def _is_binary(part: object) -> bool:
    return isinstance(part, BinaryExpression)


def _is_text(part: Any) -> bool:
    return isinstance(_kind_of(part), Text) or isinstance(part.type, String)


def _is_integer(part: Any) -> bool:
    return isinstance(part, ColumnClause) and isinstance(_kind_of(part), Integer)


def _is_value(part: Any) -> bool:
    """Whether it is a plain value that takes the type of the decimal that it stands beside."""
    return _kind_of(part) is not None and not isinstance(part, ColumnClause)


def _kind_of(part: Any) -> Kind | None:
    """The kind of a column, or of a value that took its type from one."""
    type_ = getattr(part, "type", None)
    return type_.kind if isinstance(type_, KindType) else None
