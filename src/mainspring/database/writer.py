"""The one thread of a process that writes.

It takes the changes that wait, stores them in one transaction, and acknowledges them after the commit. A transaction costs a disk
sync however many changes are in it; that is why they share one.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mainspring.database.engine import Connection, Engine
from mainspring.errors import RequestError, Unavailable

T = TypeVar("T")

GROUP = 128
"""Most changes in one transaction."""


@dataclass(slots=True, eq=False)
class _Member:
    """A change that waits.

    Attributes:
        work: What it does. It may be called again where the group that it was in could not be committed.
        alone: Whether it needs a transaction of its own.
        future: Where its caller waits.
    """

    work: Callable[[Connection], Any]
    alone: bool
    future: Future[Any] = field(default_factory=Future[Any])
    result: Any = None
    error: BaseException | None = None

    def acknowledge(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _GroupLost(Exception):
    """The database rolled the whole transaction back, as it does when the disk is full."""


class Writer:
    """Writes for one process, in order of arrival.

    Args:
        engine: The engine, whose lock keeps other processes' writers out.
        prepare: Called before each change with the connection: sets the limits under which it runs.
    """

    def __init__(self, engine: Engine, prepare: Callable[[Connection], None]) -> None:
        self._engine = engine
        self._prepare = prepare
        self._queue: queue.SimpleQueue[_Member | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._closed = False
        self._connection = engine.open_writer()
        self._thread.start()

    def submit(self, work: Callable[[Connection], T], *, alone: bool = False) -> Future[T]:
        """Have `work` done in a transaction; the future is done when it is committed, or refused and rolled back.

        Args:
            work: Gets the connection inside a transaction. It may be called a second time, after a rollback: it must have no
                effect outside of the database that a second call would double.
            alone: Whether no other change may be in the same transaction.
        """
        if self._closed:
            raise Unavailable("the server is stopping", headers=[("Retry-After", "1")])
        member = _Member(work, alone)
        self._queue.put(member)
        return member.future

    def close(self) -> None:
        """Store what waits, then stop."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        carried: _Member | None = None
        while True:
            first = carried or self._queue.get()
            if first is None:
                return
            group, carried, last = self._take(first)
            # Whoever has gone away meanwhile is passed over; from here on nobody can go any more.
            group = [member for member in group if member.future.set_running_or_notify_cancel()]
            self._store(group)
            for member in group:
                member.acknowledge()
            if last:
                return

    def _take(self, first: _Member) -> tuple[list[_Member], _Member | None, bool]:
        """Who else waits and may share a transaction with `first`; the next one, if it may not; and whether that is all."""
        group = [first]
        while not first.alone and len(group) < GROUP:
            try:
                member = self._queue.get_nowait()
            except queue.Empty:
                break
            if member is None:
                return group, None, True
            if member.alone:
                return group, member, False
            group.append(member)
        return group, None, False

    def _store(self, group: list[_Member]) -> None:
        if not group:
            return
        try:
            with self._engine.alone(self._connection):
                if not self._commit(group) and len(group) > 1:
                    for member in group:
                        self._commit([member])
        except (OSError, self._engine.errors) as error:
            refusal = self._refusal(error)
            for member in group:
                member.error = member.error or refusal

    def _commit(self, group: list[_Member]) -> bool:
        """Whether the group's transaction was committed. If not, nothing of it was stored and each member knows why."""
        connection = self._connection
        try:
            self._engine.begin(connection)
            for member in group:
                self._perform(member)
            self._engine.limit(connection, None)
            connection.execute("COMMIT")
        except (self._engine.errors, _GroupLost) as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            cause = error.__cause__ if isinstance(error, _GroupLost) else error
            for member in group:
                member.error = member.error or self._refusal(cause or error)
            return False
        return True

    def _perform(self, member: _Member) -> None:
        connection = self._connection
        member.result, member.error = None, None
        connection.execute("SAVEPOINT member")
        try:
            self._prepare(connection)
            member.result = member.work(connection)
        except BaseException as error:
            member.error = self._refusal(error)
            if not connection.in_transaction:
                raise _GroupLost from error
            connection.execute("ROLLBACK TO member")
        connection.execute("RELEASE member")

    def _refusal(self, error: BaseException) -> BaseException:
        if isinstance(error, self._engine.errors):
            refusal: RequestError = self._engine.translate(error)
            refusal.__cause__ = error
            return refusal
        if isinstance(error, OSError):
            return Unavailable("the database cannot be written now", headers=[("Retry-After", "1")])
        return error
