"""What Mainspring asks of a database engine. All that is different about an engine stands in its one folder of `engines/`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from mainspring.database.expressions import Expressions
from mainspring.errors import RequestError

Parameters = Sequence[Any] | Mapping[str, Any]


class Cursor(Protocol):
    """What is used of a driver's cursor."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def fetchmany(self, size: int, /) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def close(self) -> None: ...


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
        embedded: Whether the database runs in this process. Then quick reads may run on the event loop, and one change at a time
            is made; else everything waits for a server in threads, which makes several changes at once.
        dialect: The SQLAlchemy dialect that statements are compiled for.
        expressions: What is said in another way than SQLAlchemy knows.
        errors: The driver's errors that `translate` understands.
    """

    embedded: bool
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
    def alchemy(self) -> sa.Engine:
        """SQLAlchemy's engine, which opens a connection each time: for changes of the schema."""

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
    def stream(self, connection: Connection, sql: str, parameters: Parameters = ()) -> Cursor:
        """Execute a statement whose rows come when they are fetched, inside a transaction; one at a time on a connection."""

    @abstractmethod
    def limit(self, connection: Connection, budget: Budget | None) -> None:
        """Let `budget` watch the connection's statements, an embedded database's while they run; None lets them run."""

    @abstractmethod
    def interrupt(self, connection: Connection) -> None:
        """Have the statement that another thread executes on the connection fail as one that takes too long."""

    @abstractmethod
    def is_lost(self, connection: Connection) -> bool:
        """Whether the connection is of no use any more, because the server went away."""

    @abstractmethod
    def begin(self, connection: Connection) -> None:
        """Begin the transaction of changes. What is done in it sees the database as if it were alone."""

    @abstractmethod
    def conflicted(self, error: Exception) -> bool:
        """Whether a transaction failed by one of `errors` only because of what others did meanwhile: it may be done again."""

    @abstractmethod
    def alone(self, connection: Connection) -> AbstractContextManager[None]:
        """Around transactions: what else must not be done at the same time waits.

        With an embedded database these are the changes of other processes, which so wait in line instead of polling. With a
        server they are other lone changes, and those that called `keep_out_lone`.
        """

    def in_peace(self, connection: Connection) -> AbstractContextManager[None]:
        """Around a transaction that failed by what others did meanwhile: where the engine can, it keeps all others waiting."""
        return nullcontext()

    @abstractmethod
    def keep_out_lone(self, connection: Connection) -> None:
        """Inside a transaction: wait until no lone change is made any more, and keep new ones waiting until the end."""

    @abstractmethod
    def translate(self, error: Exception) -> RequestError:
        """The refusal that a driver's error means."""

    @abstractmethod
    def check(self) -> list[str]:
        """What is wrong with the engine's version or settings; empty when all is well."""
