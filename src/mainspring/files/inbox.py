"""The temporary files of one process: what arrives, and what a killed process left behind.

Each process has a folder of its own with a locked file `lock` in it. The operating system drops the lock when the process ends,
however it ends; whoever can take the lock knows that the process is gone. A file that is complete bears its hash in its name.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from mainspring.errors import StorageFull, TooLarge
from mainspring.files import pictures, sniff
from mainspring.files.stored import PICTURE_TYPES, FileRefused, PictureRule, StoredFile, clean_name

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_COMPLETE = re.compile(r"([0-9a-f]{64})\..+")


@dataclass(frozen=True, slots=True)
class Claim:
    """A content that some record may need or may not, noted on the disk so that a killed process does not forget it.

    Attributes:
        hash: SHA-256 of the content.
        path: The content itself, which its process had not released.
    """

    hash: str
    path: Path

    def release(self) -> None:
        """Removes the note. A second call does nothing."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Incoming(Claim):
    """A received and checked file that lies complete on the disk but is not yet kept.

    Attributes:
        file: What the record is to hold.
    """

    file: StoredFile


class Upload:
    """A file while it arrives. Use it in a `with` block, at whose end an upload that was not accepted is gone.

    Attributes:
        size: Bytes so far.
    """

    def __init__(self, path: Path, descriptor: int, max_bytes: int, image_pixels: int) -> None:
        self.size = 0
        self._path = path
        self._file = FileIO(descriptor, "w")
        self._max_bytes = max_bytes
        self._image_pixels = image_pixels

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Adds bytes to the end.

        Raises:
            TooLarge: There would be more bytes than the cap; the upload is discarded.
            StorageFull: The disk is full; the upload is discarded.
        """
        rest = memoryview(data)
        self.size += rest.nbytes
        if self.size > self._max_bytes:
            self.discard()
            raise TooLarge(f"The file is larger than {self._max_bytes} bytes.", hint="Send a smaller file.")
        with self._discarded_on_error(), full_disk_told():
            while rest:
                rest = rest[self._file.write(rest) :]

    def accept(self, name: str, picture: PictureRule | None = None) -> Incoming:
        """Checks the content, makes it durable and ends the upload.

        Args:
            name: The client's name for it; it is cleaned and becomes no part of a path.
            picture: What the picture must be. None: any file; a picture among them is recognised where it can be decoded.

        Raises:
            FileRefused: It is not the picture that it should be; the upload is discarded.
            StorageFull: The disk is full; the upload is discarded.
        """
        with self._discarded_on_error(), full_disk_told():
            self._file.close()
            type, width, height = self._check(picture)
            with self._path.open("rb+") as file:
                hash = hashlib.file_digest(file, "sha256").hexdigest()
                size = file.tell()
                os.fsync(file.fileno())
            complete = self._path.rename(self._path.with_name(f"{hash}.{self._path.name}"))
            make_durable(complete.parent)
        return Incoming(hash, complete, StoredFile(hash, size, type, width, height, clean_name(name)))

    def discard(self) -> None:
        """Removes what has arrived. A second call, or one after `accept`, does nothing."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.discard()

    def _check(self, picture: PictureRule | None) -> tuple[str, int | None, int | None]:
        if picture is not None:
            found = pictures.examine(self._path, picture, self._image_pixels)
            return found.type, found.width, found.height
        if sniff.picture_type(self._path) is not None:
            with suppress(FileRefused):
                found = pictures.examine(self._path, PictureRule(PICTURE_TYPES), self._image_pixels)
                return found.type, found.width, found.height
            return sniff.UNKNOWN, None, None
        return sniff.document_type(self._path), None, None

    @contextmanager
    def _discarded_on_error(self) -> Generator[None]:
        try:
            yield
        except BaseException:
            self.discard()
            raise


class Inbox:
    """The folder in which the files of all processes arrive; each process writes to its own folder in it.

    Args:
        folder: Made if absent; on the same file system as the store that keeps from it.
        image_pixels: Most pixels (width × height × frames) of a picture that is taken.
    """

    def __init__(self, folder: Path, image_pixels: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._image_pixels = image_pixels
        self._guard = Lock()
        self._own: tuple[int, Path] | None = None

    def upload(self, max_bytes: int) -> Upload:
        """Begins an upload of at most `max_bytes`. Raises StorageFull where the disk is full."""
        with full_disk_told():
            descriptor, name = tempfile.mkstemp(prefix="upload.", dir=self._own_folder())
        return Upload(Path(name), descriptor, max_bytes, self._image_pixels)

    def adopt(self) -> list[Claim]:
        """Takes over what killed processes left: their claims, for `Store.settle` to decide. Half-received files are removed.

        Call it at the start of a process. What living processes have is left alone.
        """
        claims: list[Claim] = []
        with self._alone():
            for folder in [each for each in self._folder.iterdir() if each.is_dir()]:
                with suppress(BlockingIOError), _locked(folder / "lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                    claims += self._take_over(folder)
        return claims

    def _take_over(self, folder: Path) -> list[Claim]:
        left = list(folder.iterdir())
        complete = [(path, found[1]) for path in left if (found := _COMPLETE.fullmatch(path.name))]
        for path in left:
            if path.name.startswith("upload."):  # first of all, for the disk may be full of it
                path.unlink()
        claims = [Claim(hash, path.rename(self._made_folder() / path.name)) for path, hash in complete]
        shutil.rmtree(folder)
        return claims

    def _own_folder(self) -> Path:
        with self._alone():
            return self._made_folder()

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Nobody makes or takes over a folder meanwhile, so that no `adopt` meets one whose lock is not taken yet."""
        with self._guard, _locked(self._folder / "lock"):
            yield

    def _made_folder(self) -> Path:
        """This process's own folder, made where there is none yet; a forked child makes itself another one. For who is alone."""
        if self._own is None or self._own[0] != os.getpid():
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            weakref.finalize(self, os.close, _take_lock(folder / "lock", fcntl.LOCK_EX))
            self._own = os.getpid(), folder
        return self._own[1]


def make_durable(folder: Path) -> None:
    """Makes the names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def full_disk_told() -> Generator[None]:
    """Turns the operating system's ways of saying "no room" into StorageFull; every other error passes unchanged."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("The disk is full; nothing of this was stored.") from error
        raise


def _take_lock(path: Path, operation: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, operation)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _locked(path: Path, operation: int = fcntl.LOCK_EX) -> Generator[None]:
    descriptor = _take_lock(path, operation)
    try:
        yield
    finally:
        os.close(descriptor)
