"""What operations make of a picture: how migrations are followed without any database."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from mainspring.schema.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Operation,
    RenameColumn,
    RenameTable,
)
from mainspring.schema.picture import Column, Index, Schema, Table, Unique, with_column_renamed, with_table_renamed
from mainspring.schema.refusal import MigrationError

Part = TypeVar("Part")


def followed(schema: Schema, operations: Iterable[Operation]) -> Schema:
    """The schema after operations.

    Raises:
        MigrationError: One names what is not there.
    """
    for operation in operations:
        schema = _after(schema, operation)
    return schema


def _after(schema: Schema, operation: Operation) -> Schema:
    match operation:
        case CreateTable(table):
            return {**schema, table.name: replace(table, indexes={})}
        case DropTable(name):
            return _without(schema, name, operation)
        case RenameTable(name, new):
            _find(schema, name, operation)
            return with_table_renamed(schema, name, new)
        case RenameColumn(name, column, new):
            _find(_find(schema, name, operation).columns, column, operation)
            return with_column_renamed(schema, name, column, new)
        case _ if not operation.table:
            return schema  # a statement of the author's own
        case _:
            return {**schema, operation.table: _changed(_find(schema, operation.table, operation), operation)}


def _changed(table: Table, operation: Operation) -> Table:
    match operation:
        case AddColumn(_, column):
            return replace(table, columns={**table.columns, column.name: column})
        case DropColumn(_, name):
            return _without_column(replace(table, columns=_without(table.columns, name, operation)), name)
        case AlterColumn(_, name, type_, nullable):
            old = _find(table.columns, name, operation)
            new = Column(name, type_ or old.type, old.nullable if nullable is None else nullable)
            return replace(table, columns={**table.columns, name: new})
        case CreateIndex(_, index):
            return replace(table, indexes=_sorted({**table.indexes, index.name: index}))
        case DropIndex(_, name):
            return replace(table, indexes=_without(table.indexes, name, operation))
        case AddConstraint(_, constraint):
            return replace(table, constraints=_sorted({**table.constraints, constraint.name: constraint}))
        case DropConstraint(_, name):
            return replace(table, constraints=_without(table.constraints, name, operation))
        case _:
            return table


def _without_column(table: Table, column: str) -> Table:
    """What named a column goes with it, as databases let it."""

    def stays(part: Index | Any) -> bool:
        return not (isinstance(part, (Index, Unique)) and column in part.columns)

    constraints = {name: each for name, each in table.constraints.items() if stays(each)}
    return replace(table, constraints=constraints, indexes={name: each for name, each in table.indexes.items() if stays(each)})


def _find(parts: Mapping[str, Part], name: str, operation: Operation) -> Part:
    if name not in parts:
        raise MigrationError(f"'{operation}' names '{name}', which is not there")
    return parts[name]


def _without(parts: Mapping[str, Part], name: str, operation: Operation) -> dict[str, Part]:
    _find(parts, name, operation)
    return {each: part for each, part in parts.items() if each != name}


def _sorted(parts: Mapping[str, Part]) -> dict[str, Part]:
    return dict(sorted(parts.items()))
