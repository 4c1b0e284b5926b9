"""SQL as SQLite writes it: lists are JSON, patterns that tell A from a are GLOB."""

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, exists, func, literal_column, select, tuple_

from mainspring.database.expressions import Expressions


class SqliteExpressions(Expressions):
    """SQLite's expressions."""

    def among(self, columns: Sequence[ColumnElement[Any]], name: str) -> ColumnElement[bool]:
        items = func.json_each(bindparam(name)).table_valued("value")
        if len(columns) == 1:
            return columns[0].in_(select(items.c.value))
        parts = [func.json_extract(items.c.value, literal_column(f"'$[{number}]'")) for number in range(len(columns))]
        return tuple_(*columns).in_(select(*parts))

    def bind_list(self, values: Sequence[Any]) -> str:
        return json.dumps(values)

    def compares_lists(self, column: ColumnElement[Any], operator: str, name: str) -> ColumnElement[bool]:
        here = func.json_each(column).table_valued("value", name="here")
        there = func.json_each(bindparam(name)).table_valued("value", name="there")
        if operator == "ov":
            found: ColumnElement[bool] = exists().select_from(here).where(here.c.value.in_(select(there.c.value)))
        else:
            these, those = (there, here) if operator == "cs" else (here, there)
            found = ~exists().select_from(these).where(these.c.value.not_in(select(those.c.value)))
        return case((column.is_not(None), found))

    def matches(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        # LIKE takes A and a for the same; GLOB does not.
        pattern: BindParameter[str] = bindparam(name)
        return column.op("GLOB", is_comparison=True)(pattern) if sensitive else column.like(pattern, escape="\\")

    def bind_pattern(self, pattern: str, *, sensitive: bool) -> str:
        return _PATTERN.sub(_to_glob, pattern) if sensitive else pattern


_PATTERN = re.compile(r"\\(.)|[%_*?\[]", re.DOTALL)


def _to_glob(found: re.Match[str]) -> str:
    """A part of a LIKE pattern as GLOB writes it, where `*` is any text, `?` any character, and `[x]` x itself."""
    literal = found[1] or found[0]
    if literal in "*?[" and (found[1] or found[0] not in "%_"):
        return f"[{literal}]"
    return {"%": "*", "_": "?"}[found[0]] if found[1] is None else literal
