"""Two photo apps that differ in nothing but what Ann may not see answer her alike, byte for byte, whatever she reads.

`READS=10000 pytest tests/acceptance/test_unseen.py` asks more.
"""

import os
import random
import shutil
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest
from pysqlite3 import dbapi2 as driver
from tests.acceptance.conftest import NewPhotos
from tests.photos import Guest, Photos
from tests.rest.reads import Read, Reads, Table, compare

NUMBER = int(os.environ.get("READS", "300"))

TABLES = {
    "albums": Table(
        ("id", "title", "owner_id", "created_at", "updated_at", "version"),
        ("titel",),
        ("id=gt.1", "title=eq.Secret", "title=like.*e*", "title=match.^C", "id=in.(1,2,3)"),
        {"owner": "users", "friends": "users", "photos": "photos"},
    ),
    "photos": Table(
        ("id", "caption", "caption", "image", "album_id", "created_at"),
        ("capsion",),
        ("id=gt.1", "caption=fts.secret", "caption=plfts.changed", "caption=like.*e*", "album_id=eq.2"),
        {"album": "albums"},
    ),
    "users": Table(
        ("id", "name", "email", "email", "roles", "staff", "disabled", "avatar", "version"),
        ("password",),
        ("email=eq.changed@example.com", "email=like.*eve*", "staff=is.true", "roles=cs.{cook}", "name=eq.Eve"),
    ),
}

DIFFERENCES = (
    "UPDATE users SET email = 'changed@example.com', staff = 1, disabled = 1, roles = '[\"cook\"]' WHERE name = 'Eve'",
    "UPDATE albums SET title = 'Changed', version = 7 WHERE title = 'Secret'",
    "UPDATE photos SET caption = 'changed' WHERE caption = 'secret'",
    "DELETE FROM albums WHERE title = 'Closed'",
)


def begin(photos: Photos) -> Guest:
    """Ann, who sees an album of Eve's and two of her own, but not Eve's others."""
    photos.start()
    ann, eve = photos.sign_up("ann"), photos.sign_up("eve")
    for owner, title, friends in ((ann, "Spring", ()), (ann, "Sea", (eve,)), (eve, "Shown", (ann,)), (eve, "Secret", ())):
        photo = owner.make_photo(owner.make_album(title, friends=friends))
        assert owner.patch(f"/rest/v1/photos?id=eq.{photo['id']}", json={"caption": title.lower()}).status_code == 204
    eve.make_album("Closed")
    assert "next" in ann.get("/rest/v1/albums?limit=1").links  # which makes the key of cursors
    photos.stop()
    return ann


def differing(photos: Photos, folder: Path) -> Photos:
    """A copy of an app that differs in what Ann may not see."""
    shutil.copytree(photos.data, folder / "data")
    with closing(driver.connect(str(folder / "data" / "app.sqlite"))) as connection:
        for statement in DIFFERENCES:
            assert connection.execute(statement).rowcount == 1, statement
        connection.commit()
    return Photos(folder / "data", photos.settings)


def ask(guest: Guest, read: Read) -> httpx.Response:
    return guest.http.request(read.method, f"/rest/v1/{read.path}", headers=dict(read.headers))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("who", ["ann", ""])
def test_what_is_unseen_changes_no_answer(new: NewPhotos, tmp_path: Path, who: str):
    one = new()
    token = begin(one).session["access_token"]
    other = differing(one, tmp_path / "other")
    try:
        one.start()
        other.start()
        headers = {"Authorization": f"Bearer {token}"} if who else {}
        guests = [each.guest(who, **headers) for each in (one, other)]
        answered = compare(Reads(TABLES, random.Random(1)), NUMBER, *(partial(ask, guest) for guest in guests))
    finally:
        other.close()
    assert answered > NUMBER / 6, answered
