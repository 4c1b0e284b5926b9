"""The relations of adopted tables: their columns, and the tables that join two others, are there already."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import relationship

from mainspring.errors import DeclarationError
from mainspring.model.declaration import Declaration, declarations
from mainspring.model.entity import Cardinality, Relation
from mainspring.model.field import Declared, DeclaredMany, DeclaredOne


def find_model(inner: Any, *, adopted: bool) -> Declaration | None:
    """The declaration of the model that an annotation names, or None where it is not there yet.

    Args:
        inner: What the annotation says.
        adopted: Whether one that is adopted is meant where another has the same name.
    """
    for declaration in sorted(declarations.values(), key=lambda each: each.adopted is not adopted):
        if inner == declaration.model.__name__ or (isinstance(inner, type) and issubclass(declaration.model, inner)):
            return declaration
    return None


def add_adopted(source: Declaration, declared: DeclaredOne | DeclaredMany, target: Declaration) -> bool:
    """Give an adopted model a relation; False where its join table is not there yet.

    Raises:
        DeclarationError: It names fields or relations that do not exist, or leads to a table of another database.
    """
    if not target.adopted:
        message = f"{declared.location}: '{declared.name}' leads to {target.model.__name__}, which is in another database"
        raise DeclarationError(f"{message}; keep its key in a field, for which is_me(field) is a rule")
    if isinstance(declared, DeclaredOne):
        _add_one(source, declared, target)
    elif declared.join is None:
        _add_children(source, declared, target)
    else:
        join = find_model(declared.join, adopted=True)
        if join is None or "__table__" not in vars(join.model):
            return False
        _add_members(source, declared, target, join)
    return True


def _add_one(source: Declaration, declared: DeclaredOne, target: Declaration) -> None:
    if not target.key:
        raise DeclarationError(f"{declared.location}: '{declared.name}' leads to {target.model.__name__}, which has no key")
    local, remote = _columns(source, declared, target)
    _add(source, declared, target, Cardinality.one, (local, remote))
    column = source.fields[local]
    if column.relation is None:
        source.fields[local] = replace(column, relation=declared.name)


def _add_children(source: Declaration, declared: DeclaredMany, target: Declaration) -> None:
    other = target.declared.get(declared.back or "")
    if not isinstance(other, DeclaredOne):
        raise DeclarationError(
            f"{declared.location}: '{declared.name}' answers to a one() of {target.model.__name__}: name it by back=…, "
            f"or the model of the table between them by join=…"
        )
    remote, local = _columns(target, other, source)
    _add(source, declared, target, Cardinality.many, (local, remote))


def _add_members(source: Declaration, declared: DeclaredMany, target: Declaration, join: Declaration) -> None:
    here, there = (_link_to(join, side, declared) for side in (source, target))
    (join_here, local), (join_there, remote) = (_columns(join, link, side) for link, side in ((here, source), (there, target)))
    _add(source, declared, target, Cardinality.members, (local, remote), (join, join_here, join_there))


def _link_to(join: Declaration, side: Declaration, declared: DeclaredMany) -> DeclaredOne:
    """The relation by which a join table leads to one of the two tables that it joins."""
    links = (each for each in join.declared.values() if isinstance(each, DeclaredOne))
    found = [each for each in links if find_model(join.annotations[each.name].inner, adopted=True) is side]
    if len(found) != 1:
        raise DeclarationError(
            f"{declared.location}: {join.model.__name__} must have one one() to {side.model.__name__} to be a 'join', "
            f"but it has {len(found)}"
        )
    return found[0]


def _columns(holder: Declaration, declared: DeclaredOne, target: Declaration) -> tuple[str, str]:
    """The column that holds a link, and the column that it leads to."""
    if not declared.on:
        raise DeclarationError(
            f"{declared.location}: write 'one(on=…)', with the field of {holder.model.__name__} that '{declared.name}' goes by"
        )
    (on,), to = declared.on, declared.to
    local = _column(holder, on.name, declared)
    return local, _column(target, to[0], declared) if to else target.key[0].name


def _column(declaration: Declaration, attribute: str, declared: Declared) -> str:
    found = next((each.name for each in declaration.fields.values() if each.attribute == attribute), None)
    if found is None:
        raise DeclarationError(f"{declared.location}: '{attribute}' is no field of {declaration.model.__name__}")
    return found


def _add(
    source: Declaration,
    declared: DeclaredOne | DeclaredMany,
    target: Declaration,
    cardinality: Cardinality,
    columns: tuple[str, str],
    join: tuple[Declaration, str, str] | None = None,
) -> None:
    local, remote = columns
    table: Any = join[0].sql_table if join else None
    source.relations[declared.name] = Relation(
        declared.name,
        cardinality,
        source.table,
        target.table,
        local,
        remote,
        (table, join[1], join[2]) if join else None,
        declared.back,
        None,
        declared.location,
    )

    def sides() -> tuple[Any, Any]:
        return _mapped(source, local), _mapped(target, remote)

    def first() -> Any:
        here, there = sides()
        return here == (there if join is None else table.c[join[1]])

    def second() -> Any:
        return None if join is None else sides()[1] == table.c[join[2]]

    def foreign() -> list[Any]:
        if join is not None:
            return [table.c[join[1]], table.c[join[2]]]
        return [sides()[0 if cardinality is Cardinality.one else 1]]

    link: Any = relationship(
        lambda: target.model,
        secondary=table,
        primaryjoin=first,
        secondaryjoin=second if join else None,
        foreign_keys=foreign,
        remote_side=None if join else lambda: [sides()[1]],
        uselist=cardinality is not Cardinality.one,
        viewonly=True,
    )
    setattr(source.model, declared.name, link)


def _mapped(declaration: Declaration, column: str) -> Any:
    return declaration.sql_table.c[column]
