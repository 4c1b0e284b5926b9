"""What an annotation such as `Mapped[list["Photo"]]` or `Mapped[str | None]` says, also where it is written as text."""

import builtins
import sys
import types
from dataclasses import dataclass
from typing import Annotated, Any, ForwardRef, Union, get_args, get_origin

from sqlalchemy.orm import Mapped

from mainspring.errors import DeclarationError
from mainspring.model.expression import Location


@dataclass(frozen=True, slots=True)
class Annotation:
    """The inside of `Mapped[...]`.

    Attributes:
        inner: A type, an `Annotated`, or the name of a class that is not yet there; of a list, its items'.
        nullable: Whether None is allowed.
        many: Whether it is a list.
    """

    inner: Any
    nullable: bool
    many: bool


class _Names(dict[str, Any]):
    """The names of a module, and a placeholder for each that is not yet there."""

    def __init__(self, module: str) -> None:
        super().__init__(vars(sys.modules[module]) if module in sys.modules else {})

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            raise KeyError(name)
        return ForwardRef(name)


def read_annotation(name: str, annotation: Any, module: str, location: Location) -> Annotation:
    """What `name: annotation` says.

    Raises:
        DeclarationError: It is not `Mapped[...]`.
    """
    if isinstance(annotation, str):
        annotation = _evaluate(name, annotation, module, location)
    if get_origin(annotation) is not Mapped:
        raise DeclarationError(f"{location}: write '{name}: Mapped[...] = ...', such as '{name}: Mapped[str] = field()'")
    inner, nullable = without_none(_unquoted(get_args(annotation)[0], name, module, location))
    if get_origin(inner) is list and get_args(inner):
        return Annotation(_class_name(get_args(inner)[0]), nullable, many=True)
    return Annotation(_class_name(inner), nullable, many=False)


def _unquoted(inner: Any, name: str, module: str, location: Location) -> Any:
    if isinstance(inner, ForwardRef) and not inner.__forward_arg__.isidentifier():
        return _evaluate(name, inner.__forward_arg__, module, location)
    return inner


def _evaluate(name: str, text: str, module: str, location: Location) -> Any:
    try:
        return eval(text, {}, _Names(module))  # noqa: S307 - the annotation is the author's own code
    except (SyntaxError, TypeError, NameError, AttributeError) as error:
        raise DeclarationError(f"{location}: the annotation of '{name}', {text}, cannot be read: {error}") from error


def without_none(inner: Any) -> tuple[Any, bool]:
    """A type without `| None`, and whether that was there."""
    if get_origin(inner) not in {Union, types.UnionType}:
        return inner, False
    others = [part for part in get_args(inner) if part is not types.NoneType]
    return (others[0] if len(others) == 1 else Union[tuple(others)]), len(others) < len(get_args(inner))  # noqa: UP007 - made of parts


def _class_name(inner: Any) -> Any:
    """A forward reference as the bare name of its class."""
    if isinstance(inner, ForwardRef):
        return inner.__forward_arg__
    return inner


def without_annotated(inner: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type inside `Annotated[type, ...]` and what it is annotated with."""
    if get_origin(inner) is Annotated:
        base, *notes = get_args(inner)
        return base, tuple(notes)
    return inner, ()
