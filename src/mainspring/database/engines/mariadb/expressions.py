"""SQL as MariaDB writes it: a list is the list of its values, which the driver writes into the statement."""

import json
import re
import string
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, bindparam, case, cast, collate, func, literal, literal_column, type_coerce
from sqlalchemy.dialects.mysql import CHAR, DECIMAL
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from mainspring.database.engines.mariadb.patterns import STEPS, write_pattern, write_search
from mainspring.database.engines.mariadb.types import BY_CODE_POINT, CHARACTERS
from mainspring.database.expressions import Expressions
from mainspring.database.search import Search
from mainspring.database.types import Stored
from mainspring.errors import BadRequest

_EMPTY = "((SELECT NULL FROM DUAL WHERE FALSE))"
"""A list of nothing: `IN` is false with it, where no list may be without values."""

_EXACT = DECIMAL(65, 30)
"""The longest number: 35 digits before the point and 30 behind it."""


class Nothing:
    """The driver value of a list without values."""


NOTHING = Nothing()


def write_nothing(_nothing: Nothing, _mapping: object = None) -> str:
    """A list without values as SQL."""
    return _EMPTY


class MariadbExpressions(Expressions):
    """MariaDB's expressions."""

    def among(self, columns: Sequence[ColumnElement[Any]], name: str) -> ColumnElement[bool]:
        left = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
        return left.op("IN", is_comparison=True, return_type=sa.Boolean())(bindparam(name))

    def bind_list(self, values: Sequence[Any]) -> Any:
        return tuple(values) or NOTHING

    def compares_lists(self, column: ColumnElement[Any], operator: str, name: str) -> ColumnElement[bool]:
        items = _Items(column).table_valued("item", name="here")
        if operator == "cs":
            there = _Items(_WrittenArray(bindparam(name))).table_valued("item", name="there")
            missing = there.c.item.not_in(sa.select(items.c.item))
            found: ColumnElement[bool] = ~sa.exists().select_from(there).where(there.c.item.is_not(None), missing)
        else:
            is_among = self.among([items.c.item], name)
            held = sa.exists().select_from(items).where(is_among if operator == "ov" else ~is_among)
            found = held if operator == "ov" else ~held
        return case((column.is_not(None), found))

    def by_code_point(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return collate(_Converted(column), BY_CODE_POINT)

    def matches(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        text = column if sensitive else reduce(_in_lower_case, string.ascii_uppercase, column)
        return text.like(bindparam(name), escape="\\")

    def bind_pattern(self, pattern: str, *, sensitive: bool) -> str:
        backslashes = len(pattern) - len(pattern.rstrip("\\"))
        whole = pattern + "\\" if backslashes % 2 else pattern  # the last one stands for itself
        return whole if sensitive else _LETTERS.sub(lambda found: found[0].lower(), whole)

    def matches_regex(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        digits = func.length(func.char_length(column))
        steps = func.rpad(literal_column("'1'"), literal_column(str(STEPS + 1)) - digits, literal_column("'0'"))
        flags: ColumnElement[str] = literal_column("')(?s-i)'" if sensitive else "')(?si)'")
        pattern = func.concat(literal_column("'(*LIMIT_MATCH='"), steps, flags, bindparam(name))
        return column.op("REGEXP", is_comparison=True)(pattern)

    def bind_regex(self, pattern: str) -> str:
        return write_pattern(pattern)

    def finds(
        self, table: sa.Table, source: sa.FromClause, field: str, name: str, configuration: str | None
    ) -> ColumnElement[bool]:
        # Its own index leaves out words of one or two characters, and what the transaction itself has written.
        return source.c[field].op("REGEXP", is_comparison=True)(func.concat(literal_column("'(?si)'"), bindparam(name)))

    def bind_search(self, search: Search, configuration: str | None) -> str:
        if configuration not in {None, "simple"}:
            raise BadRequest(
                f"MariaDB has no configuration '{str(configuration)[:40]}' of full-text search",
                code="0A000",
                hint="leave it out: words are then found as they stand",
            )
        return write_search(search)

    def json_part(self, column: ColumnElement[Any], steps: Sequence[str | int]) -> ColumnElement[Any]:
        text = type_coerce(column, sa.Text)
        # To MariaDB a single value is also the first of a list.
        lists = [_type(_extract(text, steps[:at])) == "ARRAY" for at, step in enumerate(steps) if isinstance(step, int)]
        part = _extract(text, steps)
        found = case((sa.and_(*lists), part)) if lists else part
        return func.nullif(found, "null", type_=sa.Text)

    def json_text(self, part: ColumnElement[Any]) -> ColumnElement[Any]:
        characters = func.json_unquote(part, type_=sa.Text)
        return collate(case((_type(part) == "STRING", characters), else_=part), BY_CODE_POINT)

    def json_type(self, part: ColumnElement[Any]) -> ColumnElement[str]:
        return case(_JSON_TYPES, value=_type(part))

    def json_number(self, part: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((_type(part).in_(["INTEGER", "DOUBLE"]), cast(part, _EXACT)))

    def json_key(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return collate(func.json_normalize(value, type_=sa.Text), BY_CODE_POINT)

    def json_contains(self, whole: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[bool]:
        one = func.concat(literal_column("""'{"":['"""), part, literal_column("""']}'"""), type_=sa.Text)
        in_a_list = sa.and_(_type(whole) == "ARRAY", _type(part).not_in(["ARRAY", "OBJECT"]))
        return func.json_contains(_with_lists_named(whole), case((in_a_list, one), else_=_with_lists_named(part))) == 1

    def number_text(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        return collate(cast(column, CHAR(charset=CHARACTERS)), BY_CODE_POINT)

    def rounded(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        size = func.abs(column)
        exact = cast(func.round(cast(cast(column, CHAR), _EXACT)), sa.BigInteger)
        whole = cast(column, sa.BigInteger)  # floats of that size have no places
        return case((size < literal_column("1e15"), exact), (size < literal_column("9223372036854775807"), whole))

    def exact_sum(self, column: ColumnElement[Any], *, squares: bool, floats: bool) -> ColumnElement[Any]:
        most = "1e12" if squares else "1e20"  # more would not fit the longest number
        exact = cast(cast(column, CHAR), _EXACT) if floats else column
        number = exact * (exact + literal_column("0.0")) if squares else exact  # the product of 64-bit integers would not fit one
        whole = func.sum(number)
        if not floats:
            return whole
        scale: ColumnElement[float] = literal_column(
            "1099511627776e0"
        )  # a sum that is too large is nothing to MariaDB, a product is refused
        near = func.sum((column * column if squares else column) / scale) * scale
        return case((func.max(func.abs(column)) < literal_column(most), cast(whole, CHAR)), else_=cast(near, CHAR))

    def bucket(self, column: ColumnElement[Any], unit: str) -> ColumnElement[Any]:
        match unit:
            case "year":
                return func.date_format(column, literal_column("'%Y-01-01'"))
            case "quarter":
                month = func.lpad(func.quarter(column, type_=sa.Integer) * 3 - 2, 2, literal_column("'0'"))
                return func.concat(func.date_format(column, literal_column("'%Y-'")), month, literal_column("'-01'"))
            case "month":
                return func.date_format(column, literal_column("'%Y-%m-01'"))
            case "week":
                return func.subdate(func.date(column), func.weekday(column))
            case "day":
                return func.date(column)
            case _:
                return func.date_format(column, literal_column("'%Y-%m-%d %H:00:00.000000'"))


class _Items(FunctionElement[Any]):
    """The items of a list that is kept as JSON, as rows."""

    inherit_cache = True
    name = "items"


@compiles(_Items, "mariadb")
def _items(items: _Items, compiler: SQLCompiler, **options: Any) -> str:
    text = f"item LONGTEXT CHARACTER SET {CHARACTERS} COLLATE {BY_CODE_POINT} PATH '$'"
    return f"JSON_TABLE({compiler.process(items.clauses, **options)}, '$[*]' COLUMNS ({text}))"


class _Converted(FunctionElement[Any]):
    """A text in the characters of ours."""

    inherit_cache = True
    name = "converted"
    type = sa.Text()


@compiles(_Converted, "mariadb")
def _converted(text: _Converted, compiler: SQLCompiler, **options: Any) -> str:
    return f"CONVERT({compiler.process(text.clauses, **options)} USING {CHARACTERS})"


class _WrittenArray(FunctionElement[Any]):
    """A list that the driver writes, as JSON."""

    inherit_cache = True
    name = "written_array"


@compiles(_WrittenArray, "mariadb")
def _written_array(array: _WrittenArray, compiler: SQLCompiler, **options: Any) -> str:
    return f"JSON_ARRAY{compiler.process(array.clauses, **options)}"


def _in_lower_case(text: ColumnElement[Any], letter: str) -> ColumnElement[Any]:
    """The text with one letter of ASCII small: MariaDB's own function takes more for letters than other engines do."""
    return func.replace(text, literal_column(f"'{letter}'"), literal_column(f"'{letter.lower()}'"), type_=sa.Text)


def _extract(text: ColumnElement[Any], steps: Sequence[str | int]) -> ColumnElement[Any]:
    return func.json_compact(func.json_extract(text, _json_path(text, steps)), type_=sa.Text)


def _json_path(text: ColumnElement[Any], steps: Sequence[str | int]) -> ColumnElement[str]:
    """A path as MariaDB writes it: `$."items"[0]`. MariaDB would count a place from the end for the first row only."""
    path: ColumnElement[str] = literal("$", sa.Text)
    for step in steps:
        if isinstance(step, int) and step < 0:
            place = func.json_length(text, path, type_=sa.Integer) + literal_column(str(step))
            path = func.concat(path, literal_column("'['"), case((place >= 0, place)), literal_column("']'"), type_=sa.Text)
        else:
            told = f".{json.dumps(step, ensure_ascii=False)}" if isinstance(step, str) else f"[{step}]"
            path = _followed(path, told)
    return path


def _followed(path: ColumnElement[str], told: str) -> ColumnElement[str]:
    if isinstance(path, sa.BindParameter):
        return literal(f"{path.value}{told}", sa.Text)
    return func.concat(path, literal(told, sa.Text), type_=sa.Text)


def _with_lists_named(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """JSON in which each list is the one part of an object: MariaDB takes a single value for a list of one."""
    for sign, named in (("[", '{"":['), ("]", "]}")):
        found = literal(rf'"(?:[^"\\]++|\\.)*+"(*SKIP)(*F)|\{sign}', sa.Text)
        value = func.regexp_replace(value, found, literal(named, sa.Text), type_=sa.Text)
    return value


def _type(part: ColumnElement[Any]) -> ColumnElement[str]:
    return func.json_type(part, type_=sa.Text)


_LETTERS = re.compile("[A-Z]+")
_JSON_TYPES: Mapping[str, str] = {
    "STRING": "string",
    "INTEGER": "number",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "ARRAY": "array",
    "OBJECT": "object",
}
