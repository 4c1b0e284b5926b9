"""The end of a read that nobody waits for any more."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from mainspring.database.engine import Connection, Engine
from mainspring.errors import RequestError


class Stop:
    """Stops what another thread reads.

    A server may hear of it only after the statement: a connection that was interrupted is of no more use.

    Args:
        engine: Whose connection it is.

    Attributes:
        asked: Whether it is to stop.
    """

    def __init__(self, engine: Engine) -> None:
        self.asked = False
        self._engine = engine
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    @contextmanager
    def reading(self, connection: Connection) -> Generator[None]:
        """Around what is read."""
        self._connection = connection
        try:
            yield
        finally:
            with self._lock:
                self._connection = None

    async def ask(self) -> None:
        """Have the running statement end, and no other one begin."""
        self.asked = True
        await asyncio.to_thread(self._interrupt)

    def _interrupt(self) -> None:
        # What cannot be interrupted now is ended by its time.
        with self._lock, suppress(RequestError, self._engine.errors):
            if self._connection is not None:
                self._engine.interrupt(self._connection)
