"""Writes migrations as Python that a person can read and change."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from mainspring.schema.operation import (
    NO_FILL,
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
from mainspring.schema.picture import Check, Column, Constraint, ForeignKey, Table, Unique

_FILE = '''\
"""{title}

{steps}
"""

{imports}
after = {after}


def up(op: Operations) -> None:
{up}


def down(op: Operations) -> None:
{down}
'''


def render(title: str, after: str | None, up: Sequence[Operation], down: Sequence[Operation]) -> str:
    """The text of a migration file.

    Args:
        title: The first line of its docstring.
        after: The name of the migration before it, or None.
        up: What it does.
        down: What takes that back.
    """
    bodies = [_body(operations) for operations in (up, down)]
    sqlalchemy = "import sqlalchemy as sa\n\n" if any("sa." in body for body in bodies) else ""
    return _FILE.format(
        title=_quotable(title),
        steps="\n".join(f"- {_quotable(str(each))}" for each in up),
        imports=f"{sqlalchemy}from mainspring.schema import Operations\n",
        after=_literal(after),
        up=bodies[0],
        down=bodies[1],
    )


def _quotable(text: str) -> str:
    """Text that can stand in a docstring."""
    return text.replace("\\", "\\\\").replace('"""', "'''")


def _body(operations: Sequence[Operation]) -> str:
    return "\n".join(f"    {_statement(each)}" for each in operations)


def _statement(operation: Operation) -> str:
    match operation:
        case CreateTable(table):
            text = _create_table(table)
        case DropTable(table):
            text = _call("drop_table", table)
        case RenameTable(table, new):
            text = _call("rename_table", table, new)
        case AddColumn(table, column, fill):
            text = _call("add_column", table, _Code(_column(column)), **_fill(fill))
        case DropColumn(table, column):
            text = _call("drop_column", table, column)
        case RenameColumn(table, column, new):
            text = _call("rename_column", table, column, new)
        case AlterColumn(table, column, type_, nullable, fill):
            text = _call("alter_column", table, column, **_changes(type_, nullable), **_fill(fill))
        case CreateIndex(table, index):
            text = _call("create_index", index.name, table, _texts(index.columns), **({"unique": True} if index.unique else {}))
        case DropIndex(table, index):
            text = _call("drop_index", index, table)
        case AddConstraint(table, constraint):
            text = _add_constraint(table, constraint)
        case DropConstraint(table, constraint):
            text = _call("drop_constraint", constraint, table)
        case _:
            text = _call("execute", operation.sql)
    return text


class _Code(str):
    """Text that is Python already."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _literal(value: Any) -> str:
    """A value as Python, with double quotes where they can be."""
    text = repr(value)
    plain = (
        isinstance(value, str) and not isinstance(value, _Code) and text.startswith("'") and '"' not in text and "\\" not in text
    )
    return f'"{value}"' if plain else text


def _texts(texts: Iterable[str]) -> _Code:
    """A list of texts."""
    return _Code(f"[{', '.join(map(_literal, texts))}]")


def _call(word: str, *arguments: Any, **options: Any) -> str:
    parts = [*map(_literal, arguments), *(f"{name}={_literal(value)}" for name, value in options.items())]
    return f"op.{word}({', '.join(parts)})"


def _fill(fill: Any) -> dict[str, Any]:
    return {} if fill is NO_FILL else {"fill": fill}


def _changes(type_: str | None, nullable: bool | None) -> dict[str, Any]:
    changes = {"type": type_ and _Code(f"sa.{type_}"), "nullable": nullable}
    return {name: value for name, value in changes.items() if value is not None}


def _column(column: Column, *, key: bool = False) -> str:
    options = {"primary_key": True} if key else {} if column.nullable else {"nullable": False}
    return _construct("Column", column.name, _Code(f"sa.{column.type}"), **options)


def _construct(word: str, *arguments: Any, **options: Any) -> str:
    return _call(word, *arguments, **options).replace("op.", "sa.", 1)


def _create_table(table: Table) -> str:
    parts = [_literal(table.name)]
    parts += (_column(each, key=each.name in table.key) for each in table.columns.values())
    parts += map(_constraint, table.constraints.values())
    if table.counted:
        parts.append("counted=True")
    lines = "".join(f"        {part},\n" for part in parts)
    return f"op.create_table(\n{lines}    )"


def _constraint(constraint: Constraint) -> str:
    match constraint:
        case Unique(name, columns):
            return _construct("UniqueConstraint", *columns, name=name)
        case Check(name, condition, sqlite):
            return _construct("CheckConstraint", condition, name=name, **({"info": {"sqlite": sqlite}} if sqlite else {}))
        case ForeignKey(name, columns, target, target_columns, action):
            targets = _texts(f"{target}.{column}" for column in target_columns)
            return _construct("ForeignKeyConstraint", _texts(columns), targets, name=name, **_on_delete(action))


def _add_constraint(table: str, constraint: Constraint) -> str:
    match constraint:
        case Unique(name, columns):
            return _call("create_unique_constraint", name, table, _texts(columns))
        case Check(name, condition, sqlite):
            return _call("create_check_constraint", name, table, condition, **({"sqlite": sqlite} if sqlite else {}))
        case ForeignKey(name, columns, target, target_columns, action):
            return _call("create_foreign_key", name, table, target, _texts(columns), _texts(target_columns), **_on_delete(action))


def _on_delete(action: str | None) -> dict[str, str]:
    return {"ondelete": action} if action else {}


_LENGTH = 60


def name_of(operations: Sequence[Operation]) -> str:
    """A name for a migration that was given none, after its first operation; fit for the name of a file."""
    return re.sub(r"\W+", "_", _words_of(operations))[:_LENGTH]


def _words_of(operations: Sequence[Operation]) -> str:
    made = [each.table.name for each in operations if isinstance(each, CreateTable)]
    match operations[0]:
        case _ if made:
            return f"create_{made[-1]}"
        case DropTable(table):
            return f"drop_{table}"
        case RenameTable(table, new) | RenameColumn(table, _, new):
            return f"rename_{table}_{new}"
        case AddColumn(table, column):
            return f"add_{table}_{column.name}"
        case DropColumn(table, column):
            return f"drop_{table}_{column}"
        case other:
            return f"change_{other.table}"
