"""Which schema a request means: there is one, named as PostgREST's clients expect it."""

from typing import Any

import pytest
from tests.rest.conftest import Library

ENGINES = ("sqlite", "postgresql", "mariadb")

METHODS: list[tuple[str, str, str, Any]] = [
    ("GET", "books", "Accept-Profile", None),
    ("HEAD", "books", "Accept-Profile", None),
    ("GET", "", "Accept-Profile", None),
    ("POST", "shelves", "Content-Profile", {"title": "Lake"}),
    ("PATCH", "shelves?id=eq.1", "Content-Profile", {"title": "Lake"}),
    ("DELETE", "shelves?id=eq.99", "Content-Profile", None),
    ("POST", "", "Content-Profile", []),
]


@pytest.mark.parametrize(("method", "path", "header", "body"), METHODS)
def test_the_one_schema(library: Library, *, method: str, path: str, header: str, body: Any):
    reply = library.request(method, path, "ann", json=body, headers={header: "public"})
    assert reply.status_code < 300, reply.text
    assert reply.headers["content-profile"] == "public"


@pytest.mark.parametrize(("method", "path", "header", "body"), METHODS)
def test_another_one(library: Library, *, method: str, path: str, header: str, body: Any):
    before = library.get("shelves", "ann").json()
    reply = library.request(method, path, "ann", json=body, headers={header: "private"})
    assert reply.status_code == 406
    if method != "HEAD":
        assert reply.json() == {
            "code": "PGRST106",
            "message": "Invalid schema: private",
            "details": None,
            "hint": "Only the following schemas are exposed: public",
        }
    assert library.get("shelves", "ann").json() == before


def test_the_header_of_the_other_kind_of_request_is_passed_over(library: Library):
    assert library.get("books", "ann", headers={"Content-Profile": "private"}).status_code == 200
    reply = library.post("shelves", "ann", json={"title": "Lake"}, headers={"Accept-Profile": "private"})
    assert reply.status_code == 201


def test_an_answer_names_it_only_where_it_was_asked_for(library: Library):
    assert "content-profile" not in library.get("books", "ann").headers
