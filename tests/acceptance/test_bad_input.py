"""Bad input: each with a clear error, and afterwards everything is stored as it was before."""

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from tests.acceptance.conftest import NewPhotos
from tests.photos import PICTURES, Guest, Photos, new_photos, new_picture, wait_until

NOBODY = "00000000-0000-7000-8000-000000000000"


@dataclass
class World:
    """A server, Ann with an album that Bob sees and one that he does not, and Bob with an album of his own."""

    photos: Photos
    administrator: Guest
    ann: Guest
    bob: Guest
    shown: dict[str, Any]
    secret: dict[str, Any]
    own: dict[str, Any]
    photo: dict[str, Any]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, begun: Path) -> Iterator[World]:
    photos = new_photos(tmp_path_factory.mktemp("bad"), begun, upload_bytes="8000000")
    photos.start()
    administrator, ann, bob = photos.make_administrator(), photos.sign_up("ann"), photos.sign_up("bob")
    own = bob.make_album("Own")
    yield World(
        photos, administrator, ann, bob, ann.make_album("Shown", (bob,)), ann.make_album("Secret"), own, bob.make_photo(own)
    )
    photos.close()


@pytest.fixture
def world(everything: World) -> Iterator[World]:
    """The world, which is afterwards as it was before, to the last row and byte."""
    photos = everything.photos
    before = photos.stored()
    yield everything
    assert photos.stored() == before
    photos.check_files()
    assert "Traceback" not in photos.log


def check(answer: httpx.Response, status: int, code: str, *pointers: str) -> None:
    """The answer refuses, says why in one sentence, points at every fault, and tells nothing of its insides."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["code"] == code, answer.text
    assert body["message"]
    assert {fault["pointer"] for fault in body.get("errors", [])} >= set(pointers), answer.text
    assert not any(word in answer.text for word in ("Traceback", "SELECT", "INSERT", "sqlite", "/files/", ".py"))


# -- the body --------------------------------------------------------------------------------------------------------------------

MALFORMED = {
    "nothing": b"",
    "cut off": b'{"title": "Sum',
    "no JSON": b"title=Summer",
    "a text": b'"Summer"',
    "a number": b"7",
    "null": b"null",
    "a list of numbers": b"[1, 2]",
    "more behind it": b'{"title": "Summer"} {}',
    "single quotes": b"{'title': 'Summer'}",
    "no number": b'{"title": NaN}',
    "no UTF-8": b'{"title": "\xff\xfe"}',
    "too deep": b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed_json(world: World, method: str, body: bytes):
    query = f"?id=eq.{world.own['id']}" if method == "PATCH" else ""
    headers = {"Content-Type": "application/json"}
    check(world.bob.http.request(method, f"/rest/v1/albums{query}", content=body, headers=headers), 400, "PGRST102")


def test_another_media_type(world: World):
    for type in ("text/plain", "application/x-yaml"):
        answer = world.bob.post("/rest/v1/albums", content=b"title: Summer", headers={"Content-Type": type})
        check(answer, 415, "PGRST107")


FIELDS: dict[str, tuple[Any, dict[str, str]]] = {
    "unknown": ({"title": "Summer", "colour": "red"}, {"/colour": "PGRST204"}),
    "missing": ({}, {"/title": "23502"}),
    "null": ({"title": None}, {"/title": "23502"}),
    "a number as text": ({"title": 7}, {"/title": "22P02"}),
    "a list as text": ({"title": ["Summer"]}, {"/title": "22P02"}),
    "too long": ({"title": "x" * 121}, {"/title": "22001"}),
    "no key": ({"title": "Summer", "friends": ["Bob"]}, {"/friends/0": "22P02"}),
    "no list": ({"title": "Summer", "friends": NOBODY}, {"/friends": "22P02"}),
    "the server's own": (
        {"title": "Summer", "version": 7, "created_at": "2020-01-01"},
        {"/version": "428C9", "/created_at": "428C9"},
    ),
    "everything at once": (
        {"title": "x" * 121, "owner_id": 7, "version": 7, "colour": "red", "friends": [NOBODY, "Bob", 3]},
        {
            "/title": "22001",
            "/owner_id": "22P02",
            "/version": "428C9",
            "/colour": "PGRST204",
            "/friends/1": "22P02",
            "/friends/2": "22P02",
        },
    ),
    "in several records": (
        [{"title": "Summer"}, {"title": 7}, {}, {"title": "Winter", "colour": "white"}],
        {"/1/title": "22P02", "/2/title": "23502", "/3/colour": "PGRST204"},
    ),
}


@pytest.mark.parametrize(("body", "faults"), FIELDS.values(), ids=FIELDS)
def test_fields_all_faults_at_once(world: World, body: Any, faults: dict[str, str]):
    answer = world.bob.post("/rest/v1/albums", json=body)
    check(answer, 400, next(iter(faults.values())))
    assert {fault["pointer"]: fault["code"] for fault in answer.json()["errors"]} == faults


def test_half_a_character(world: World):
    headers = {"Content-Type": "application/json"}
    check(world.bob.post("/rest/v1/albums", content=b'{"title": "\\ud800"}', headers=headers), 400, "PGRST102")


@pytest.mark.parametrize(("title", "code"), [(7, "22P02"), (None, "23502"), ("x" * 121, "22001"), ({"a": 1}, "22P02")])
def test_a_change_to_wrong_values(world: World, title: Any, code: str):
    check(world.bob.patch(f"/rest/v1/albums?id=eq.{world.own['id']}", json={"title": title}), 400, code, "/title")


# -- the question ----------------------------------------------------------------------------------------------------------------

QUESTIONS = {
    "select=titel": "42703",
    "titel=eq.Summer": "42703",
    "order=titel": "42703",
    "select=title,fotos(id)": "PGRST200",
    "select=photos(kaption)": "42703",
    "limits=1": "PGRST100",
    "limit=few": "PGRST100",
    "offset=-1": "PGRST100",
    "title=Summer": "PGRST100",
    "title=equals.Summer": "PGRST100",
    "id=eq.one": "22P02",
    "id=eq.1.5": "22P02",
    "id=eq.99999999999999999999": "22003",
    "id=in.(1,two)": "22P02",
    "id=in.1": "PGRST100",
    "created_at=gt.yesterday": "22P02",
    "owner_id=eq.ann": "22P02",
    "or=(title.eq.Summer": "PGRST100",
    "or=title.eq.Summer": "PGRST100",
    "and=(title.eq.Summer,)": "PGRST100",
    "order=title.upwards": "PGRST100",
    "select=title,": "PGRST100",
    "select=photos(": "PGRST100",
}


@pytest.mark.parametrize(("question", "code"), QUESTIONS.items())
def test_questions(world: World, question: str, code: str):
    check(world.bob.get(f"/rest/v1/albums?{question}"), 400, code)


@pytest.mark.parametrize(
    ("question", "message", "near"),
    [
        ("select=titel", "no column 'titel' on albums", "title"),
        ("select=fotos(id)", "", "photos"),
        ("limits=1", "'limits=1'", "limit"),
    ],
)
def test_the_near_name_is_told(world: World, question: str, message: str, near: str):
    body = world.bob.get(f"/rest/v1/albums?{question}").json()
    assert message in body["message"]
    assert f"did you mean '{near}'?" in f"{body['message']} {body['hint']}"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("question", "code"), {"": "21000", "titel=eq.Own": "42703", "id=eq.one": "22P02", "title=Own": "PGRST100"}.items()
)
def test_changes_with_a_wrong_filter(world: World, method: str, question: str, code: str):
    body = {"json": {"title": "Changed"}} if method == "PATCH" else {}
    answer = world.bob.http.request(method, f"/rest/v1/albums?{question}", **body)
    check(
        answer, 400, {"": "21000", "titel=eq.Own": "42703", "id=eq.one": "22P02", "title=Own": "PGRST100"}.get(question, "42703")
    )


# -- the data --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("album", ["999999", "secret"], ids=["that does not exist", "that he may not see"])
def test_a_missing_parent(world: World, album: str):
    id = world.secret["id"] if album == "secret" else album
    files = {"image": ("picture.png", new_picture())}
    check(world.bob.post("/rest/v1/photos", data={"album_id": str(id)}, files=files), 409, "23503", "/album")
    check(world.bob.patch(f"/rest/v1/photos?id=eq.{world.photo['id']}", json={"album_id": int(id)}), 409, "23503", "/album")


def test_a_missing_friend(world: World):
    check(world.bob.post("/rest/v1/albums", json={"title": "Summer", "friends": [NOBODY]}), 409, "23503", "/friends")
    own = f"/rest/v1/albums?id=eq.{world.own['id']}"
    check(world.bob.patch(own, json={"title": "Changed", "friends": [world.ann.id, NOBODY]}), 409, "23503", "/friends")


def test_a_duplicate_unique_value(world: World):
    body = {"name": "Another Ann", "email": world.ann.email}
    check(world.administrator.post("/rest/v1/users", json=body), 409, "23505", "/email")
    several = [{"name": "New", "email": "new@example.com"}, body]
    check(world.administrator.post("/rest/v1/users", json=several), 409, "23505", "/1/email")
    check(
        world.administrator.patch(f"/rest/v1/users?id=eq.{world.bob.id}", json={"email": world.ann.email}), 409, "23505", "/email"
    )


def test_anothers_id_as_owner(world: World):
    check(world.bob.post("/rest/v1/albums", json={"title": "Summer", "owner_id": world.ann.id}), 403, "42501")
    several = [{"title": "Mine", "owner_id": world.bob.id}, {"title": "Hers", "owner_id": world.ann.id}]
    check(world.bob.post("/rest/v1/albums", json=several), 403, "42501")
    check(world.bob.patch(f"/rest/v1/albums?id=eq.{world.own['id']}", json={"owner_id": world.ann.id}), 403, "42501")


def test_a_photo_moved_into_anothers_album(world: World):
    photo = f"/rest/v1/photos?id=eq.{world.photo['id']}"
    check(world.bob.patch(photo, json={"album_id": world.shown["id"]}), 403, "42501")
    check(world.bob.patch(photo, json={"album_id": world.secret["id"]}), 409, "23503", "/album")
    check(
        world.bob.patch(photo, data={"album_id": str(world.shown["id"])}, files={"image": ("new.png", new_picture())}),
        403,
        "42501",
    )


def test_a_person_with_many_records_still_belongs_to_them(world: World):
    check(world.administrator.delete(f"/rest/v1/users?id=eq.{world.ann.id}"), 409, "23503")


# -- pictures --------------------------------------------------------------------------------------------------------------------


def cut_off() -> bytes:
    return (PICTURES / "flower.jpg").read_bytes()[:70_000]


def scrambled() -> bytes:
    content = bytearray((PICTURES / "flower.jpg").read_bytes())
    content[0:600] = random.Random(1).randbytes(600)
    return bytes(content)


def huge() -> bytes:
    """A small file of a hundred million pixels."""
    content = BytesIO()
    Image.new("1", (10_000, 10_000)).save(content, "PNG")
    return content.getvalue()


PAGE = b"<html><script>alert(1)</script></html>"

NO_PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "22P02"),
    "cut off": (cut_off, "22P02"),
    "scrambled": (scrambled, "22P02"),
    "huge": (huge, "23514"),
    "a page": (lambda: PAGE, "22P02"),
    "a page that begins like a picture": (lambda: b"GIF89a" + PAGE, "22P02"),
    "a drawing": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "22P02"),
    "a document": (lambda: b"%PDF-1.7\n%%EOF", "22P02"),
    "a program": (lambda: b"\x7fELF" + bytes(500), "22P02"),
}


@pytest.mark.parametrize(("make", "code"), NO_PICTURES.values(), ids=NO_PICTURES)
def test_what_is_no_good_picture(world: World, make: Callable[[], bytes], code: str):
    files = {"image": ("picture.jpg", make(), "image/jpeg")}
    check(world.bob.post("/rest/v1/photos", data={"album_id": str(world.own["id"])}, files=files), 400, code, "/image")
    check(world.bob.patch(f"/rest/v1/photos?id=eq.{world.photo['id']}", files=files), 400, code, "/image")


def test_a_picture_with_other_faults(world: World):
    """A good picture of a record that is refused is not kept."""
    form = {"album_id": str(world.own["id"]), "caption": "x" * 501, "colour": "red"}
    answer = world.bob.post("/rest/v1/photos", data=form, files={"image": ("picture.png", new_picture())})
    check(answer, 400, "22001", "/caption", "/colour")


def test_a_text_instead_of_a_picture(world: World):
    check(world.bob.post("/rest/v1/photos", json={"album_id": world.own["id"], "image": "picture.png"}), 400, "22P02", "/image")
    check(world.bob.post("/rest/v1/photos", json={"album_id": world.own["id"]}), 400, "23502", "/image")
    files = {"image": (None, "picture.png")}
    check(world.bob.post("/rest/v1/photos", data={"album_id": str(world.own["id"])}, files=files), 400, "22P02", "/image")


# -- limits ----------------------------------------------------------------------------------------------------------------------


def test_a_body_over_the_limit(world: World):
    content = json.dumps({"title": "x" * 1_000_000}).encode()
    headers = {"Content-Type": "application/json"}
    check(world.bob.post("/rest/v1/albums", content=content, headers=headers), 413, "PGRST413")
    pieces = (content[at : at + 65_536] for at in range(0, len(content), 65_536))  # without a Content-Length
    check(world.bob.post("/rest/v1/albums", content=pieces, headers=headers), 413, "PGRST413")


def test_a_file_over_the_limit(world: World):
    avatar = {"avatar": ("avatar.png", new_picture() + bytes(5_000_000))}
    check(world.bob.patch(f"/rest/v1/users?id=eq.{world.bob.id}", files=avatar), 413, "PGRST413")
    image = {"image": ("picture.png", new_picture() + bytes(8_000_000))}
    check(world.bob.post("/rest/v1/photos", data={"album_id": str(world.own["id"])}, files=image), 413, "PGRST413")


def test_a_question_that_is_too_much(world: World):
    for question in ("&".join(["title=eq.x"] * 51), f"id=in.({','.join(map(str, range(1001)))})", f"title=eq.{'x' * 17_000}"):
        check(world.bob.get(f"/rest/v1/albums?{question}"), 400, "54000")


# -- tokens ----------------------------------------------------------------------------------------------------------------------


def refused_everywhere(world: Photos, token: str, code: str) -> None:
    """A token that does not hold is never taken for nobody's, on any road."""
    guest = world.guest("somebody", Authorization=f"Bearer {token}")
    for method, path in (
        ("GET", "albums"),
        ("HEAD", "albums"),
        ("POST", "albums"),
        ("PATCH", "albums?id=gt.0"),
        ("DELETE", "albums?id=gt.0"),
        ("GET", ""),
        ("GET", "nonsense"),
        ("GET", f"files/photos/1/image/{'0' * 64}/picture.png"),
    ):
        body = {"json": {"title": "Stolen"}} if method in {"POST", "PATCH"} else {}
        answer = guest.http.request(method, f"/rest/v1/{path}", **body)
        assert answer.status_code == 401, f"{method} {path}: {answer.text}"
        if method != "HEAD":
            assert answer.json()["code"] == code


def test_forged_tokens(world: World):
    token = world.bob.session["access_token"]
    head, body, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token)
    other_key = ec.generate_private_key(ec.SECP256R1())
    ann = claims | {"sub": world.ann.id}

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    forged = {
        "no token": "nonsense",
        "another's name under the signature": f"{head}.{part(ann)}.{signature}",
        "no signature": f"{head}.{body}.",
        "no algorithm": f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(ann)}.",
        "another key": jwt.encode(ann, other_key, "ES256", headers={"kid": header["kid"]}),
        "another key that says where it is": jwt.encode(ann, other_key, "ES256", headers={"jku": "https://evil.example"}),
        "a secret": jwt.encode(ann, "a secret that is long enough to be one", "HS256", headers={"kid": header["kid"]}),
        "a longer life": f"{head}.{part(claims | {'exp': claims['exp'] + 86_400})}.{signature}",
    }
    for each in forged.values():
        refused_everywhere(world.photos, each, "PGRST301")


def test_unknown_keys(world: World):
    for key in ("ms_secret_nonsense", "ms_publishable_nonsense", "anything"):
        guest = world.photos.guest("somebody", apikey=key)
        check(guest.get("/rest/v1/albums"), 401, "PGRST301")


def test_a_signed_out_token(everything: World):
    photos = everything.photos
    guest = photos.sign_in("bob", everything.bob.email)
    assert guest.post("/auth/v1/logout?scope=local").status_code == 204
    before = photos.stored()
    refused_everywhere(photos, guest.session["access_token"], "PGRST303")
    assert photos.stored() == before


def test_an_expired_token(new: NewPhotos):
    photos = new(access_token_seconds="1")
    photos.start()
    bob = photos.sign_up("bob")
    ends = datetime.fromtimestamp(bob.session["expires_at"], UTC)
    assert ends - datetime.now(UTC) <= timedelta(seconds=2)
    before = photos.stored()
    wait_until(lambda: datetime.now(UTC) > ends, "the token has expired")
    refused_everywhere(photos, bob.session["access_token"], "PGRST303")
    assert photos.stored() == before
