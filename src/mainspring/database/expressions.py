"""What a question says that each engine writes in its own way. One class of an engine's folder fulfils it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BindParameter, ColumnElement, FromClause, Select, Table, and_, func, select

from mainspring.database.search import Search
from mainspring.database.types import Stored
from mainspring.errors import BadRequest

JSON_TYPES = ("string", "number", "boolean", "array", "object")
"""The types of JSON values that are not null, in the order in which they are sorted."""


@dataclass(frozen=True, slots=True, eq=False)
class SortKey:
    """One term of an ORDER BY.

    Attributes:
        column: What is sorted by.
        descending: Whether the greatest comes first.
        nulls: Where empty ones come; None where there are none.
    """

    column: ColumnElement[Any]
    descending: bool
    nulls: Literal["first", "last"] | None

    def ordered(self) -> ColumnElement[Any]:
        """The term. Where nothing is empty it says nothing of that, so that an index on the column serves."""
        term = self.column.desc() if self.descending else self.column.asc()
        if self.nulls is None:
            return term
        return term.nulls_first() if self.nulls == "first" else term.nulls_last()


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Which of some rows in their order: places to be filled.

    Attributes:
        limit: At most how many.
        offset: How many are skipped.
    """

    limit: BindParameter[int]
    offset: BindParameter[int]


class Expressions(ABC):
    """The SQL of one engine, and the driver values of what is bound in it."""

    @abstractmethod
    def among(self, columns: Sequence[ColumnElement[Any]], name: str) -> ColumnElement[bool]:
        """The condition that `columns` are one of the rows bound to `name` as one list (see `bind_list`)."""

    @abstractmethod
    def bind_list(self, values: Sequence[Any]) -> Any:
        """The one driver value of a list of driver values, or of tuples of them where several columns are compared."""

    def part_of_each(
        self,
        query: Select[Any],
        above: ColumnElement[Any],
        name: str,
        order: Sequence[SortKey],
        part: Part,
    ) -> Select[Any]:
        """The SELECT of a part of the rows for each value of a list, those of each in their order.

        Args:
            query: All rows.
            above: The column of theirs that holds the value.
            name: The name that the list is bound to (see `bind_list`).
            order: In which order the rows of one value are.
            part: Which of them.
        """
        return numbered_part(query.where(self.among([above], name)), above, [key.ordered() for key in order], part)

    @abstractmethod
    def compares_lists(self, column: ColumnElement[Any], operator: str, name: str) -> ColumnElement[bool]:
        """The condition that the list in `column` holds all (`cs`), only (`cd`) or any (`ov`) of the list bound to `name`.

        It is null where the column is.
        """

    @abstractmethod
    def by_code_point(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """A text that others declared, compared and sorted as ours are, whatever its own order."""

    def same_text(self, column: ColumnElement[Any], compare: Callable[[ColumnElement[Any]], Any]) -> ColumnElement[bool]:
        """The condition that a text that others declared is the same as another one, or one of some.

        It is asked in the column's own order as well, which may take more for the same, but has the index.
        """
        return and_(compare(column), compare(self.by_code_point(column)))

    @abstractmethod
    def matches(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        """The condition that `column` fits the pattern bound to `name` (see `bind_pattern`)."""

    @abstractmethod
    def bind_pattern(self, pattern: str, *, sensitive: bool) -> str:
        """The driver value of a pattern: `%` is any text, `_` any character, and what follows a backslash is itself."""

    def finds(self, table: Table, source: FromClause, field: str, name: str, configuration: str | None) -> ColumnElement[bool]:
        """The condition that the query bound to `name` (see `bind_search`) finds words in a field that has an index for it.

        Args:
            table: The table.
            source: The same under the name that it has in the statement.
            field: The field's name.
            name: The name of the bound value.
            configuration: How words are told apart and compared; None for whole words as they stand.

        Raises:
            BadRequest: The engine has no full-text search (`0A000`).
        """
        raise BadRequest("there is no full-text search on this database engine", code="0A000")

    def bind_search(self, search: Search, configuration: str | None) -> str:
        """The driver value of a full-text query.

        Raises:
            BadRequest: The engine does not know the configuration (`0A000`).
        """
        raise BadRequest("there is no full-text search on this database engine", code="0A000")

    @abstractmethod
    def matches_regex(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        """The condition that something in `column` matches the regular expression bound to `name` (see `bind_regex`)."""

    def bind_regex(self, pattern: str) -> str:
        """The driver value of a regular expression, in the syntax of `regex`."""
        return pattern

    @abstractmethod
    def json_part(self, column: ColumnElement[Any], steps: Sequence[str | int]) -> ColumnElement[Any]:
        """The JSON text of a part of the JSON in `column`, by keys and places; a place below 0 counts from the end.

        Null where it is not there, where it is null in the JSON, and where the column holds no JSON.
        """

    @abstractmethod
    def json_text(self, part: ColumnElement[Any]) -> ColumnElement[Any]:
        """The characters of a JSON text (see `json_part`), or the JSON of anything else, compared by code point."""

    @abstractmethod
    def json_type(self, part: ColumnElement[Any]) -> ColumnElement[str]:
        """What a JSON value is: one of `JSON_TYPES`."""

    @abstractmethod
    def json_number(self, part: ColumnElement[Any]) -> ColumnElement[Any]:
        """A JSON number as a number; null for everything else."""

    @abstractmethod
    def json_key(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """What is equal for equal JSON values, however they are written."""

    @abstractmethod
    def json_contains(self, whole: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[bool]:
        """The condition that one JSON value holds another: objects their keys, lists their items, in depth."""

    @abstractmethod
    def exact_sum(self, column: ColumnElement[Any], *, squares: bool, floats: bool) -> ColumnElement[Any]:
        """The exact sum of the numbers of `column` in a group, or of their squares; null where there are none.

        Its driver value is written as the number that it is, of however many digits.

        Args:
            column: The numbers, as they are stored.
            squares: Whether their squares are summed.
            floats: Whether they are floats; each counts as the shortest decimal number that it can be written as.
        """

    @abstractmethod
    def number_text(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        """Integers or decimals (with all their places) as text, compared by code point."""

    @abstractmethod
    def rounded(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[Any]:
        """The nearest integers of decimals or floats, of two that are as near the one further from 0; null beyond 64 bits."""

    @abstractmethod
    def bucket(self, column: ColumnElement[Any], unit: str) -> ColumnElement[Any]:
        """The first day of the year, quarter, month, week (from Monday) or day of a day or moment (in UTC), stored as days are.

        Of the unit `hour` it is the first moment of a moment's hour, stored as moments are.
        """


def numbered_part(query: Select[Any], above: ColumnElement[Any], order: Sequence[ColumnElement[Any]], part: Part) -> Select[Any]:
    """The SELECT of a part of the rows for each value of `above`, which numbers all of them: any engine can do that."""
    numbered = query.add_columns(func.row_number().over(partition_by=above, order_by=order))
    *columns, number = numbered.subquery().c
    return select(*columns).where(number > part.offset, number <= part.offset + part.limit).order_by(number)
