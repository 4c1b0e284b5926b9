"""What is acknowledged stays, what is refused leaves nothing, and what ends holds at once; whatever happens to the server."""

import hashlib
import itertools
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image
from tests.acceptance.conftest import NewPhotos
from tests.photos import ONE, SHOW, Guest, Photos, new_picture, wait_until

# -- a full disk -----------------------------------------------------------------------------------------------------------------


# Not every machine lets one mount a disk. The kernel's limit to the files of a process can be set everywhere.
CAUSES = ["limit"]
if (
    subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/tmp"], capture_output=True, check=False).returncode
    == 0
):
    CAUSES.append("disk")


@dataclass
class SmallRoom:
    """A server that has little room, and how it gets none and more.

    Attributes:
        photos: The server.
        fill: Takes all the room that is left.
        free: Gives it back.
        refusals: How it may say so.
    """

    photos: Photos
    fill: Callable[[], None]
    free: Callable[[], None]
    refusals: set[tuple[int, str]]


@pytest.fixture(params=CAUSES)
def small(request: pytest.FixtureRequest, tmp_path: Path, new: NewPhotos) -> Iterator[SmallRoom]:
    folder = tmp_path / "disk"
    folder.mkdir()
    make = limited if request.param == "limit" else on_small_disk
    with make(folder, new) as small:
        yield small
        small.photos.close()


@contextmanager
def limited(folder: Path, new: NewPhotos) -> Iterator[SmallRoom]:
    photos = new(folder)

    def limit(size: str) -> None:
        children = Path(f"/proc/{photos.pid}/task/{photos.pid}/children").read_text("ascii")
        for process in (str(photos.pid), *children.split()):
            subprocess.run(["prlimit", f"--pid={process}", f"--fsize={size}:unlimited"], check=True)

    # SQLite takes this limit for a disk that fails, and not for a full one.
    yield SmallRoom(photos, lambda: limit("4096"), lambda: limit("unlimited"), {(507, "53100"), (503, "57P03")})


@contextmanager
def on_small_disk(folder: Path, new: NewPhotos) -> Iterator[SmallRoom]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "none", folder], check=True)
    ballast = folder / "ballast"

    def fill() -> None:
        with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:  # noqa: PT012
            while True:
                file.write(bytes(4096))

    try:
        photos = new(folder)
        photos.log_file = folder.with_name("log")
        yield SmallRoom(photos, fill, ballast.unlink, {(507, "53100")})
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def noise() -> bytes:
    """A picture that takes 120 kB."""
    content = BytesIO()
    Image.frombytes("RGB", (200, 200), os.urandom(120_000)).save(content, "PNG")
    return content.getvalue()


def test_a_full_disk(small: SmallRoom):
    photos = small.photos
    photos.start()
    ann = photos.sign_up("ann")
    album = ann.make_album("Summer")
    content = noise()
    photo = ann.make_photo(album, content)
    before = photos.stored()

    small.fill()
    refused = [
        ann.upload(album, noise()),
        ann.post("/rest/v1/albums", json=[{"title": "x" * 120} for _ in range(6_000)]),
        ann.patch(f"/rest/v1/photos?id=eq.{photo['id']}", files={"image": ("new.png", noise())}),
    ]
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) in small.refusals, answer.text
    assert photos.stored() == before
    assert ann.rows("photos?select=id") == [{"id": photo["id"]}]
    assert ann.get(photo["image"]["url"]).content == content

    tries = {f"try {number}": ann.post("/rest/v1/albums", json={"title": f"try {number}"}) for number in range(200)}
    assert {(each.status_code, each.json()["code"]) for each in tries.values() if each.status_code != 201} <= small.refusals

    small.free()
    later = ann.make_photo(album)
    photos.kill()
    photos.start()
    stored = {title for title, answer in tries.items() if answer.status_code == 201}
    assert {row["title"] for row in ann.rows("albums?title=like.try*")} == stored
    assert {row["id"] for row in ann.rows("photos?select=id")} == {photo["id"], later["id"]}
    photos.check_files()


# -- a killed server -------------------------------------------------------------------------------------------------------------


@dataclass
class Acknowledged:
    """What the server said that it stored or deleted, told by several threads."""

    titles: set[str] = field(default_factory=set)
    pictures: dict[int, str] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    avatar: str = ""
    number: "itertools.count[int]" = field(default_factory=itertools.count)


def make_albums(ann: Guest, done: Acknowledged) -> None:
    titles = [f"album {next(done.number)}" for _ in range(3)]
    if ann.post("/rest/v1/albums", json=[{"title": title} for title in titles]).status_code == 201:
        done.titles.update(titles)


def make_photos(ann: Guest, done: Acknowledged) -> None:
    """Makes three photos and deletes the first."""
    made = [(ann.upload({"id": 1}, content), content) for content in (new_picture(), noise(), new_picture())]
    for answer, content in made:
        assert answer.status_code == 201
        done.pictures[answer.json()["id"]] = hashlib.sha256(content).hexdigest()
    first = made[0][0].json()["id"]
    done.deleted.add(first)  # from now on it may be gone, and after the answer it must be
    del done.pictures[first]
    assert ann.delete(f"/rest/v1/photos?id=eq.{first}").status_code == 204


def replace_avatar(ann: Guest, done: Acknowledged) -> None:
    content = new_picture()
    answer = ann.patch(f"/rest/v1/users?id=eq.{ann.id}", files={"avatar": ("me.png", content)}, headers=ONE | SHOW)
    assert answer.status_code == 200
    done.avatar = hashlib.sha256(content).hexdigest()


def work_until_killed(work: Callable[[Guest, Acknowledged], None], ann: Guest, done: Acknowledged) -> None:
    try:
        while True:
            work(ann, done)
    except httpx.TransportError:
        pass


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_killed_under_load(new: NewPhotos, workers: str):
    photos = new(workers=workers)
    photos.start()
    ann = photos.sign_up("ann")
    ann.make_album("The first")
    done = Acknowledged()
    for round in range(4):
        clients = [photos.guest("ann", Authorization=ann.http.headers["Authorization"]) for _ in range(5)]
        for client in clients:
            client.id = ann.id
        kinds = (make_albums, make_albums, make_photos, make_photos, replace_avatar)
        threads = [
            threading.Thread(target=work_until_killed, args=(work, client, done))
            for work, client in zip(kinds, clients, strict=True)
        ]
        for thread in threads:
            thread.start()
        goal = len(done.pictures) + 4 + 3 * round  # each time at another point of what they do
        wait_until(lambda goal=goal: len(done.pictures) >= goal, "there is something to lose")
        photos.kill()
        for thread in threads:
            thread.join()
        photos.start()
        check_acknowledged(photos, ann, done)
    assert len(done.titles) > 20


def check_acknowledged(photos: Photos, ann: Guest, done: Acknowledged) -> None:
    titles = {row["title"] for row in ann.rows("albums?select=title&limit=1000")}
    assert done.titles <= titles
    batches = [number // 3 for number in (int(title.split()[1]) for title in titles - {"The first"})]
    assert {batches.count(number) for number in batches} == {3}, "an insert of three is stored whole or not at all"

    seen = {row["id"]: row["image"]["url"].split("/")[-2] for row in ann.rows("photos?select=id,image&limit=1000")}
    assert {id: seen.get(id) for id in done.pictures} == done.pictures
    photos.check_files()
    assert "Traceback" not in photos.log


# -- at the next request, in every process ---------------------------------------------------------------------------------------


def clients_of_every_process(photos: Photos, token: str) -> list[Guest]:
    """Connections of one token to both processes; a connection stays with its process."""
    found: dict[str, Guest] = {}

    def connect() -> bool:
        guest = photos.guest("somebody", Authorization=f"Bearer {token}")
        answer = guest.get("/rest/v1/albums?limit=1")
        assert answer.status_code == 200
        found.setdefault(answer.headers["x-request-id"].partition("-")[0], guest)
        return len(found) == 2

    wait_until(connect, "both processes answered")
    return list(found.values())


ENDS: dict[str, Callable[[Photos, Guest], object]] = {
    "disabled by command": lambda photos, bob: photos.command("user", "disable", bob.email),
    "disabled by an administrator": lambda photos, bob: (
        photos.make_administrator().patch(f"/rest/v1/users?id=eq.{bob.id}", json={"disabled": True}).raise_for_status()
    ),
    "signed out": lambda _, bob: bob.post("/auth/v1/logout").raise_for_status(),
    "signed out by command": lambda photos, bob: photos.command("user", "sign-out", bob.email),
    "a new password by command": lambda photos, bob: photos.command("user", "password", bob.email, "--password", "random"),
    "deleted": lambda photos, bob: photos.make_administrator().delete(f"/rest/v1/users?id=eq.{bob.id}").raise_for_status(),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_who_is_out_is_out_at_the_next_request_in_every_process(new: NewPhotos, end: Callable[[Photos, Guest], object]):
    photos = new(workers="2")
    photos.start()
    bob = photos.sign_up("bob")
    clients = clients_of_every_process(photos, bob.session["access_token"])
    end(photos, bob)
    for client in clients:
        answer = client.get("/rest/v1/albums?limit=1")
        assert (answer.status_code, answer.json()["code"]) == (401, "PGRST303")
    refresh = {"refresh_token": bob.session["refresh_token"]}
    assert photos.guest().post("/auth/v1/token?grant_type=refresh_token", json=refresh).status_code == 400


def test_a_role_taken_is_gone_at_the_next_request_in_every_process(new: NewPhotos):
    photos = new(workers="2")
    photos.start()
    photos.sign_up("ann").make_album("Secret")
    admin = photos.make_administrator()
    clients = clients_of_every_process(photos, admin.session["access_token"])
    assert [len(client.rows("albums")) for client in clients] == [1, 1]
    assert admin.patch(f"/rest/v1/users?id=eq.{admin.id}", json={"roles": []}).status_code == 204
    assert [len(client.rows("albums")) for client in clients] == [0, 0]


def test_new_keys_hold_and_old_ones_do_not_at_the_next_request_in_every_process(new: NewPhotos):
    photos = new(workers="2")
    photos.start()
    old = photos.make_keys()["secret"]
    clients = clients_of_every_process(photos, old)
    photos.command("keys", "--rotate")
    assert [client.get("/rest/v1/albums").status_code for client in clients] == [401, 401]


# -- files that no record needs --------------------------------------------------------------------------------------------------


@pytest.fixture
def ann(photos: Photos) -> Guest:
    return photos.sign_up("ann")


def stored_hashes(photos: Photos) -> set[str]:
    photos.check_files()
    return set(photos.files().values())


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_goes_with_its_record(photos: Photos, ann: Guest):
    album, content = ann.make_album(), new_picture()
    photo = ann.make_photo(album, content)
    assert stored_hashes(photos) == {hash_of(content)}
    assert ann.delete(f"/rest/v1/photos?id=eq.{photo['id']}").status_code == 204
    assert stored_hashes(photos) == set()


def test_files_go_with_the_records_that_a_deletion_takes_along(photos: Photos, ann: Guest):
    gone, stays = ann.make_album("Gone"), ann.make_album("Stays")
    contents = [new_picture() for _ in range(3)]
    for album, content in zip((gone, gone, stays), contents, strict=True):
        ann.make_photo(album, content)
    assert ann.delete(f"/rest/v1/albums?id=eq.{gone['id']}").status_code == 204
    assert stored_hashes(photos) == {hash_of(contents[2])}


def test_a_replaced_file_goes(photos: Photos, ann: Guest):
    contents = [new_picture() for _ in range(3)]
    for content in contents:
        files = {"avatar": ("me.png", content)}
        assert ann.patch(f"/rest/v1/users?id=eq.{ann.id}", files=files).status_code == 204
    assert stored_hashes(photos) == {hash_of(contents[2])}
    assert ann.patch(f"/rest/v1/users?id=eq.{ann.id}", json={"avatar": None}).status_code == 204
    assert stored_hashes(photos) == set()


def test_content_of_two_records_stays_until_the_second_goes(photos: Photos, ann: Guest):
    content = new_picture()
    bob = photos.sign_up("bob")
    hers, his = ann.make_photo(ann.make_album(), content), bob.make_photo(bob.make_album(), content)
    assert ann.patch(f"/rest/v1/users?id=eq.{ann.id}", files={"avatar": ("me.png", content)}).status_code == 204
    assert stored_hashes(photos) == {hash_of(content)}

    assert ann.delete(f"/rest/v1/photos?id=eq.{hers['id']}").status_code == 204
    assert bob.get(his["image"]["url"]).content == content
    assert bob.delete(f"/rest/v1/photos?id=eq.{his['id']}").status_code == 204
    assert stored_hashes(photos) == {hash_of(content)}
    assert ann.patch(f"/rest/v1/users?id=eq.{ann.id}", json={"avatar": None}).status_code == 204
    assert stored_hashes(photos) == set()


def test_content_that_many_make_and_delete_at_once_is_there_for_each_of_them(new: NewPhotos):
    photos = new(workers="2")
    photos.start()
    ann = photos.sign_up("ann")
    album, content = ann.make_album(), new_picture()
    wrong: list[str] = []

    def make_and_delete(client: Guest) -> None:
        for _ in range(25):
            photo = client.upload(album, content).json()
            seen = client.get(photo["image"]["url"])
            gone = client.delete(f"/rest/v1/photos?id=eq.{photo['id']}")
            if (seen.status_code, seen.content, gone.status_code) != (200, content, 204):
                wrong.append(f"{seen.status_code} {seen.text[:100]} {gone.status_code}")

    clients = [photos.guest("ann", Authorization=ann.http.headers["Authorization"]) for _ in range(6)]
    threads = [threading.Thread(target=make_and_delete, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert ann.rows("photos") == []
    assert stored_hashes(photos) == set()


def test_an_upload_that_breaks_off_leaves_nothing(photos: Photos, ann: Guest):
    album = ann.make_album()
    whole = photos.guest().http.build_request(
        "POST", "/", data={"album_id": str(album["id"])}, files={"image": ("picture.png", noise())}
    )
    headers = {
        **ann.http.headers,
        "Content-Type": whole.headers["Content-Type"],
        "Content-Length": whole.headers["Content-Length"],
    }
    content = whole.read()

    def half() -> Iterator[bytes]:
        yield content[: len(content) // 2]
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        photos.guest().post("/rest/v1/photos", headers=headers, content=half())
    wait_until(lambda: photos.files() == {}, "what had arrived is gone")
    assert ann.rows("photos") == []


def test_what_a_kill_left_goes_at_the_next_start(photos: Photos, ann: Guest):
    photo = ann.make_photo(ann.make_album())
    photos.kill()
    left = photos.data / "files" / "temporary" / "of-a-killed-process"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "upload.half").write_bytes(b"half a picture")
    (left / f"{hash_of(b'whole')}.upload.whole").write_bytes(b"whole")
    photos.start()
    wait_until(lambda: not left.exists(), "it is cleared away")
    photos.check_files()
    assert ann.get(photo["image"]["url"]).status_code == 200


def test_a_restart_keeps_people_signed_in(photos: Photos, ann: Guest):
    photo = ann.make_photo(ann.make_album())
    photos.stop()
    copy = photos.data.with_name("copy")
    shutil.copytree(photos.data, copy)
    photos.start()
    assert ann.get(photo["image"]["url"]).status_code == 200
    moved = Photos(copy)
    try:
        moved.start()
        guest = moved.guest("ann", Authorization=ann.http.headers["Authorization"])
        assert guest.get(photo["image"]["url"]).status_code == 200, "all that is stored lies in the folder of data"
    finally:
        moved.close()
