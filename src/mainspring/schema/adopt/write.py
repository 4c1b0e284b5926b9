"""Writes the models of a database as Python source that its owner goes on with."""

import tokenize
from collections.abc import Iterator, Sequence
from io import StringIO

from mainspring.schema.adopt.literal import documentation, literal, remark
from mainspring.schema.adopt.named import NamedColumn, NamedRelation, NamedTable
from mainspring.schema.adopt.names import IMPORTED

INDENT = "    "


def models_source(tables: Sequence[NamedTable], title: str) -> str:
    """The text of `models.py`.

    Args:
        tables: What it says.
        title: What the database is called.
    """
    body = [line for table in tables for line in _class(table)]
    head = documentation(
        f"The tables of {title}, as `mainspring adopt` found them. This file is yours: write rules into it.\n\n"
        "Until a model says who may read it, such as `access = Access(read=signed_in)`, only administrators can."
    ).replace("\n" + INDENT, "\n")
    return "\n".join([head, "", *_imports("\n".join(body)), *body]) + "\n"


def _imports(body: str) -> Iterator[str]:
    words = set(_words(body))
    yield "from __future__ import annotations"
    yield ""
    found = {module: [name for name in names if name in words] for module, names in IMPORTED.items()}
    standard = [f"from {module} import {', '.join(names)}" for module, names in found.items() if names and module != "mainspring"]
    yield from standard
    if standard:
        yield ""
    yield f"from mainspring import {', '.join(sorted({'Adopted', 'Mapped', 'field', *found['mainspring']}, key=_order))}"


def _order(name: str) -> tuple[int, str]:
    """The order in which imported names are usually sorted: constants, classes, functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def _words(text: str) -> Iterator[str]:
    """The words of source outside of its literals and comments."""
    return (each.string for each in tokenize.generate_tokens(StringIO(text).readline) if each.type == tokenize.NAME)


def _class(named: NamedTable) -> Iterator[str]:
    for enum, members in named.enums.items():
        yield from ("", "", f"class {enum}(Enum):")
        yield from (f"{INDENT}{name} = {literal(text)}" for name, text in members.items())
    yield from ("", "", f"class {named.name}(Adopted):")
    table = named.table
    if table.comment:
        yield from (INDENT + documentation(table.comment), "")
    yield f"{INDENT}__tablename__ = {literal(table.name)}"
    yield ""
    if table.only_read:
        yield INDENT + remark(table.only_read)
    for each in named.columns:
        yield from (INDENT + line for line in _field(named, each))
    if named.relations:
        yield ""
    yield from (INDENT + relation_source(each) for each in sorted(named.relations, key=lambda each: each.many))
    yield from (INDENT + line if line else "" for line in _constraints(named))


def _field(named: NamedTable, each: NamedColumn) -> Iterator[str]:
    if each.kind is None:
        yield remark(f"The column {each.column.name} is left out: no field holds its type, {each.column.told}.")
        return
    yield field_source(named, each)
    if each.column.comment:
        yield documentation(each.column.comment)


def field_source(named: NamedTable, each: NamedColumn) -> str:
    """The statement that declares a field."""
    assert each.kind is not None, "what no field holds is left out"
    column, table = each.column, named.table
    annotation = each.enum or each.kind.annotation
    options: list[tuple[str, str]] = []
    if each.attribute != column.name:
        options.append(("column", literal(column.name)))
    if column.name in table.key:
        options.append(("key", "True"))
    options += [(word, literal(value)) for word, value in each.kind.options.items()]
    if (column.name,) in table.uniques:
        options.append(("unique", "True"))
    elif (column.name,) in table.indexes:
        options.append(("index", "True"))
    if column.generated:
        options.append(("generated", "True"))
    elif column.given and not table.only_read:
        options.append(("default", "by_database"))
    nullable = " | None" if column.nullable else ""
    return f"{each.attribute}: Mapped[{annotation}{nullable}] = field({', '.join(f'{word}={value}' for word, value in options)})"


def relation_source(each: NamedRelation) -> str:
    """The statement that declares a relation."""
    if each.many:
        join = f"join={literal(each.join)}, " if each.join else ""
        return f"{each.attribute}: Mapped[list[{each.target}]] = many({join}back={literal(each.back)})"
    on = each.on[0] if len(each.on) == 1 else f"({', '.join(each.on)})"
    to = (
        ""
        if not each.to
        else f", to={literal(each.to[0])}"
        if len(each.to) == 1
        else f", to=({', '.join(map(literal, each.to))})"
    )
    nullable = " | None" if each.nullable else ""
    return f"{each.attribute}: Mapped[{each.target}{nullable}] = one(on={on}{to}, back={literal(each.back)})"


def _constraints(named: NamedTable) -> Iterator[str]:
    uniques, indexes = (
        [
            f"{word}({', '.join(fields)})"
            for columns in found
            if len(columns) > 1 and len(fields := named.attributes(columns)) == len(columns)
        ]
        for word, found in (("unique", named.table.uniques), ("index", named.table.indexes))
    )
    composite = [each for each in named.table.links if len(each.columns) > 1]
    said = {each.kind.check for each in named.columns if each.kind is not None}
    checks = [check for check in named.table.checks if check not in said]
    if uniques or indexes or checks or composite:
        yield ""
    if uniques:
        yield f"constraints = [{', '.join(uniques)}]"
    if indexes:
        yield f"indexes = [{', '.join(indexes)}]"
    yield from (
        remark(f"No relation yet follows ({', '.join(each.columns)}) to {each.target}, which is several columns.")
        for each in composite
    )
    yield from (remark(f"The database holds: {check}") for check in checks)
