"""From a class body to a mapped class: what the author wrote becomes SQLAlchemy's columns and relationships."""

from collections.abc import Iterator
from inspect import get_annotations

from mainspring.errors import DeclarationError
from mainspring.model.annotation import read_annotation
from mainspring.model.columns import add_fields, is_counted, table_arguments
from mainspring.model.declaration import Declaration, declarations
from mainspring.model.expression import Location
from mainspring.model.field import UNSET, Declared, DeclaredField
from mainspring.model.links import add_relations
from mainspring.model.names import plural, snake_case
from mainspring.model.rules import anyone


def declare(model: type, location: Location) -> None:
    """Read a model's class body, and replace what stands there by columns and relationships.

    Raises:
        DeclarationError: The body says something that cannot be; the message names file and line and what to write.
    """
    parent = next((each for each in declarations.values() if each.model in model.__mro__[1:]), None)
    table: str = parent.table if parent else model.__dict__.get("__tablename__") or plural(snake_case(model.__name__))
    adopted: bool = getattr(model, "adopted")  # noqa: B009 - `type` has no such attribute for the checkers
    if not parent and (adopted, table) in declarations:
        other = declarations[adopted, table]
        raise DeclarationError(
            f"{location}: {model.__name__} and {other.model.__name__} ({other.location}) both have the table '{table}'; "
            f"rename one, or give it a '__tablename__'"
        )
    declaration = Declaration(model, table, location, adopted=adopted)
    if parent:
        declaration.fields.update(parent.fields)
        declaration.relations.update(parent.relations)
        declaration.computed.update(parent.computed)
        declaration.computed_relations.update(parent.computed_relations)
    else:
        type.__setattr__(model, "__tablename__", table)
    type.__setattr__(model, "location", location)
    for name, declared in _read_body(model, location):
        declaration.declared[name] = declared
        declaration.annotations[name] = read_annotation(name, model.__annotations__[name], model.__module__, declared.location)
    model.__annotations__ = {}  # read above; SQLAlchemy needs none, and may not know the names
    for name in declaration.declared.keys() & vars(model).keys():
        type.__delattr__(model, name)  # what is declared stands in `declaration` now, and makes room for what is mapped
    add_fields(declaration, extends=parent is not None)
    declarations[adopted, table] = declaration
    add_relations(declaration)
    if not parent:
        type.__setattr__(
            model, "__table_args__", (*table_arguments(declaration), {"sqlite_autoincrement": is_counted(declaration)})
        )
    if adopted and not declaration.key:  # nothing tells its rows apart but all that they hold
        columns = [getattr(model, each.attribute).column for each in declaration.fields.values()]
        type.__setattr__(model, "__mapper_args__", {"primary_key": columns})


def _read_body(model: type, location: Location) -> Iterator[tuple[str, Declared]]:
    """The declared names of a class and of the abstract models that it derives from."""
    annotations = get_annotations(model)
    for base in reversed(model.__mro__[1:]):
        if base.__dict__.get("__abstract__", False):
            annotations = get_annotations(base) | annotations
    model.__annotations__ = annotations
    for name, value in vars(model).items():
        if isinstance(value, Declared) and name not in annotations:
            raise DeclarationError(f"{value.location}: '{name}' needs a type: write '{name}: Mapped[...] = ...'")
    for name, annotation in annotations.items():
        if "ClassVar" in str(annotation):
            continue
        value = getattr(model, name, UNSET)
        if value is UNSET:
            value = _plain_field(name, location)
        if not isinstance(value, Declared):
            raise DeclarationError(f"{location}: '{name}' is {value!r}; write '{name}: Mapped[...] = field(default={value!r})'")
        yield name, value


def _plain_field(name: str, location: Location) -> DeclaredField:
    declared = DeclaredField(
        location,
        default=UNSET,
        key=False,
        unique=False,
        index=False,
        was=None,
        read=anyone,
        write=anyone,
        private=False,
        search=False,
        options={},
    )
    declared.name = name
    return declared
