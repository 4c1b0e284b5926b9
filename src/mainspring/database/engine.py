"""What Mainspring asks of a database engine. All that is different about an engine stands in its one folder of `engines/`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.engine import Dialect

from mainspring.database.expressions import Expressions
from mainspring.errors import RequestError

Parameters = Sequence[Any] | Mapping[str, Any]


class Cursor(Protocol):
    """What is used of a driver's cursor."""

    @property
    def rowcount(self) -> int: ...
    @property
    def lastrowid(self) -> int | None: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def fetchmany(self, size: int, /) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What is used of a driver's connection. It is in autocommit: transactions begin and end by statement."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, parameters: Parameters = (), /) -> Cursor: ...
    def close(self) -> None: ...


class Budget(Protocol):
    """Tells a running statement to stop: called now and then while it runs, it returns True when enough is enough."""

    def __call__(self) -> bool: ...


class Engine(ABC):
    """A database engine.

    Attributes:
        dialect: The SQLAlchemy dialect that statements are compiled for.
        expressions: What is said in another way than SQLAlchemy knows.
        errors: The driver's errors that `translate` understands.
    """

    dialect: Dialect
    expressions: Expressions
    errors: type[Exception]

    @abstractmethod
    def open_reader(self) -> Connection:
        """A connection that cannot write."""

    @abstractmethod
    def open_exporter(self) -> Connection:
        """A connection that cannot write, for one long answer: what it has read does not stay in memory."""

    @abstractmethod
    def open_writer(self) -> Connection:
        """A connection that can."""

    @abstractmethod
    def limit(self, connection: Connection, budget: Budget | None) -> None:
        """Let `budget` watch the connection's statements; None lets them run."""

    @abstractmethod
    def explain(self, connection: Connection, sql: str, parameters: Sequence[Any], *, analyze: bool) -> Any:
        """What the engine says that it would do for a statement: text, or what JSON can hold.

        Args:
            connection: Where it would be run.
            sql: The statement.
            parameters: What fills its places.
            analyze: Whether it is run, to tell what that costs.

        Raises:
            BadRequest: It is to be run, and the engine cannot tell what that costs.
        """

    @abstractmethod
    def writing(self) -> Any:
        """A context manager that keeps other processes from writing, so that they wait in line instead of polling."""

    @abstractmethod
    def translate(self, error: Exception) -> RequestError:
        """The refusal that a driver's error means."""

    @abstractmethod
    def check(self) -> list[str]:
        """What is wrong with the engine's version or settings; empty when all is well."""
