"""What is computed of fields: `@computed`. Columns are read like fields, relations like relations, and nobody writes them."""

from collections.abc import Callable
from inspect import get_annotations, signature
from typing import Any, TypeVar, get_args, get_origin, overload

from sqlalchemy import ColumnElement, SQLColumnExpression

from mainspring.errors import DeclarationError
from mainspring.model.annotation import without_none
from mainspring.model.computed.columns import COLUMN_SHAPE
from mainspring.model.declaration import ComputedDeclaration, ComputedRelationDeclaration, Declaration, declarations
from mainspring.model.expression import Location
from mainspring.model.rules import Rule

_RELATION_SHAPE = (
    "a relation as 'def captioned(album: type[Album], photo: type[Photo]) -> ColumnElement[bool]: "
    "return (photo.album == album) & photo.caption.is_not(None)'"
)

Function = TypeVar("Function", bound=Callable[..., ColumnElement[Any]])


@overload
def computed(function: Function, /) -> Function: ...
@overload
def computed(*, read: Rule) -> Callable[[Function], Function]: ...
@overload
def computed(*, first: SQLColumnExpression[Any]) -> Callable[[Function], Function]: ...
def computed(function: Any = None, /, *, read: Rule | None = None, first: SQLColumnExpression[Any] | None = None) -> Any:
    """A column or a relation that is computed, with the function's name.

    Of one model, the function gives an SQL expression over its fields: a column, which is not in `*`, but can be selected,
    filtered, sorted and aggregated. Of two models, it gives the condition by which records of the first lead to records of the
    second: a relation, which can be embedded.

    Args:
        function: The function; the annotations of its arguments name the models, that of its answer what the values are.
        read: Who may see the column; by default who may see every field that it is made of, in the records in which they may.
        first: Makes the relation lead to one record, the first in this order among those that the caller may see: a field of the
            second model, such as `Photo.created_at.desc()`; the key decides between equals. By default it leads to many.

    Raises:
        DeclarationError: It is no such function, or has the name of a field or relation.
    """
    location = Location.of_caller()

    def declare(function: Function) -> Function:
        _declare(function, read, first, location)
        return function

    return declare if function is None else declare(function)


def _declare(function: Callable[..., ColumnElement[Any]], read: Rule | None, first: Any, location: Location) -> None:
    name = function.__name__
    try:
        annotations = get_annotations(function, eval_str=True)
    except NameError as error:
        raise DeclarationError(f"{location}: the annotations of '{name}' cannot be read: {error}") from None
    values = annotations.pop("return", None)
    origin: Any = get_origin(values)
    models = [get_args(each)[0] for each in annotations.values() if _is_class_of(each)]
    if len(signature(function).parameters) != len(models) or len(models) not in {1, 2} or origin is not ColumnElement:
        raise DeclarationError(f"{location}: '{name}' is no computed column or relation; {COLUMN_SHAPE}, or {_RELATION_SHAPE}")
    source, *targets = (_declaration(model, name, location) for model in models)
    if name in {*source.fields, *source.declared, *source.computed, *source.computed_relations}:
        raise DeclarationError(f"{location}: {models[0].__name__} has '{name}' already; give the function another name")
    inner, _ = without_none(get_args(values)[0])
    if not targets:
        if first is not None:
            raise DeclarationError(f"{location}: 'first' is for computed relations, which take two models; leave it out")
        source.computed[name] = ComputedDeclaration(function, inner, read, location)
        return
    if read is not None:
        message = f"'read' is for computed columns; '{name}' is seen by who may see the fields that it is made of: leave it out"
        raise DeclarationError(f"{location}: {message}")
    if inner is not bool:
        raise DeclarationError(
            f"{location}: '{name}' takes two models, so it gives the condition that joins them; {_RELATION_SHAPE}"
        )
    source.computed_relations[name] = ComputedRelationDeclaration(function, targets[0], first, location)


def _declaration(model: type, name: str, location: Location) -> Declaration:
    found = next((each for each in declarations.values() if issubclass(each.model, model)), None)
    if found is None:
        raise DeclarationError(f"{location}: '{name}' is computed of {model!r}, which is no model")
    return found


def _is_class_of(annotation: Any) -> bool:
    """Whether it is `type[...]` of some class."""
    origin: Any = get_origin(annotation)
    return origin is type and isinstance(get_args(annotation)[0], type)
