"""`Database`: where every reader and writer of a process gets its connection."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from mainspring.database.engine import Connection, Engine
from mainspring.database.export import Export
from mainspring.database.stop import Stop
from mainspring.database.writer import Writer
from mainspring.database.writers import Writers
from mainspring.errors import Unavailable

T = TypeVar("T")

INLINE_LOOKS = 20
"""How often a budget is asked before a read on the event loop gives way to a thread; with SQLite about 1 ms of work."""

POOL = 8
"""Threads for reads that take longer, and as many for the rooms' own work, so that slow questions keep nobody from signing in."""

WATCH_SECONDS = 0.05
"""How long a read in a thread takes before it is watched whether its asker is still there."""


class _Steps:
    """The budget of a read on the event loop: a number of looks."""

    def __init__(self) -> None:
        self.left = INLINE_LOOKS

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


class Database:
    """The database of one process.

    Args:
        engine: The engine.
        statement_seconds: Longest time that the statements of one read or one change may take.

    Attributes:
        pool: Threads for what rooms do that would block: hashing, receiving files, writes that are waited for.
    """

    def __init__(self, engine: Engine, statement_seconds: float) -> None:
        self.engine = engine
        self._seconds = statement_seconds
        self._readers = threading.local()
        self._opened: list[Connection] = []
        self._inline: Connection | None = None
        self._writer: Writer | Writers | None = None
        self._lock = threading.Lock()
        self.pool = ThreadPoolExecutor(POOL, thread_name_prefix="worker")
        self._slow = ThreadPoolExecutor(POOL, thread_name_prefix="reader")

    def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, called with a reading connection of this thread.

        Raises:
            RequestError: The database refuses, or the time is over.
        """
        return self._read(work, Stop(self.engine))

    async def answer(
        self,
        work: Callable[[Connection], T],
        *,
        divisible: bool = True,
        gone: Callable[[], Awaitable[None]] | None = None,
    ) -> T:
        """What `work` gives: at once on the event loop where it is quick, else from a thread. It may be called twice.

        Args:
            work: Gets a reading connection.
            divisible: Whether each of its steps is short. A step that compares long texts with a pattern is not: no budget can
                stop it, so it never runs on the event loop.
            gone: Waits until nobody waits for the answer any more: its statement is then stopped.

        Raises:
            RequestError: The database refuses, or the time is over.
        """
        if not (divisible and self.engine.embedded):
            return await self._read_in_thread(work, gone)
        if self._inline is None:
            self._inline = self._open_reader()
        budget = _Steps()
        self.engine.limit(self._inline, budget)
        try:
            return work(self._inline)
        except self.engine.errors as error:
            if budget.left >= 0:
                raise self.engine.translate(error) from error
        finally:
            self._end_transaction(self._inline)
        return await self._read_in_thread(work, gone)

    async def look_up(self, work: Callable[[], T]) -> T:
        """What `work` gives, which asks this database one small question; on the event loop where it is in this process."""
        if self.engine.embedded:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self.pool, work)

    def export(self) -> Export:
        """A connection for one long answer; close it."""
        return Export(self.engine, self._slow, self._seconds)

    def submit(self, work: Callable[[Connection], T], *, alone: bool = False) -> Future[T]:
        """Have `work` done in a transaction by the writer; see `Writer.submit`."""
        with self._lock:
            if self._writer is None:
                self._writer = (Writer if self.engine.embedded else Writers)(self.engine, self._set_deadline)
        return self._writer.submit(work, alone=alone)

    def write(self, work: Callable[[Connection], T], *, alone: bool = False) -> T:
        """`submit`, and wait until it is stored.

        Raises:
            RequestError: The database refuses; nothing was stored.
        """
        return self.submit(work, alone=alone).result()

    def close(self) -> None:
        """Store what waits and close every connection."""
        self.pool.shutdown()
        self._slow.shutdown()
        if self._writer is not None:
            self._writer.close()
        for connection in self._opened:
            connection.close()

    async def _read_in_thread(self, work: Callable[[Connection], T], gone: Callable[[], Awaitable[None]] | None) -> T:
        stop = Stop(self.engine)
        reading = asyncio.get_running_loop().run_in_executor(self._slow, self._read, work, stop)
        if gone is not None:
            await asyncio.wait({reading}, timeout=WATCH_SECONDS)
        if gone is not None and not reading.done():
            leaving = asyncio.ensure_future(gone())
            either: set[asyncio.Future[Any]] = {reading, leaving}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            if not reading.done():
                await stop.ask()
        return await reading

    def _read(self, work: Callable[[Connection], T], stop: Stop) -> T:
        connection = self._own_reader()
        try:
            return self._call(work, connection, stop)
        except Unavailable:
            if not self.engine.is_lost(connection):
                raise
        return self._call(work, self._own_reader(), stop)  # the server was started anew meanwhile

    def _own_reader(self) -> Connection:
        """The reading connection of this thread."""
        connection: Connection | None = getattr(self._readers, "connection", None)
        if connection is not None and self.engine.is_lost(connection):
            self._forget(connection)
            connection = None
        if connection is None:
            connection = self._readers.connection = self._open_reader()
        return connection

    def _open_reader(self) -> Connection:
        try:
            connection = self.engine.open_reader()
        except self.engine.errors as error:
            raise self.engine.translate(error) from error
        with self._lock:
            self._opened.append(connection)
        return connection

    def _forget(self, connection: Connection) -> None:
        self._readers.connection = None
        with self._lock:
            self._opened.remove(connection)

    def _set_deadline(self, connection: Connection) -> None:
        deadline = time.monotonic() + self._seconds
        self.engine.limit(connection, lambda: time.monotonic() > deadline)

    def _call(self, work: Callable[[Connection], T], connection: Connection, stop: Stop) -> T:
        deadline = time.monotonic() + self._seconds
        self.engine.limit(connection, lambda: stop.asked or time.monotonic() > deadline)
        try:
            with stop.reading(connection):
                return work(connection)
        except self.engine.errors as error:
            raise self.engine.translate(error) from error
        finally:
            if stop.asked:
                self._forget(connection)
                connection.close()
            else:
                self._end_transaction(connection)

    def _end_transaction(self, connection: Connection) -> None:
        """A reader that was interrupted must not go on seeing the database of that moment."""
        if connection.in_transaction:
            self.engine.limit(connection, None)  # its time may be over
            connection.execute("ROLLBACK")
