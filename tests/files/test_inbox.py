import hashlib
import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mainspring.errors import TooLarge
from mainspring.files.inbox import Incoming
from mainspring.files.stored import FileRefused, PictureRule, StoredFile
from mainspring.files.stores.disk import DiskStore

Send = Callable[..., Incoming]
Lying = Callable[[], list[str]]

ANOTHER_PROCESS = """
import sys, time
from pathlib import Path
from mainspring.files.stores.disk import DiskStore

store = DiskStore(Path("files"), image_pixels=1000)
half = store.inbox.upload(100)
half.write(b"half of a fi")
with store.inbox.upload(100) as upload:
    upload.write(b"a whole file")
    incoming = upload.accept("whole.txt")
store.keep(incoming)
print(incoming.hash, flush=True)
time.sleep(60)
"""


@pytest.fixture
def another(tmp_path: Path):
    """A real process that has a half upload and a kept but not yet released one."""
    process = subprocess.Popen([sys.executable, "-c", ANOTHER_PROCESS], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def test_a_file_is_hashed_and_described(send: Send):
    content = b"hello\n" * 1000
    hash = hashlib.sha256(content).hexdigest()
    incoming = send(content, "../Hello there.txt")
    assert incoming.file == StoredFile(hash, 6000, "text/plain", None, None, "Hello there.txt")
    assert incoming.hash == hash
    assert incoming.path.read_bytes() == content


def test_the_hash_is_of_what_is_stored(send: Send, picture):
    sent = picture("JPEG", place=True, turned=True)
    incoming = send(sent, "beach.jpg", PictureRule(strip_location=True))
    kept = incoming.path.read_bytes()
    assert b"Berlin" not in kept
    assert incoming.file == StoredFile(hashlib.sha256(kept).hexdigest(), len(kept), "image/jpeg", 48, 64, "beach.jpg")


@pytest.mark.parametrize(
    ("content", "type"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"PK\x03\x04 and so on", "application/zip"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain"),
        ("grüße, 夏\r\n\t".encode() * 2000, "text/plain"),
        ("x" + "夏" * 5000, "text/plain"),
        (b"", "application/octet-stream"),
        (b"MZ\x90\0", "application/octet-stream"),
        (b"caf\xe9", "application/octet-stream"),
        (b"\xff\xd8\xff\xe0<html>", "application/octet-stream"),
        (b"GIF89a<html>", "application/octet-stream"),
    ],
)
def test_any_file_is_taken_and_its_content_says_what_it_is(send: Send, content: bytes | str, type: str):
    sent = content.encode() if isinstance(content, str) else content
    file = send(sent, "image.png").file
    assert (file.type, file.width, file.height, file.size) == (type, None, None, len(sent))


def test_a_picture_among_any_files_is_recognised_and_kept_as_sent(send: Send, picture):
    sent = picture("JPEG", place=True)
    incoming = send(sent, "beach.txt")
    assert (incoming.file.type, incoming.file.width, incoming.file.height) == ("image/jpeg", 64, 48)
    assert incoming.path.read_bytes() == sent


def test_a_refused_picture_leaves_nothing(send: Send, lying: Lying):
    with pytest.raises(FileRefused):
        send(b"<html>", "photo.jpg", PictureRule())
    assert lying() == []


def test_the_cap_counts_bytes_and_leaves_nothing(send: Send, store: DiskStore, lying: Lying):
    assert send(b"x" * 100, max_bytes=100).file.size == 100
    send(b"x" * 100, max_bytes=100).release()
    before = lying()
    with store.inbox.upload(100) as upload:
        upload.write(b"x" * 60)
        with pytest.raises(TooLarge, match="larger than 100 bytes"):
            upload.write(b"x" * 41)
        assert lying() == before


def test_an_upload_that_is_left_is_gone(store: DiskStore, lying: Lying):
    with store.inbox.upload(100) as upload:
        upload.write(b"half of a fi")
        assert upload.size == 12
        assert len(lying()) == 1
    assert lying() == []


def test_all_lies_closed_to_others(send: Send, store: DiskStore, tmp_path: Path):
    store.keep(send(b"secret"))
    modes = {each.is_dir(): set() for each in (tmp_path, Path(__file__))}
    for each in [tmp_path / "files", *(tmp_path / "files").rglob("*")]:
        modes[each.is_dir()].add(each.stat().st_mode & 0o777)
    assert modes == {True: {0o700}, False: {0o600}}


@pytest.mark.parametrize(
    "name", ["../../outside", "/etc/passwd", "..", "a\0b", "x" * 9999, "%2e%2e%2f", "ab/" * 3000, "~root", "-rf"]
)
def test_no_byte_of_a_name_takes_part_in_a_path(send: Send, store: DiskStore, tmp_path: Path, name: str):
    incoming = send(b"content", name)
    store.keep(incoming)
    incoming.release()
    files = [str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file() and each.name != "lock"]
    assert files == [f"files/{incoming.hash[:2]}/{incoming.hash[2:4]}/{incoming.hash}"]


def test_what_a_living_process_has_is_left_alone(another, store: DiskStore, lying: Lying):
    hash = another.stdout.readline().strip()
    before = lying()
    assert store.inbox.adopt() == []
    assert lying() == before
    assert len(before) == 3
    assert store.exists(hash)


def test_what_a_killed_process_left_is_taken_over_and_settled(another, store: DiskStore, lying: Lying):
    hash = another.stdout.readline().strip()
    another.kill()
    another.wait()
    claims = store.inbox.adopt()
    assert [each.hash for each in claims] == [hash]
    assert store.inbox.adopt() == []
    assert not any("upload" in name.rpartition("/")[2][:6] for name in lying())
    store.settle(claims, needed={hash}.__contains__)
    assert lying() == [f"{hash[:2]}/{hash[2:4]}/{hash}"]


def test_what_a_killed_process_kept_without_a_record_goes(another, store: DiskStore, lying: Lying):
    another.stdout.readline()
    another.kill()
    another.wait()
    store.settle(store.inbox.adopt(), needed=lambda _: False)
    assert lying() == []


def test_claims_outlive_the_process_that_took_them_over(another, tmp_path: Path, lying: Lying):
    hash = another.stdout.readline().strip()
    another.kill()
    another.wait()
    take_over = (
        "from pathlib import Path; from mainspring.files.stores.disk import DiskStore; DiskStore(Path('files'), 1).inbox.adopt()"
    )
    subprocess.run([sys.executable, "-c", take_over], cwd=tmp_path, check=True)
    assert hash in {each.hash for each in DiskStore(tmp_path / "files", 1).inbox.adopt()}


def in_a_fork(send: Send, answer) -> None:
    answer.send(send(b"child").path)


def test_a_forked_child_has_a_folder_of_its_own(send: Send, store: DiskStore):
    """A server may make the store first and fork its workers then."""
    own = send(b"parent")
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=in_a_fork, args=(send, theirs))
    child.start()
    path = ours.recv()
    child.join()
    assert path.parent != own.path.parent
    assert [each.hash for each in store.inbox.adopt()] == [path.name[:64]]
    assert own.path.exists()


def test_a_start_with_nothing_to_take_over_writes_nothing(store: DiskStore, tmp_path: Path):
    """A server must start on a full disk too."""
    assert store.inbox.adopt() == []
    assert [each.name for each in (tmp_path / "files" / "temporary").iterdir()] == ["lock"]


def test_a_server_that_takes_no_picture_does_not_load_pillow(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from mainspring.files.stores.disk import DiskStore;"
        "upload = DiskStore(Path('files'), 1).inbox.upload(9); upload.write(b'text'); upload.accept('name').release();"
        "assert not any(name.partition('.')[0] == 'PIL' for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
