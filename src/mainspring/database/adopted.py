"""What is asked of the engine of a database that was there before, over what every engine does."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from mainspring.database.engine import Engine


class AdoptedEngine(Engine):
    """An engine whose database was there before. It is served as it is."""

    @abstractmethod
    def plain_type(self, column: str, type_: TypeEngine[Any], checks: Sequence[str]) -> TypeEngine[Any]:
        """A type of the engine's own as one that every engine has; others as they are.

        Args:
            column: The column's name.
            type_: Its type.
            checks: The conditions of its table, as SQL.
        """

    @abstractmethod
    def left_out(self, connection: sa.Connection, schema: str | None) -> Collection[str]:
        """Tables that are parts of others, and are not adopted for themselves."""


def lenient(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Reads a value, or leaves one that it cannot read as it is: an answer that shows it is better than none."""

    def reading(value: Any) -> Any:
        try:
            return read(value)
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, OSError, ArithmeticError):
            return plain(value)

    return reading


def plain(value: Any) -> Any:
    """A value as the formats can write it."""
    return value.hex() if isinstance(value, bytes) else value
