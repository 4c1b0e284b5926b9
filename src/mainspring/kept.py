"""A bounded memory of what was costly to make."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """Keeps the last `limit` things made. Reading takes no lock.

    Args:
        limit: Most things kept; the oldest goes first.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._things: dict[Hashable, V] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], V], keep: Callable[[V], bool] = lambda _: True) -> V:
        """What was kept under `key`, or what `make` gives now, kept if `keep` allows."""
        thing = self._things.get(key)
        if thing is None:
            thing = make()
            if keep(thing):
                with self._lock:
                    if len(self._things) >= self._limit:
                        del self._things[next(iter(self._things))]
                    self._things[key] = thing
        return thing
