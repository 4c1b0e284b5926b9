"""What people know of each other, and who is let in."""

from pathlib import Path

import pytest

from app import Album
from mainspring import User
from mainspring.errors import BadRequest, Conflict, Unauthenticated
from mainspring.testing import TestApp

CAT = Path(__file__).parents[1] / "pictures" / "cat.jpg"


def test_people_see_each_others_names_and_faces_but_not_their_addresses(app: TestApp) -> None:
    ann, bob = app.user("ann"), app.user("bob")
    ann.update(User, ann.id, avatar=CAT)

    (seen,) = bob.http.get(f"/rest/v1/users?id=eq.{ann.id}").json()
    assert (seen["name"], seen["avatar"]["width"]) == ("ann", 451)
    assert seen.keys() & {"email", "roles", "staff", "disabled"} == set()
    assert ann.read(User, ann.id).email == "ann@example.com"
    assert app.anonymous.list(User) == []


def test_nobody_makes_themselves_an_administrator(app: TestApp) -> None:
    ann = app.user("ann")
    for name, value in {"roles": ["administrator"], "staff": True, "disabled": False, "email": "boss@example.com"}.items():
        with pytest.raises(BadRequest) as refused:
            ann.update(User, ann.id, **{name: value})
        assert [fault.pointer for fault in refused.value.faults] == [f"/{name}"]


def test_an_administrator_does(app: TestApp) -> None:
    ann, boss = app.user("ann"), app.user("boss", roles=["administrator"])
    secret = ann.create(Album, title="Secret")
    assert boss.read(Album, secret.id).title == "Secret"
    boss.update(User, ann.id, roles=["administrator"])
    assert {album.title for album in ann.list(Album)} == {"Secret"}


def test_who_is_disabled_is_out_at_once(app: TestApp) -> None:
    ann = app.user("ann")
    ann.create(Album, title="Summer")
    app.administrator.update(User, ann.id, disabled=True)
    with pytest.raises(Unauthenticated):
        ann.list(Album)
    assert ann.http.get("/rest/v1/albums").status_code == 401


def test_an_address_belongs_to_one_person(app: TestApp) -> None:
    app.user("ann")
    with pytest.raises(Conflict, match=r"ann@example\.com"):
        app.user("ann")


def test_signing_in_with_a_password(app: TestApp) -> None:
    ann = app.user("ann", password="a long enough secret")
    credentials = {"email": ann.email, "password": "a long enough secret"}
    answer = app.anonymous.http.post("/auth/v1/token?grant_type=password", json=credentials)
    assert (answer.status_code, answer.json()["user"]["id"]) == (200, str(ann.id))

    bob = app.user("bob")  # without one, nobody signs in as him
    refused = app.anonymous.http.post("/auth/v1/token?grant_type=password", json={"email": bob.email, "password": "-"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_credentials")
