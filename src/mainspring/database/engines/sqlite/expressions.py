"""SQL as SQLite writes it: lists are JSON, patterns that tell A from a are GLOB."""

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Float,
    FromClause,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    case,
    cast,
    collate,
    exists,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy import column as sql_column
from sqlalchemy import table as lightweight

from mainspring.database import types
from mainspring.database.engines.sqlite.search import index_column, index_name, write_search
from mainspring.database.expressions import Expressions
from mainspring.database.search import Search
from mainspring.database.types import Stored
from mainspring.errors import BadRequest

_BINDS = 8
"""The precedence of a division, which SQLAlchemy would write of floats."""


def _read(column: ColumnElement[Any], item: ColumnElement[Any]) -> ColumnElement[Any]:
    """An item of a list that is compared with a column; bytes stand in it as digits."""
    type_ = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return func.unhex(item) if isinstance(type_, LargeBinary) else item


class SqliteExpressions(Expressions):
    """SQLite's expressions."""

    def among(self, columns: Sequence[ColumnElement[Any]], name: str) -> ColumnElement[bool]:
        items = func.json_each(bindparam(name)).table_valued("value")
        if len(columns) == 1:
            return columns[0].in_(select(_read(columns[0], items.c.value)))
        places = (func.json_extract(items.c.value, literal_column(f"'$[{number}]'")) for number in range(len(columns)))
        return tuple_(*columns).in_(select(*map(_read, columns, places)))

    def bind_list(self, values: Sequence[Any]) -> str:
        return json.dumps(values, default=bytes.hex)

    def compares_lists(self, column: ColumnElement[Any], operator: str, name: str) -> ColumnElement[bool]:
        here = func.json_each(column).table_valued("value", name="here")
        there = func.json_each(bindparam(name)).table_valued("value", name="there")
        if operator == "ov":
            found: ColumnElement[bool] = exists().select_from(here).where(here.c.value.in_(select(there.c.value)))
        else:
            these, those = (there, here) if operator == "cs" else (here, there)
            found = ~exists().select_from(these).where(these.c.value.not_in(select(those.c.value)))
        return case((column.is_not(None), found))

    def by_code_point(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return collate(column, "BINARY")

    def matches(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        # LIKE takes A and a for the same; GLOB does not.
        pattern: BindParameter[str] = bindparam(name)
        return column.op("GLOB", is_comparison=True)(pattern) if sensitive else column.like(pattern, escape="\\")

    def bind_pattern(self, pattern: str, *, sensitive: bool) -> str:
        return _PATTERN.sub(_to_glob, pattern) if sensitive else pattern

    def matches_regex(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        match = func.mainspring_match if sensitive else func.mainspring_imatch
        return match(bindparam(name), column) == 1

    def finds(self, table: Table, source: FromClause, field: str, name: str, configuration: str | None) -> ColumnElement[bool]:
        index = lightweight(index_name(table.name), sql_column("rowid"), sql_column(index_column(field)))
        key = [each.name for each in table.primary_key.columns]
        rows = lightweight(table.name, sql_column("rowid"), *map(sql_column, key))
        query: BindParameter[str] = bindparam(name)
        found = select(index.c.rowid).where(index.c[index_column(field)].op("MATCH", is_comparison=True)(query))
        keys = select(*(rows.c[each] for each in key)).where(rows.c.rowid.in_(found))
        return (source.c[key[0]] if len(key) == 1 else tuple_(*(source.c[each] for each in key))).in_(keys)

    def bind_search(self, search: Search, configuration: str | None) -> str:
        if configuration not in {None, "simple"}:
            raise BadRequest(
                f"SQLite has no configuration '{str(configuration)[:40]}' of full-text search",
                code="0A000",
                hint="leave it out: words are then found as they stand",
            )
        return write_search(search)

    def json_part(self, column: ColumnElement[Any], steps: Sequence[str | int]) -> ColumnElement[Any]:
        text = type_coerce(column, Text)
        document = case((func.json_valid(text) == 1, text))  # SQLite reads nothing that is nested more than 1,000 deep
        return func.nullif(document.op("->", return_type=Text())(literal(_json_path(steps), Text)), "null", type_=Text)

    def number_text(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        match stored:
            case types.Decimal(places=places) if places:
                whole, sign = type_coerce(func.abs(column), Integer), case((type_coerce(column, Integer) < 0, "-"), else_="")
                form: ColumnElement[str] = literal_column(f"'%s%d.%0{places}d'")
                unit: ColumnElement[int] = literal_column(str(10**places))
                text = func.printf(form, sign, whole.op("/")(unit), whole.op("%")(unit), type_=Text)
            case types.Foreign(types.Decimal(places=places)):
                text = func.printf(literal_column(f"'%.{places}f'"), column, type_=Text)
            case _:
                return cast(column, Text)
        return case((column.is_not(None), text))

    def rounded(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        if isinstance(stored, types.Decimal):  # kept as an integer of its last places
            unit = 10**stored.places
            size = (type_coerce(func.abs(column), Integer) + unit // 2).op("/", precedence=_BINDS)(literal_column(str(unit)))
            return case((type_coerce(column, Integer) < 0, -size), else_=size)
        number = type_coerce(column, Float)
        whole = cast(number, Integer)  # towards 0
        far = case((number - whole >= 0.5, 1), (number - whole <= -0.5, -1), else_=0)
        return case((func.abs(number) < literal_column(f"{2**63}.0"), whole + far))

    def exact_sum(self, column: ColumnElement[Any], *, squares: bool, floats: bool) -> ColumnElement[Any]:
        return func.mainspring_square_sum(column) if squares else func.mainspring_sum(column)

    def bucket(self, column: ColumnElement[Any], unit: str) -> ColumnElement[Any]:
        # Days and moments are texts that begin with the year, month and day.
        text = type_coerce(column, String)
        match unit:
            case "year":
                return func.substr(text, 1, 4).concat(literal_column("'-01-01'"))
            case "quarter":
                month = func.substr(text, 6, 2)
                first = case((month < "04", "-01-01"), (month < "07", "-04-01"), (month < "10", "-07-01"), else_="-10-01")
                return case((text.is_not(None), func.substr(text, 1, 4).concat(first)))
            case "month":
                return func.substr(text, 1, 7).concat(literal_column("'-01'"))
            case "week":
                return func.date(func.substr(text, 1, 10), literal_column("'-6 days'"), literal_column("'weekday 1'"))
            case "day":
                return func.substr(text, 1, 10)
            case _:
                return func.substr(text, 1, 13).concat(literal_column("':00:00.000000'"))

    def json_text(self, part: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((func.json_type(part) == "text", func.json_extract(part, "$")), else_=part)

    def json_type(self, part: ColumnElement[Any]) -> ColumnElement[str]:
        return case(_JSON_TYPES, value=func.json_type(part))

    def json_number(self, part: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((func.json_type(part).in_(["integer", "real"]), func.json_extract(part, "$")))

    def json_key(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.mainspring_json_key(value, type_=Text)

    def json_contains(self, whole: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[bool]:
        return func.mainspring_json_contains(whole, part) == 1


def _json_path(steps: Sequence[str | int]) -> str:
    """A path as SQLite writes it: `$."items"[0]`; `[#-1]` is the last place of a list."""
    return "$" + "".join(
        f".{json.dumps(step)}" if isinstance(step, str) else f"[{'#' if step < 0 else ''}{step}]" for step in steps
    )


_JSON_TYPES = {
    "text": "string",
    "integer": "number",
    "real": "number",
    "true": "boolean",
    "false": "boolean",
    "array": "array",
    "object": "object",
}
_PATTERN = re.compile(r"\\(.)|[%_*?\[]", re.DOTALL)


def _to_glob(found: re.Match[str]) -> str:
    """A part of a LIKE pattern as GLOB writes it, where `*` is any text, `?` any character, and `[x]` x itself."""
    literal = found[1] or found[0]
    if literal in "*?[" and (found[1] or found[0] not in "%_"):
        return f"[{literal}]"
    return {"%": "*", "_": "?"}[found[0]] if found[1] is None else literal
