"""The contract of a store: where content lies under its hash, once, however many records need it.

A file's way, with the step that takes it:

```
inbox.upload(max_bytes)   bytes arrive in a temporary file, never more than the cap        Upload
upload.accept(name, …)    checked, hashed, on the disk for good, not yet kept              Incoming
store.keep(incoming)      inside the write transaction that stores the record
incoming.release()        once that transaction is committed
```

Content that a rolled back transaction may leave without a record is a `Claim`, and `store.settle` decides it inside a write
transaction. A process may be killed at any point: its claims outlive it on the disk, `inbox.adopt()` finds them at the next
start, and `settle` decides those too. (Content that a changed or deleted record no longer needs is noted by the database: see
`change/files.py`.)
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import BinaryIO

from mainspring.files.inbox import Claim, Inbox, Incoming


class Store(ABC):
    """Content under its hash. Safe with several threads and several processes at once.

    Attributes:
        inbox: Where files arrive for this store.
    """

    inbox: Inbox

    @abstractmethod
    def keep(self, incoming: Incoming) -> None:
        """Stores the content durably under its hash. Does nothing where it is stored already.

        Call it inside the write transaction that stores the record, so that no `settle` can come in between.

        Raises:
            StorageFull: There is no room for it; nothing was stored.
        """

    @abstractmethod
    def open(self, hash: str) -> BinaryIO:
        """The content, open for reading and seekable.

        Raises:
            FileNotFoundError: It is not stored.
            ValueError: `hash` is no hash.
        """

    @abstractmethod
    def exists(self, hash: str) -> bool:
        """Whether the content is stored. Raises ValueError where `hash` is no hash."""

    @abstractmethod
    def remove(self, hash: str) -> None:
        """Removes the content; it may be missing. Who has it open reads on. Raises ValueError where `hash` is no hash."""

    def settle(self, claims: Iterable[Claim], needed: Callable[[str], bool]) -> None:
        """Removes each claimed content that no record needs, and releases the claims.

        Call it inside a write transaction that locks out every other `keep` and `settle`, and let `needed` look there: what
        another process has just kept is then seen or not begun.

        Args:
            claims: `Incoming` after a failure, `inbox.adopt()` at the start.
            needed: Whether some record needs the content with this hash.
        """
        for claim in claims:
            if not needed(claim.hash):
                self.remove(claim.hash)
            claim.release()
