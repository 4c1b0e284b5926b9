"""Where passwords are hashed: a few threads and a short queue, so that no crowd at the door takes the whole machine."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mainspring.errors import Unavailable

T = TypeVar("T")

QUEUE = 32
"""Most pieces of work that wait. A hash takes 46 MiB while it is made, and nothing while it waits."""


class HashingPool:
    """Does work that hashes passwords, at most one piece for each core of the machine at once.

    Args:
        workers: Server processes that share the machine.
    """

    def __init__(self, workers: int) -> None:
        threads = max(1, (os.cpu_count() or 1) // workers)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="hashing")
        self._room = threading.Semaphore(threads + QUEUE)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives, from a thread.

        Raises:
            Unavailable: Too many wait already.
        """
        if not self._room.acquire(blocking=False):
            raise Unavailable("too many people sign in at this moment", headers=[("Retry-After", "1")])
        future = self._pool.submit(work)
        future.add_done_callback(lambda _: self._room.release())  # also where nobody waits for it any more
        return await asyncio.wrap_future(future)
