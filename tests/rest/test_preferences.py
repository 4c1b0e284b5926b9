"""What `Prefer` asks of a change: to be only tried, to be strict, to reach so many at most; and changes with a limit."""

from typing import Any

import pytest
from tests.rest.conftest import Library, Open, picture
from tests.rest.test_write import ONE, SHOWN, everything, refused

ENGINES = ("sqlite", "postgresql", "mariadb")

TRIED = f"tx=rollback,{SHOWN}"


@pytest.mark.parametrize(
    ("method", "path", "who", "body", "status", "shown"),
    [
        ("POST", "shelves?select=title", "ann", {"title": "Lake"}, 201, [{"title": "Lake"}]),
        ("PATCH", "shelves?id=eq.1&select=title,version", "ann", {"title": "Lake"}, 200, [{"title": "Lake", "version": 2}]),
        ("DELETE", "shelves?id=eq.1&select=title,books(title)", "ann", None, 200, 3),
        ("PUT", "genres?code=eq.saga", "lib", {"name": "Saga"}, 201, None),
        ("POST", "books", "ann", {"title": "x", "shelf": 3}, 409, None),
    ],
)
def test_tried_and_not_stored(library: Library, *, method: str, path: str, who: str, body: Any, status: int, shown: Any):
    before = everything(library)
    reply = library.request(method, path, who, json=body, prefer=TRIED)
    assert reply.status_code == status, reply.text
    if status < 400:
        assert reply.headers["preference-applied"] == f"tx=rollback, {SHOWN}"
        assert shown is None or reply.json() == shown or len(reply.json()[0]["books"]) == shown
    assert everything(library) == before


def test_tried_with_a_file(library: Library):
    fields, files = {"title": "x", "shelf": "1"}, {"cover": ("a.png", picture())}
    reply = library.post("books", "ann", data=fields, files=files, prefer=TRIED)
    assert (reply.status_code, reply.json()[0]["cover"]["width"]) == (201, 4)
    assert library.get(reply.json()[0]["cover"]["url"], "ann").status_code == 404
    assert library.contents() == []
    assert "x" not in library.names("books", "ann")


def test_stored_as_without_it(library: Library):
    assert library.post("shelves", "ann", json={"title": "Lake"}, prefer="tx=commit").headers["preference-applied"] == "tx=commit"
    assert "Lake" in library.names("shelves", "ann")


@pytest.mark.parametrize(
    "prefer", ["handling=strict,foo,bar=1", "foo, bar=1, handling=strict", "foo,bar=1,handling=strict,return=minimal"]
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "books"), ("PATCH", "books?id=eq.1"), ("POST", "books"), ("DELETE", "books?id=eq.1")]
)
def test_strict(library: Library, method: str, path: str, prefer: str):
    before = everything(library)
    reply = library.request(method, path, "ann", json={"title": "x", "shelf": 1}, prefer=prefer)
    refused(reply, 400, "PGRST122")
    assert reply.json()["details"] == "Invalid preferences: foo, bar=1"
    assert everything(library) == before


def test_lenient(library: Library):
    reply = library.get("books", "ann", prefer="handling=lenient,foo,count=exact,return=minimal,tx=rollback")
    assert (reply.status_code, reply.headers["preference-applied"]) == (200, "handling=lenient, count=exact")


def test_the_first_of_two_counts_and_several_headers_are_one(library: Library):
    headers = [("prefer", "return=representation"), ("prefer", "count=exact, return=minimal")]
    reply = library.post("shelves", "ann", json={"title": "Lake"}, headers=headers)
    assert reply.headers["preference-applied"] == "return=representation, count=exact"


@pytest.mark.parametrize(
    ("method", "path", "most", "status"),
    [
        ("PATCH", "books?shelf_id=eq.1", 3, 200),
        ("PATCH", "books?shelf_id=eq.1", 2, 400),
        ("DELETE", "books?shelf_id=eq.1", 2, 400),
        ("DELETE", "books?shelf_id=eq.1", 0, 400),
        ("DELETE", "books?id=eq.99", 0, 200),
        ("PATCH", "books?shelf_id=eq.1&order=id&limit=2", 2, 200),
    ],
)
def test_so_many_at_most(library: Library, method: str, path: str, most: int, status: int):
    before = everything(library)
    reply = library.request(method, path, "ann", json={"lent": True}, prefer=f"handling=strict,max-affected={most},{SHOWN}")
    assert reply.status_code == status, reply.text
    if status == 400:
        refused(reply, 400, "PGRST124")
        assert reply.json()["details"] == "The query affects 3 rows"
        assert everything(library) == before
    else:
        assert f"max-affected={most}" in reply.headers["preference-applied"]


def test_without_strict_a_number_at_most_says_nothing(library: Library):
    reply = library.patch("books?shelf_id=eq.1", "ann", json={"lent": True}, prefer="max-affected=1")
    assert (reply.status_code, "preference-applied" in reply.headers) == (204, False)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("order=pages.desc&limit=2", ["Moby Dick", "The Waves"]),
        ("order=pages&limit=2", ["Sea-Fever", "The Waves"]),
        ("order=pages&limit=1&offset=1", ["The Waves"]),
        ("order=pages&limit=5&offset=2", ["Moby Dick"]),
        ("order=pages&limit=0", []),
        ("order=title.desc", ["The Waves", "Sea-Fever", "Moby Dick"]),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_some_in_an_order(library: Library, method: str, query: str, titles: list[str]):
    path = f"books?shelf_id=eq.1&select=title&{query}"
    reply = library.request(method, path, "ann", json={"colour": "red"}, prefer=f"{SHOWN},count=exact")
    assert (reply.status_code, [book["title"] for book in reply.json()]) == (200, titles)
    assert reply.headers["content-range"].endswith(f"/{len(titles)}")
    if method == "PATCH":
        assert sorted(library.names("books?colour=eq.red", "adm")) == sorted(titles)
    else:
        assert {"Moby Dick", "The Waves", "Sea-Fever"} - set(library.names("books", "adm")) == set(titles)


@pytest.mark.parametrize(
    ("query", "code"),
    [("limit=1", "PGRST109"), ("offset=1", "PGRST109"), ("order=id&offset=1", "PGRST109"), ("order=id&limit=9", "54000")],
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_which_are_meant_is_clear(open_with: Open, method: str, query: str, code: str):
    library = open_with(page_rows=8)
    before = everything(library)
    refused(library.request(method, f"books?shelf_id=eq.1&{query}", "ann", json={"lent": True}), 400, code)
    assert everything(library) == before


def test_an_update_writes_the_columns_that_are_chosen(library: Library):
    reply = library.patch("books?id=eq.1&columns=pages", "ann", json={"pages": 5, "title": "x"}, prefer=SHOWN, accept=ONE)
    assert (reply.json()["pages"], reply.json()["title"]) == (5, "Moby Dick")
