"""What is asked of the engine of a database that was there before, over what every engine does."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from mainspring.database.engine import Engine


@dataclass(frozen=True, slots=True)
class Told:
    """What an engine tells of a schema beyond what SQLAlchemy finds in it.

    Attributes:
        types: The type of each column, by table and column, in the engine's own words.
        checks: The conditions of each table, as SQL.
        left_out: Tables that are parts of others, and are not adopted for themselves.
        only_read: Why some tables can only be read.
    """

    types: Mapping[tuple[str, str], str]
    checks: Mapping[str, Sequence[str]]
    left_out: Collection[str] = ()
    only_read: Mapping[str, str] = field(default_factory=dict[str, str])


class AdoptedEngine(Engine):
    """An engine whose database was there before. It is served as it is."""

    @abstractmethod
    def tell(self, connection: sa.Connection, schema: str | None) -> Told:
        """What there is to tell of a schema; None for the usual one."""

    @abstractmethod
    def plain_type(self, column: str, type_: TypeEngine[Any], told: str, checks: Sequence[str]) -> TypeEngine[Any]:
        """A type of the engine's own as one that every engine has; others as they are.

        Args:
            column: The column's name.
            type_: Its type.
            told: The same in the engine's own words.
            checks: The conditions of its table, as SQL.
        """


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
