"""The threads of a process that write to a database server. There changes run side by side, each in a transaction of its own.

The server lets each see the database as if it were alone, and refuses one where that cannot be: it is made again.
"""

import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mainspring.database.engine import Connection, Engine
from mainspring.errors import RequestError, Unavailable

T = TypeVar("T")

THREADS = 4
"""Changes that one process makes at once, each with a connection of its own."""

TRIES = 12
"""How often a change is made again that others come in between, or whose connection is lost."""

CROWDED = 3
"""After so many tries a change asks for peace."""

PAUSE_SECONDS = 0.002
"""Longest pause before the second try; it doubles with each further one, up to a hundredfold."""


@dataclass(slots=True, eq=False)
class _Change:
    """A change that waits.

    Attributes:
        work: What it does; it may be called again.
        alone: Whether what calls `Engine.keep_out_lone` must not be done meanwhile.
        future: Where its caller waits.
    """

    work: Callable[[Connection], Any]
    alone: bool
    future: Future[Any] = field(default_factory=Future[Any])


class _CommitLost(Exception):
    """The server went away while it was asked to commit."""


class Writers:
    """Writes for one process.

    Args:
        engine: The engine.
        prepare: Called before each try with the connection: sets the limits under which it runs.
    """

    def __init__(self, engine: Engine, prepare: Callable[[Connection], None]) -> None:
        self._engine = engine
        self._prepare = prepare
        self._queue: queue.SimpleQueue[_Change | None] = queue.SimpleQueue()
        self._closed = False
        self._threads = [threading.Thread(target=self._run, name=f"writer-{number}", daemon=True) for number in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[Connection], T], *, alone: bool = False) -> Future[T]:
        """Have `work` done in a transaction; the future is done when it is committed, or refused and rolled back.

        Args:
            work: Gets the connection inside a transaction. It may be called several times, each after a rollback: it must have no
                effect outside of the database that this would double.
            alone: Whether it must have the contents of files for itself; see `Engine.alone`.
        """
        if self._closed:
            raise Unavailable("the server is stopping", headers=[("Retry-After", "1")])
        change = _Change(work, alone)
        self._queue.put(change)
        return change.future

    def close(self) -> None:
        """Store what waits, then stop."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        connection: Connection | None = None
        while (change := self._queue.get()) is not None:
            if change.future.set_running_or_notify_cancel():  # else who asked for it has gone away
                connection = self._store(connection, change)
        if connection is not None:
            connection.close()

    def _store(self, connection: Connection | None, change: _Change) -> Connection | None:
        """Make a change, again where that may help; gives the connection that it was made on."""
        for number in range(1, TRIES + 1):
            try:
                if connection is None or self._engine.is_lost(connection):
                    connection = self._engine.open_writer()
                change.future.set_result(self._make(connection, change, in_peace=number > CROWDED))
                break
            except BaseException as error:  # noqa: BLE001 - it goes to who waits
                if number == TRIES or not self._may_try_again(connection, error):
                    change.future.set_exception(self._refusal(error))
                    break
            time.sleep(random.uniform(0, PAUSE_SECONDS * min(2**number, 100)))  # noqa: S311 - no secret
        return connection

    def _make(self, connection: Connection, change: _Change, *, in_peace: bool) -> Any:
        alone = self._engine.alone(connection) if change.alone else nullcontext()
        with alone, self._engine.in_peace(connection) if in_peace else nullcontext():
            try:
                self._engine.begin(connection)
                self._prepare(connection)
                result = change.work(connection)
                self._engine.limit(connection, None)
                self._commit(connection)
            except BaseException:
                self._engine.limit(connection, None)
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        return result

    def _commit(self, connection: Connection) -> None:
        try:
            connection.execute("COMMIT")
        except self._engine.errors as error:
            if self._engine.is_lost(connection):
                raise _CommitLost from error
            raise

    def _may_try_again(self, connection: Connection | None, error: BaseException) -> bool:
        """Whether nothing was stored, and another try may come to another end."""
        if isinstance(error, _CommitLost):
            return False
        cause = self._driver_error(error)
        lost = connection is not None and self._engine.is_lost(connection)
        return cause is not None and (lost or self._engine.conflicted(cause))

    def _driver_error(self, error: BaseException | None) -> Exception | None:
        """The driver's error that an error was raised from."""
        while error is not None and not isinstance(error, self._engine.errors):
            error = error.__cause__
        return error

    def _refusal(self, error: BaseException) -> BaseException:
        if isinstance(error, _CommitLost):
            told = "the connection to the database was lost; whether the change was stored is not known"
            unknown = Unavailable(told, headers=[("Retry-After", "1")])
            unknown.__cause__ = error.__cause__
            return unknown
        if isinstance(error, self._engine.errors):
            refusal: RequestError = self._engine.translate(error)
            refusal.__cause__ = error
            return refusal
        return error
