"""Relations that no column makes: a condition over the fields of two models joins them."""

from collections.abc import Iterator
from typing import Any, Literal

from sqlalchemy import Column, FromClause, UnaryExpression
from sqlalchemy.sql import operators

from mainspring.errors import DeclarationError
from mainspring.model.computed.expression import Columns, Decimals, columns_in
from mainspring.model.declaration import ComputedRelationDeclaration, Declaration
from mainspring.model.entity import Cardinality, First, Link, Relation
from mainspring.model.expression import Location

_SHAPE = "give the condition that joins the two, such as '(photo.album == album) & photo.caption.is_not(None)'"


def computed_relations(declaration: Declaration) -> Iterator[Relation]:
    """The computed relations of a model.

    Raises:
        DeclarationError: One is made of something else than the fields of its two models, or joins what cannot be joined.
    """
    for name, each in declaration.computed_relations.items():
        yield _relation(name, declaration, each)


def _relation(name: str, source: Declaration, each: ComputedRelationDeclaration) -> Relation:
    target = each.target
    if source.adopted is not target.adopted:
        names = f"from {source.model.__name__} to {target.model.__name__}"
        raise DeclarationError(f"{each.location}: '{name}' leads {names}, which is in another database; take models of one")
    key_of = source if each.first is None else target
    if len(key_of.key) != 1:
        raise DeclarationError(
            f"{each.location}: '{name}' needs a key of one field in {key_of.model.__name__}, which has {len(key_of.key)}"
        )
    link = _link(name, source, each)
    return Relation(
        name,
        Cardinality.many if each.first is None else Cardinality.one,
        source.table,
        target.table,
        source.key[0].name if each.first is None else "",
        "" if each.first is None else target.key[0].name,
        None,
        None,
        None,
        each.location,
        link,
    )


def _link(name: str, source: Declaration, each: ComputedRelationDeclaration) -> Link:
    target = each.target

    def on(here: FromClause, there: FromClause) -> Any:
        return each.function(*(_columns(side, table, name, each.location) for side, table in ((source, here), (target, there))))

    here, there = (side.sql_table.alias() for side in (source, target))
    condition = on(here, there)
    columns = list(columns_in(condition, [here, there], name, each.location, _SHAPE))
    Decimals(name, each.location).places(condition)
    uses = [tuple(dict.fromkeys(str(column.name) for column in columns if column.table is side)) for side in (here, there)]
    if not all(uses):
        names = f"{source.model.__name__} with {target.model.__name__}"
        raise DeclarationError(f"{each.location}: '{name}' compares nothing of {names}; {_SHAPE}")
    first = None if each.first is None else _first(each.first, name, each)
    return Link(on, uses[0], tuple(dict.fromkeys([*uses[1], *([first.column] if first else [])])), first)


def _first(expression: Any, name: str, each: ComputedRelationDeclaration) -> First:
    """The order by which one record is chosen, taken apart: a column, in a direction."""
    descending = False
    nulls: Literal["first", "last"] | None = None
    part: Any = getattr(expression, "__clause_element__", lambda: expression)()
    while isinstance(part, UnaryExpression) and part.modifier is not None:
        descending = descending or part.modifier is operators.desc_op
        if part.modifier in {operators.nulls_first_op, operators.nulls_last_op}:
            nulls = "first" if part.modifier is operators.nulls_first_op else "last"
        part = part.element
    fields = each.target.fields
    if not isinstance(part, Column) or part.table.name != each.target.table or part.name not in fields:
        model = each.target.model.__name__
        raise DeclarationError(
            f"{each.location}: 'first' of '{name}' is no field of {model}; write 'first={model}.created_at.desc()' or the like"
        )
    return First(part.name, descending, nulls)


def _columns(side: Declaration, table: FromClause, name: str, location: Location) -> Columns:
    """What stands for a model: its fields, its relations to one by their columns, and itself by its key."""
    names = {each.relation: each.name for each in side.fields.values() if each.relation is not None}
    names |= {each.attribute: each.name for each in side.fields.values()}
    key = side.key[0].name if len(side.key) == 1 else None
    return Columns(table, names, f"{location}: '{name}'", key)
