"""What a question says that each engine writes in its own way. One class of an engine's folder fulfils it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement


class Expressions(ABC):
    """The SQL of one engine, and the driver values of what is bound in it."""

    @abstractmethod
    def among(self, columns: Sequence[ColumnElement[Any]], name: str) -> ColumnElement[bool]:
        """The condition that `columns` are one of the rows bound to `name` as one list (see `bind_list`)."""

    @abstractmethod
    def bind_list(self, values: Sequence[Any]) -> Any:
        """The one driver value of a list of driver values, or of tuples of them where several columns are compared."""

    @abstractmethod
    def compares_lists(self, column: ColumnElement[Any], operator: str, name: str) -> ColumnElement[bool]:
        """The condition that the list in `column` holds all (`cs`), only (`cd`) or any (`ov`) of the list bound to `name`.

        It is null where the column is.
        """

    @abstractmethod
    def matches(self, column: ColumnElement[Any], name: str, *, sensitive: bool) -> ColumnElement[bool]:
        """The condition that `column` fits the pattern bound to `name` (see `bind_pattern`)."""

    @abstractmethod
    def bind_pattern(self, pattern: str, *, sensitive: bool) -> str:
        """The driver value of a pattern: `%` is any text, `_` any character, and what follows a backslash is itself."""
