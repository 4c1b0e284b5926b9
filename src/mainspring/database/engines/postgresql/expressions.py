"""SQL as PostgreSQL writes it: lists are arrays, rows of several columns JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, bindparam, case, cast, collate, func, literal, literal_column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.types import TypeEngine

from mainspring.database.engines.postgresql.search import configuration_name, write_search
from mainspring.database.engines.postgresql.types import BY_CODE_POINT, JsonType, comparable
from mainspring.database.expressions import Expressions, Part, SortKey
from mainspring.database.search import Search
from mainspring.database.types import Stored


class PostgresqlExpressions(Expressions):
    """PostgreSQL's expressions.

    Args:
        dialect: By which the types of columns are known.
    """

    def __init__(self, dialect: PGDialect) -> None:
        self._dialect = dialect

    def among(self, columns: Sequence[ColumnElement[Any]], name: str) -> ColumnElement[bool]:
        types = [self._comparable(column) for column in columns]
        if isinstance(types[0], ARRAY):  # of lists that differ in length there is no array
            return func.to_jsonb(columns[0]) == sa.any_(cast(bindparam(name), ARRAY(JSONB)))
        if len(columns) == 1:
            # Texts and floats may be of a type that others chose, such as an enum: the server finds out.
            found_out = isinstance(types[0], (sa.String, sa.Float))
            items: sa.BindParameter[Any] = bindparam(name)
            found: ColumnElement[Any] = items if found_out else cast(items, ARRAY(types[0]))
            return columns[0] == sa.any_(found)
        rows = func.json_array_elements(cast(bindparam(name), JsonType())).column_valued("row")
        parts = [cast(rows.op("->>")(sa.literal_column(str(at))), type_) for at, type_ in enumerate(types)]
        here = [
            cast(column, sa.Text) if isinstance(type_, sa.String) else column
            for column, type_ in zip(columns, types, strict=True)
        ]
        return sa.tuple_(*here).in_(sa.select(*parts))

    def part_of_each(
        self, query: sa.Select[Any], above: ColumnElement[Any], name: str, order: Sequence[SortKey], part: Part
    ) -> sa.Select[Any]:
        """Where an index finds the rows of a value, they are sought for each: else all of theirs would be read."""
        type_ = self._comparable(above)
        if isinstance(type_, sa.String) or not _leads_an_index(above):  # a text may be of a type that others chose
            return super().part_of_each(query, above, name, order, part)
        keys = cast(bindparam(name), ARRAY(type_))
        values = func.unnest(keys).table_valued("value", name="above").render_derived()
        own = query.where(above == values.c.value).order_by(*(key.ordered() for key in order))
        number = len(query.selected_columns)
        own = own.add_columns(*(key.column.label(f"s{at}") for at, key in enumerate(order)))
        columns = own.limit(part.limit).offset(part.offset).lateral("own").c
        again = [replace(key, column=column) for key, column in zip(order, columns[number:], strict=True)]
        joined = values.join(columns[0].table, sa.true())
        return sa.select(*columns[:number]).select_from(joined).order_by(*(key.ordered() for key in again))

    def _comparable(self, column: ColumnElement[Any]) -> TypeEngine[Any]:
        type_ = column.type
        inner = type_.load_dialect_impl(self._dialect) if isinstance(type_, sa.TypeDecorator) else type_
        return comparable(inner)

    def bind_list(self, values: Sequence[Any]) -> Any:
        if values and isinstance(values[0], tuple):
            return json.dumps(values, default=_written)
        return [json.dumps(each) if isinstance(each, list) else each for each in values]

    def compares_lists(self, column: ColumnElement[Any], operator: str, name: str) -> ColumnElement[bool]:
        sign = {"cs": "@>", "cd": "<@", "ov": "&&"}[operator]
        texts = ARRAY(sa.Text)  # which a column of others may not quite be
        return cast(column, texts).op(sign, is_comparison=True)(cast(bindparam(name), texts))

    def by_code_point(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return collate(cast(column, sa.Text), BY_CODE_POINT)

    def same_text(self, column: ColumnElement[Any], compare: Callable[[ColumnElement[Any]], Any]) -> ColumnElement[bool]:
        return sa.and_(compare(column))  # which is told apart by its bytes in every order

    def matches(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        pattern: sa.BindParameter[str] = bindparam(name)
        return column.like(pattern) if sensitive else column.ilike(pattern)

    def bind_pattern(self, pattern: str, *, sensitive: bool) -> str:
        backslashes = len(pattern) - len(pattern.rstrip("\\"))
        return pattern + "\\" if backslashes % 2 else pattern  # the last one stands for itself

    def matches_regex(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        return column.op("~" if sensitive else "~*", is_comparison=True)(bindparam(name))

    def finds(
        self, table: sa.Table, source: sa.FromClause, field: str, name: str, configuration: str | None
    ) -> ColumnElement[bool]:
        words: ColumnElement[Any] = sa.literal_column(f"'{configuration_name(configuration)}'::regconfig")
        query: sa.BindParameter[str] = bindparam(name, type_=sa.Text)
        return func.to_tsvector(words, source.c[field]).op("@@", is_comparison=True)(func.to_tsquery(words, query))

    def bind_search(self, search: Search, configuration: str | None) -> str:
        return write_search(search)

    def number_text(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        return collate(cast(column, sa.Text), BY_CODE_POINT)

    def rounded(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        number = self._number(column, floats=True)
        return case((func.abs(number) < literal_column(str(2**63)), cast(func.round(number), sa.BigInteger)))

    @staticmethod
    def _number(column: ColumnElement[Any], *, floats: bool) -> ColumnElement[Any]:
        """Exact numbers; of a float the shortest that it can be written as."""
        number: ColumnElement[Any] = cast(cast(column, sa.Text) if floats else column, sa.Numeric)
        return number

    def exact_sum(self, column: ColumnElement[Any], *, squares: bool, floats: bool) -> ColumnElement[Any]:
        number = self._number(column, floats=floats)
        return func.sum(number * number if squares else number, type_=sa.Numeric)

    def bucket(self, column: ColumnElement[Any], unit: str) -> ColumnElement[Any]:
        first = func.date_trunc(sa.literal_column(f"'{unit}'"), column)  # of moments in UTC, which is the connection's zone
        return first if unit == "hour" else cast(first, sa.Date)

    def json_part(self, column: ColumnElement[Any], steps: Sequence[str | int]) -> ColumnElement[Any]:
        part: ColumnElement[Any] = cast(column, JsonType())
        for step in steps:
            key = cast(literal(step), sa.Integer if isinstance(step, int) else sa.Text)
            part = part.op("->", return_type=JsonType())(key)
        return func.nullif(cast(part, sa.Text), "null", type_=sa.Text)

    def json_text(self, part: ColumnElement[Any]) -> ColumnElement[Any]:
        characters = cast(part, JsonType()).op("#>>", return_type=sa.Text())(sa.literal_column("'{}'"))
        return collate(case((self.json_type(part) == "string", characters), else_=part), BY_CODE_POINT)

    def json_type(self, part: ColumnElement[Any]) -> ColumnElement[str]:
        return func.json_typeof(cast(part, JsonType()), type_=sa.Text)

    def json_number(self, part: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((self.json_type(part) == "number", cast(self._countable(part), sa.Numeric)))

    def json_key(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(self._countable(value), JSONB)

    def json_contains(self, whole: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[bool]:
        return self.json_key(whole).op("@>", is_comparison=True)(self.json_key(part))

    @staticmethod
    def _countable(value: ColumnElement[Any]) -> ColumnElement[Any]:
        """JSON text, or null where a number in it is too large for any column."""
        text = cast(value, sa.Text)
        return case((text.op("!~", is_comparison=True)(literal(_HUGE, sa.Text)), text))


def _written(value: object) -> str:
    """A driver value as text that the server reads again."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


_HUGE = r"(^|[\[:,\s])-?[0-9.]+[eE][+-]?[0-9]{5}"


def _leads_an_index(column: ColumnElement[Any]) -> bool:
    """Whether an index of its table begins with a column."""
    (base,) = column.base_columns
    if not isinstance(base, sa.Column):
        return False
    table = base.table
    constraints = [each for each in table.constraints if isinstance(each, (sa.PrimaryKeyConstraint, sa.UniqueConstraint))]
    return base.unique is True or any(next(iter(each.columns), None) is base for each in (*table.indexes, *constraints))
