"""Content on a local disk: `<folder>/<ab>/<cd>/<hash>`, files with mode 0600 in folders with mode 0700.

Content comes in by a hard link from the inbox, which lies in the same folder: a name either leads to the whole content or is not
there, and a second process that keeps the same content finds it there already.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from mainspring.files.inbox import Inbox, Incoming, full_disk_told, make_durable
from mainspring.files.store import Store
from mainspring.files.stored import checked_hash


class DiskStore(Store):
    """A store in a folder of a local file system that knows hard links.

    Args:
        folder: Made if absent.
        image_pixels: Most pixels (width × height × frames) of a picture that is taken.
    """

    def __init__(self, folder: Path, image_pixels: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self.inbox = Inbox(folder / "temporary", image_pixels)

    def keep(self, incoming: Incoming) -> None:
        target = self.path(incoming.hash)
        with full_disk_told():
            for folder in (target.parent.parent, target.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            with suppress(FileExistsError):
                os.link(incoming.path, target)
            # Also where nothing is new: another process may have made it a moment ago and not have come this far.
            for folder in (target.parent, target.parent.parent, self._folder):
                make_durable(folder)

    def path(self, hash: str) -> Path:
        """Where the content lies, or would lie.

        Raises:
            ValueError: `hash` is no hash.
        """
        return self._folder / hash[:2] / hash[2:4] / checked_hash(hash)

    def open(self, hash: str) -> BinaryIO:
        return self.path(hash).open("rb")

    def exists(self, hash: str) -> bool:
        return self.path(hash).exists()

    def remove(self, hash: str) -> None:
        self.path(hash).unlink(missing_ok=True)
