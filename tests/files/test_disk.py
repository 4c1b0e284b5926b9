"""The disk store, and what it does when the disk is full."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mainspring.files.inbox import Incoming
from mainspring.files.stores.disk import DiskStore

Send = Callable[..., Incoming]
Lying = Callable[[], list[str]]

KEEP_THE_SAME = """
import sys
from pathlib import Path
from mainspring.files.stores.disk import DiskStore

store = DiskStore(Path("files"), image_pixels=1000)
sys.stdin.readline()
for number in range(30):
    with store.inbox.upload(100) as upload:
        upload.write(b"content %d" % number)
        incoming = upload.accept("name")
    store.keep(incoming)
    with store.open(incoming.hash) as file:
        assert file.read() == b"content %d" % number
    incoming.release()
"""

FULL = """
import sys
from pathlib import Path
from mainspring.errors import StorageFull
from mainspring.files.stores.disk import DiskStore
{cause}
store = DiskStore(Path("files"), image_pixels=1000)
upload = store.inbox.upload(10**9)
try:
    for _ in range(100):
        upload.write(b"x" * 65536)
except StorageFull as error:
    print(error)
left = [each for each in Path("files").rglob("*") if each.is_file() and each.name != "lock"]
assert left == [], left
with store.inbox.upload(100) as upload:
    upload.write(b"there is room for this one")
    incoming = upload.accept("small.txt")
store.keep(incoming)
assert store.open(incoming.hash).read() == b"there is room for this one"
"""
# A file system of its own, which goes when the process ends. Not every machine lets a process have one.
SMALL_DISK = [
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    'mount -t tmpfs -o size=1m none . && cd "$PWD" && exec "$@"',
    "sh",
]
CAUSES = {"limit": ([], "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))")}
if subprocess.run([*SMALL_DISK, "true"], cwd="/tmp", capture_output=True, check=False).returncode == 0:
    CAUSES["disk"] = (SMALL_DISK, "")


def test_kept_content_can_be_read_until_it_is_removed(send: Send, store: DiskStore, lying: Lying):
    incoming = send(b"content")
    assert not store.exists(incoming.hash)
    store.keep(incoming)
    store.keep(incoming)
    incoming.release()
    incoming.release()
    with store.open(incoming.hash) as file:
        assert file.seek(3) == 3
        assert file.read() == b"tent"
    store.remove(incoming.hash)
    store.remove(incoming.hash)
    assert not store.exists(incoming.hash)
    with pytest.raises(FileNotFoundError):
        store.open(incoming.hash)
    assert lying() == []


def test_the_same_content_is_stored_once(send: Send, store: DiskStore, lying: Lying):
    for name in ("a.txt", "b.txt"):
        incoming = send(b"content", name)
        store.keep(incoming)
        incoming.release()
    assert len(lying()) == 1


def test_content_lies_under_its_hash(send: Send, store: DiskStore, tmp_path: Path):
    incoming = send(b"content")
    hash = incoming.hash
    assert store.path(hash) == tmp_path / "files" / hash[:2] / hash[2:4] / hash


@pytest.mark.parametrize(
    "hash", ["", "..", "../../../etc/passwd", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 64 + "\n", "/" * 64]
)
def test_what_is_no_hash_never_becomes_a_path(store: DiskStore, hash: str):
    for door in (store.path, store.open, store.exists, store.remove):
        with pytest.raises(ValueError, match="not a SHA-256"):
            door(hash)


def test_who_reads_reads_on_while_it_is_removed(send: Send, store: DiskStore):
    incoming = send(b"content")
    store.keep(incoming)
    with store.open(incoming.hash) as file:
        store.settle([incoming], needed=lambda _: False)
        assert file.read() == b"content"


def test_many_threads_keep_the_same_content_at_once(send: Send, store: DiskStore, lying: Lying):
    together = threading.Barrier(8)

    def keep(number: int) -> str:
        incoming = send(b"the same", f"{number}.txt")
        together.wait()
        store.keep(incoming)
        incoming.release()
        return incoming.hash

    with ThreadPoolExecutor(8) as pool:
        hashes = set(pool.map(keep, range(8)))
    assert len(hashes) == 1
    assert len(lying()) == 1


def test_many_processes_keep_the_same_contents_at_once(store: DiskStore, tmp_path: Path, lying: Lying):
    run = [sys.executable, "-c", KEEP_THE_SAME]
    processes = [subprocess.Popen(run, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    errors = [process.communicate(b"\n", timeout=60)[1] for process in processes]
    assert errors == [b""] * 4
    assert len(lying()) == 30


@pytest.mark.parametrize(("wrapper", "cause"), CAUSES.values(), ids=CAUSES)
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, wrapper: list[str], cause: str):
    run = [*wrapper, sys.executable, "-c", FULL.format(cause=cause)]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("The disk is full; nothing of this was stored.\n", "")


def test_a_folder_that_cannot_be_written_is_not_called_full(tmp_path: Path):
    (tmp_path / "files").write_text("a file where the folder should be")
    with pytest.raises(FileExistsError):
        DiskStore(tmp_path / "files", image_pixels=1)
