"""One long answer that is read piece by piece, at the pace of its client."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from mainspring.database.engine import Connection, Engine
from mainspring.database.stop import Stop

T = TypeVar("T")


class Export:
    """A connection of its own, which sees the database as it was at its first step.

    No thread is held between two steps, however slow the client is.

    Args:
        engine: Opens the connection.
        pool: Does the steps.
        statement_seconds: Longest time that one step may take.
    """

    def __init__(self, engine: Engine, pool: Executor, statement_seconds: float) -> None:
        self._engine = engine
        self._pool = pool
        self._seconds = statement_seconds
        self._connection: Connection | None = None
        self._stop = Stop(engine)
        self._lock = threading.Lock()

    async def step(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, called in a thread.

        Raises:
            RequestError: The database refuses, the time of the step is over, or the export was stopped.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._step, work)

    async def stop(self) -> None:
        """Have the running step end."""
        await self._stop.ask()

    async def close(self) -> None:
        """Stop, and let go of the connection."""
        await self.stop()
        await asyncio.get_running_loop().run_in_executor(self._pool, self._close)

    def _step(self, work: Callable[[Connection], T]) -> T:
        deadline = time.monotonic() + self._seconds
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._engine.open_exporter()
                    self._connection.execute("BEGIN")
                self._engine.limit(self._connection, lambda: self._stop.asked or time.monotonic() > deadline)
                with self._stop.reading(self._connection):
                    return work(self._connection)
            except self._engine.errors as error:
                raise self._engine.translate(error) from error

    def _close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
