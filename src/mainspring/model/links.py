"""From declared relations to foreign keys, join tables and relationships."""

from typing import Any

from sqlalchemy import Column, ForeignKey, MetaData, Table
from sqlalchemy.orm import relationship

from mainspring.errors import DeclarationError
from mainspring.model.adopted_links import add_adopted, find_model
from mainspring.model.columns import add_field
from mainspring.model.declaration import Declaration, declarations
from mainspring.model.entity import Cardinality, Field, Relation
from mainspring.model.field import UNSET, Declared, DeclaredField, DeclaredMany, DeclaredOne
from mainspring.model.kinds import KindType
from mainspring.model.names import snake_case


def add_relations(declaration: Declaration) -> None:
    """Give a model its relations, and every other those that waited for it."""
    declaration.waiting = [each for each in declaration.declared.values() if isinstance(each, (DeclaredOne, DeclaredMany))]
    add_waiting()


def add_waiting() -> None:
    """Give every model the relations whose other side is there by now."""
    for each in list(declarations.values()):
        for declared in list(each.waiting):
            target = find_model(each.annotations[declared.name].inner, adopted=each.adopted)
            if target is None:
                continue
            if each.adopted:
                if add_adopted(each, declared, target):
                    each.waiting.remove(declared)
                continue
            each.waiting.remove(declared)
            _check_own(declared, target)
            if isinstance(declared, DeclaredOne):
                _add_one(each, declared, target)
            else:
                _add_many(each, declared, target)


def _check_own(declared: DeclaredOne | DeclaredMany, target: Declaration) -> None:
    """A relation of ours makes its columns, and leads to a table of ours: two databases can hold no link between them."""
    word = next((word for word in ("on", "to", "join") if getattr(declared, word, None) is not None), None)
    if word is not None:
        raise DeclarationError(f"{declared.location}: '{word}' is for relations of Adopted models; leave it out")
    if target.adopted:
        name = target.model.__name__
        raise DeclarationError(
            f"{declared.location}: '{declared.name}' leads to {name}, an adopted table, to which nothing of ours can link; "
            f"keep its key in a field"
        )


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
        f"{declared.name}_{key.name}",
        f"{declared.name}_{key.name}",
        type(key.kind)(),
        key.stored,
        nullable=annotation.nullable,
        default=default,
        key=False,
        unique=False,
        index=True,
        server_owned=False,
        private=False,
        search=False,
        read=declared.read,
        write=declared.write,
        was=f"{declared.was}_{key.name}" if declared.was else None,
        relation=declared.name,
        location=declared.location,
    )
    add_field(source, column, ForeignKey(f"{target.table}.{key.name}", ondelete=declared.on_delete.upper()))
    source.relations[declared.name] = Relation(
        declared.name,
        Cardinality.one,
        source.table,
        target.table,
        column.name,
        key.name,
        None,
        declared.back,
        declared.on_delete,
        declared.location,
    )
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
            f"{declared.location}: '{declared.name}' holds many; "
            f"write '{declared.name}: Mapped[list[{target.model.__name__}]] = many()'"
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
        declared.name,
        Cardinality.members,
        source.table,
        target.table,
        key.name,
        target_key.name,
        (table, here, there),
        declared.back,
        None,
        declared.location,
    )
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
            f"{declared.location}: '{declared.name}' needs a key of one field in {declaration.model.__name__}, "
            f"which has {len(declaration.key)}"
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
        columns.append(
            Column(f"{name}_{key.name}", KindType(type(key.kind)(), key.stored), link, primary_key=True, index=side is target)
        )
    table = Table(f"{source.table}_{declared.name}", metadata, *columns)
    return table, columns[0].name, columns[1].name


def _column(declaration: Declaration, name: str) -> Any:
    return declaration.sql_table.c[name]
