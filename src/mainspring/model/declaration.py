"""From a class body to a mapped class: `declare()` reads what the author wrote and hands SQLAlchemy its columns and relationships."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, MetaData, Table, UniqueConstraint
from sqlalchemy import Index as SqlIndex
from sqlalchemy.orm import mapped_column, relationship

from mainspring.errors import DeclarationError
from mainspring.model.annotation import Annotation, read_annotation
from mainspring.model.constraint import Check, Index, Unique
from mainspring.model.entity import Cardinality, Field, Relation
from mainspring.model.expression import Location, resolve
from mainspring.model.field import UNSET, Declared, DeclaredField, DeclaredMany, DeclaredOne
from mainspring.model.kinds import DateTime, Integer, Kind, KindType, Refused, Uuid, kind_of, uuid7
from mainspring.model.names import plural, snake_case
from mainspring.model.rules import anyone


@dataclass(eq=False)
class Declaration:
    """A model while it is being put together.

    Attributes:
        model: The class.
        table: The table's name.
        location: Where the class was declared.
        declared: What stands in the class body, by name.
        annotations: What the annotations say, by name.
        fields: The columns so far.
        relations: The relations so far.
        waiting: Relations to models that are not yet there.
    """

    model: type
    table: str
    location: Location
    declared: dict[str, Declared] = field(default_factory=dict[str, Declared])
    annotations: dict[str, Annotation] = field(default_factory=dict[str, Annotation])
    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    relations: dict[str, Relation] = field(default_factory=dict[str, Relation])
    waiting: list[DeclaredOne | DeclaredMany] = field(default_factory=list[DeclaredOne | DeclaredMany])

    @property
    def key(self) -> tuple[Field, ...]:
        """The columns of the key."""
        return tuple(each for each in self.fields.values() if each.key)


_STAMPS_LAST = 1_000

declarations: dict[str, Declaration] = {}
"""Every model of this process, by table; of a model and its extension, the extension."""


def declare(model: type, location: Location) -> None:
    """Read a model's class body, and replace what stands there by columns and relationships.

    Raises:
        DeclarationError: The body says something that cannot be; the message names file and line and what to write.
    """
    parent = next((each for each in declarations.values() if each.model in model.__mro__[1:]), None)
    table: str = parent.table if parent else model.__dict__.get("__tablename__") or plural(snake_case(model.__name__))
    if not parent and table in declarations:
        other = declarations[table]
        raise DeclarationError(
            f"{location}: {model.__name__} and {other.model.__name__} ({other.location}) both have the table '{table}'; "
            f"rename one, or give it a '__tablename__'"
        )
    declaration = Declaration(model, table, location)
    if parent:
        declaration.fields.update(parent.fields)
        declaration.relations.update(parent.relations)
    else:
        type.__setattr__(model, "__tablename__", table)
    type.__setattr__(model, "location", location)
    for name, declared in _read_body(model, location):
        declaration.declared[name] = declared
        declaration.annotations[name] = read_annotation(name, model.__annotations__[name], model.__module__, declared.location)
    model.__annotations__ = {}  # read above; SQLAlchemy needs none, and may not know the names
    _add_fields(declaration, extends=parent is not None)
    declarations[table] = declaration
    _add_relations(declaration)
    if not parent:
        type.__setattr__(
            model, "__table_args__", (*_table_arguments(declaration), {"sqlite_autoincrement": _counted(declaration)})
        )


def _read_body(model: type, location: Location) -> Iterator[tuple[str, Declared]]:
    """The declared names of a class and of the abstract models that it derives from."""
    annotations = model.__dict__.get("__annotations__", {})
    for base in reversed(model.__mro__[1:]):
        if base.__dict__.get("__abstract__", False):
            annotations = base.__dict__.get("__annotations__", {}) | annotations
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
        location, default=UNSET, key=False, unique=False, index=False, was=None, read=anyone, write=anyone, private=False,
        search=False, options={},
    )  # fmt: skip
    declared.name = name
    return declared


# -- fields ----------------------------------------------------------------------------------------------------------------------


def _add_fields(declaration: Declaration, *, extends: bool) -> None:
    plain = [each for each in declaration.declared.values() if isinstance(each, DeclaredField)]
    if not extends and not any(each.key for each in plain):
        _add_field(declaration, _server_field("id", Integer(), UNSET, declaration.location, key=True))
    for declared in plain:
        _add_field(declaration, _declared_field(declaration, declared))
    if not extends:
        for name, kind, default in (
            ("created_at", DateTime(), UNSET),
            ("updated_at", DateTime(), UNSET),
            ("version", Integer(), 1),
        ):
            _add_field(declaration, _server_field(name, kind, default, declaration.location))


def _server_field(name: str, kind: Kind, default: Any, location: Location, *, key: bool = False) -> Field:
    return Field(
        name, kind, nullable=False, default=default, key=key, unique=False, index=False, server_owned=True, private=False,
        search=False, read=anyone, write=anyone, was=None, relation=None, location=location,
    )  # fmt: skip


def _declared_field(declaration: Declaration, declared: DeclaredField) -> Field:
    annotation = declaration.annotations[declared.name]
    kind = kind_of(declared.name, annotation, declared.options, declared.location)
    default = declared.default
    if default is UNSET and declared.key and isinstance(kind, Uuid):
        default = uuid7
    _check_default(declared, kind, default)
    return Field(
        declared.name, kind, nullable=annotation.nullable, default=default, key=declared.key, unique=declared.unique,
        index=declared.index or kind.indexed, server_owned=False, private=declared.private, search=declared.search,
        read=declared.read, write=declared.write, was=declared.was, relation=None, location=declared.location,
    )  # fmt: skip


def _check_default(declared: DeclaredField, kind: Kind, default: Any) -> None:
    if isinstance(default, (list, dict, set)):
        name = type(default).__name__
        raise DeclarationError(
            f"{declared.location}: all records would share this default; write 'default={name}', a function that makes one"
        )
    if default is UNSET or default is None or callable(default):
        return
    try:
        kind.validate(default)
    except Refused as refused:
        raise DeclarationError(
            f"{declared.location}: the default of '{declared.name}' is {default!r}: {refused.message}"
        ) from None


def _add_field(declaration: Declaration, each: Field, foreign_key: ForeignKey | None = None) -> None:
    declaration.fields[each.name] = each
    column: Any = mapped_column(
        each.name,
        KindType(each.kind),
        *([foreign_key] if foreign_key is not None else []),
        primary_key=each.key,
        nullable=each.nullable,
        unique=each.unique or None,
        index=(each.index and not each.unique) or None,
        sort_order=_STAMPS_LAST if each.server_owned and not each.key else len(declaration.fields),
    )
    setattr(declaration.model, each.name, column)


def _counted(declaration: Declaration) -> bool:
    """Whether the key is counted by the database. Then no number is ever given twice, also not that of a deleted record."""
    return len(declaration.key) == 1 and declaration.key[0].server_owned


# -- relations -------------------------------------------------------------------------------------------------------------------


def _add_relations(declaration: Declaration) -> None:
    declaration.waiting = [each for each in declaration.declared.values() if isinstance(each, (DeclaredOne, DeclaredMany))]
    for each in list(declarations.values()):
        for declared in list(each.waiting):
            target = _find_target(each.annotations[declared.name].inner)
            if target is None:
                continue
            each.waiting.remove(declared)
            if isinstance(declared, DeclaredOne):
                _add_one(each, declared, target)
            else:
                _add_many(each, declared, target)


def _find_target(inner: Any) -> Declaration | None:
    for declaration in declarations.values():
        if inner == declaration.model.__name__ or (isinstance(inner, type) and issubclass(declaration.model, inner)):
            return declaration
    return None


def _add_one(source: Declaration, declared: DeclaredOne, target: Declaration) -> None:
    annotation = source.annotations[declared.name]
    if annotation.many:
        raise DeclarationError(
            f"{declared.location}: '{declared.name}' is a list; write '{declared.name}: Mapped[{target.model.__name__}] = one()'"
        )
    if declared.on_delete == "set null" and not annotation.nullable:
        raise DeclarationError(
            f"{declared.location}: on_delete='set null' needs a relation that may be empty; "
            f"write '{declared.name}: Mapped[{target.model.__name__} | None]'"
        )
    key = _single_key(target, declared)
    default = UNSET if declared.default is None else declared.default
    column = Field(
        f"{declared.name}_{key.name}", type(key.kind)(), nullable=annotation.nullable, default=default, key=False, unique=False, index=True,
        server_owned=False, private=False, search=False, read=declared.read, write=declared.write,
        was=f"{declared.was}_{key.name}" if declared.was else None, relation=declared.name, location=declared.location,
    )  # fmt: skip
    _add_field(source, column, ForeignKey(f"{target.table}.{key.name}", ondelete=declared.on_delete.upper()))
    source.relations[declared.name] = Relation(
        declared.name, Cardinality.one, source.table, target.table, column.name, key.name, None, declared.back, declared.on_delete,
        declared.location,
    )  # fmt: skip
    link = relationship(
        lambda: target.model,
        foreign_keys=lambda: [_column(source, column.name)],
        remote_side=lambda: [_column(target, key.name)],
        back_populates=declared.back,
        passive_deletes=True,
    )
    setattr(source.model, declared.name, link)


def _add_many(source: Declaration, declared: DeclaredMany, target: Declaration) -> None:
    if not source.annotations[declared.name].many:
        raise DeclarationError(
            f"{declared.location}: '{declared.name}' holds many; write '{declared.name}: Mapped[list[{target.model.__name__}]] = many()'"
        )
    other = target.declared.get(declared.back) if declared.back else None
    if declared.back and not isinstance(other, (DeclaredOne, DeclaredMany)):
        names = ", ".join(name for name, each in target.declared.items() if not isinstance(each, DeclaredField)) or "none"
        raise DeclarationError(
            f"{declared.location}: back='{declared.back}' names no relation of {target.model.__name__} (it has: {names}); "
            f"declare '{declared.back}: Mapped[{source.model.__name__}] = one(back=\"{declared.name}\")' there"
        )
    if isinstance(other, DeclaredOne):
        _add_children(source, declared, target, other)
    else:
        _add_members(source, declared, target, other if isinstance(other, DeclaredMany) else None)


def _add_children(source: Declaration, declared: DeclaredMany, target: Declaration, other: DeclaredOne) -> None:
    key = _single_key(source, declared)
    remote = f"{other.name}_{key.name}"
    source.relations[declared.name] = Relation(
        declared.name, Cardinality.many, source.table, target.table, key.name, remote, None, other.name, None, declared.location
    )
    link: Any = relationship(
        lambda: target.model,
        foreign_keys=lambda: [_column(target, remote)],
        back_populates=other.name,
        passive_deletes=True,
    )
    setattr(source.model, declared.name, link)


def _add_members(source: Declaration, declared: DeclaredMany, target: Declaration, other: DeclaredMany | None) -> None:
    back = target.relations.get(other.name) if other else None
    if back and back.join:
        table, there, here = back.join
    else:
        table, here, there = _join_table(source, declared, target)
    key, target_key = _single_key(source, declared), _single_key(target, declared)
    source.relations[declared.name] = Relation(
        declared.name, Cardinality.members, source.table, target.table, key.name, target_key.name, (table, here, there),
        declared.back, None, declared.location,
    )  # fmt: skip
    link: Any = relationship(
        lambda: target.model,
        secondary=table,
        primaryjoin=lambda: _column(source, key.name) == table.c[here],
        secondaryjoin=lambda: _column(target, target_key.name) == table.c[there],
        back_populates=declared.back,
        passive_deletes=True,
    )
    setattr(source.model, declared.name, link)


def _single_key(declaration: Declaration, declared: Declared) -> Field:
    if len(declaration.key) != 1:
        raise DeclarationError(
            f"{declared.location}: '{declared.name}' needs a key of one field in {declaration.model.__name__}, which has {len(declaration.key)}"
        )
    return declaration.key[0]


def _join_table(source: Declaration, declared: DeclaredMany, target: Declaration) -> tuple[Table, str, str]:
    metadata: MetaData = getattr(source.model, "metadata")  # noqa: B009 - `type` has no such attribute for the checkers
    sides = [(snake_case(each.model.__name__), each) for each in (source, target)]
    if sides[0][0] == sides[1][0]:
        sides[1] = (f"other_{sides[1][0]}", target)
    columns: list[Column[Any]] = []
    for name, side in sides:
        key = _single_key(side, declared)
        link = ForeignKey(f"{side.table}.{key.name}", ondelete="CASCADE")
        columns.append(Column(f"{name}_{key.name}", KindType(type(key.kind)()), link, primary_key=True, index=side is target))
    table = Table(f"{source.table}_{declared.name}", metadata, *columns)
    return table, columns[0].name, columns[1].name


def _column(declaration: Declaration, name: str) -> Any:
    table: Table = getattr(declaration.model, "__table__")  # noqa: B009 - as above
    return table.c[name]


# -- indexes and constraints -----------------------------------------------------------------------------------------------------


def _table_arguments(declaration: Declaration) -> Iterator[Any]:
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
        return getattr(declaration.model, _column_name(declaration, declared, each)).column

    return CheckConstraint(resolve(each.condition, column), name=f"check_{number}")


def _column_name(declaration: Declaration, part: Any, each: Unique | Index | Check) -> str:
    name = part.name if isinstance(part, Declared) else ""
    column = next((field.name for field in declaration.fields.values() if name and name in {field.name, field.relation}), None)
    if column is None:
        raise DeclarationError(f"{each.location}: {part!r} is no field of {declaration.model.__name__}")
    return column
