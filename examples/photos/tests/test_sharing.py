"""Who sees which pictures, and from when until when."""

import hashlib
from pathlib import Path

import pytest

from app import Album, Photo
from mainspring.errors import Conflict, Forbidden, NotFound, Unauthenticated
from mainspring.testing import TestApp

PICTURES = Path(__file__).parents[1] / "pictures"
FLOWER, CAT = PICTURES / "flower.jpg", PICTURES / "cat.jpg"


def test_a_friend_sees_the_album(app: TestApp) -> None:
    ann, bob = app.user("ann"), app.user("bob")
    album = ann.create(Album, title="Summer", friends=[bob])
    assert bob.read(Album, album.id).title == "Summer"


def test_nobody_else_sees_it(app: TestApp) -> None:
    ann, bob, eve = app.user("ann"), app.user("bob"), app.user("eve")
    album = ann.create(Album, title="Summer", friends=[bob])
    photo = ann.create(Photo, album=album, image=FLOWER)
    for stranger in (eve, app.anonymous):
        assert stranger.list(Album) == []
        assert stranger.list(Photo) == []
        with pytest.raises(NotFound):
            stranger.read(Photo, photo.id)


def test_a_photo_is_seen_from_its_sharing_until_it_is_taken_back(app: TestApp) -> None:
    ann, bob = app.user("ann"), app.user("bob")
    album = ann.create(Album, title="Summer")
    photo = ann.create(Photo, album=album, image=FLOWER, caption="In the garden")
    assert bob.list(Photo) == []

    ann.update(Album, album.id, friends=[bob])
    assert bob.read(Photo, photo.id).caption == "In the garden"

    ann.update(Album, album.id, friends=[])
    assert bob.list(Photo) == []


def test_its_file_follows_the_same_rule(app: TestApp) -> None:
    ann, bob = app.user("ann"), app.user("bob")
    album = ann.create(Album, title="Summer", friends=[bob])
    photo = ann.create(Photo, album=album, image=CAT)

    (seen,) = bob.http.get("/rest/v1/photos?select=image").json()
    url: str = seen["image"]["url"]
    shown = bob.http.get(url)
    assert shown.status_code == 200
    assert hashlib.sha256(shown.content).hexdigest() == photo.image.hash

    ann.update(Album, album.id, friends=[])
    assert bob.http.get(url).status_code == 404
    assert bob.http.get(url, headers={"If-None-Match": shown.headers["etag"]}).status_code == 404
    assert app.anonymous.http.get(url).status_code == 404


def test_a_friend_looks_but_does_not_touch(app: TestApp) -> None:
    ann, bob = app.user("ann"), app.user("bob")
    album = ann.create(Album, title="Summer", friends=[bob])
    photo = ann.create(Photo, album=album, image=FLOWER)

    with pytest.raises(Forbidden):
        bob.update(Album, album.id, title="Mine")
    with pytest.raises(Forbidden):
        bob.update(Photo, photo.id, caption="Mine")
    with pytest.raises(Forbidden):
        bob.delete(Photo, photo.id)
    with pytest.raises(Forbidden):
        bob.create(Photo, album=album, image=CAT)
    assert ann.read(Photo, photo.id).version == 1


def test_nobody_makes_an_album_in_anothers_name(app: TestApp) -> None:
    ann, bob = app.user("ann"), app.user("bob")
    with pytest.raises(Forbidden):
        bob.create(Album, title="Ann's secrets", owner=ann)
    with pytest.raises(Unauthenticated):
        app.anonymous.create(Album, title="Nobody's", owner=ann)
    assert app.administrator.list(Album) == []


def test_nobody_moves_a_photo_into_anothers_album(app: TestApp) -> None:
    ann, bob = app.user("ann"), app.user("bob")
    shared = ann.create(Album, title="Summer", friends=[bob])
    secret = ann.create(Album, title="Secret")
    own = bob.create(Photo, album=bob.create(Album, title="Winter"), image=CAT)

    with pytest.raises(Forbidden):  # he sees that album, but may not write to it
        bob.update(Photo, own.id, album=shared)
    with pytest.raises(Conflict):  # of this one he is not even told that it exists
        bob.update(Photo, own.id, album=secret)


def test_a_photo_goes_with_its_album_and_its_file_with_the_photo(app: TestApp) -> None:
    ann = app.user("ann")
    album = ann.create(Album, title="Summer")
    photo = ann.create(Photo, album=album, image=FLOWER)
    assert app.backend.store.exists(photo.image.hash)

    ann.delete(Album, album.id)
    assert ann.list(Photo) == []
    assert not app.backend.store.exists(photo.image.hash)
