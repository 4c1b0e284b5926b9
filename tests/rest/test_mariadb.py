"""What MariaDB does in another way than the other engines, seen through the API; nothing of that shows."""

import json
from urllib.parse import quote

from tests.rest import models
from tests.rest.conftest import Library

ENGINES = ("mariadb",)


def test_texts_are_in_order_by_code_point_and_blanks_count(library: Library):
    for title in ("b", "B", "a ", "a", "ä"):
        assert library.request("POST", "shelves", "ann", json={"title": title}).status_code == 201
    assert library.names('shelves?order=title&title=in.(b,B,a,"a ",ä)', "ann") == ["B", "a", "a ", "b", "ä"]
    assert library.names("shelves?title=eq.a", "ann") == ["a"]
    assert library.names("shelves?title=ilike.B&order=title", "ann") == ["B", "b"]
    assert library.names("shelves?title=ilike.Ä", "ann") == []
    assert library.names("shelves?title=in.()", "ann") == []


def test_a_pattern_that_would_try_without_end_is_refused(library: Library):
    text = "a" * 3_000 + "b"
    book = library.as_("system").create(models.Book, shelf=1, title="Ulysses", notes=text)
    refused = {"code": "54000", "message": "comparing one of the values is too much work"}
    for method in ("GET", "PATCH"):
        reply = library.request(
            method, "books?notes=match.^(a%2B)%2B$", "ann", **({} if method == "GET" else {"json": {"pages": 9}})
        )
        assert (reply.status_code, reply.json() | refused) == (400, reply.json())
    export = library.get("books?select=id&notes=match.^(a%2B)%2B$", "ann", accept="text/csv")
    assert (export.status_code, "54000" in export.text) == (400, True)
    assert library.names("books?notes=match.^a%2Bb$", "ann", "id") == [book.id]
    assert library.names("books?select=pages&notes=match.b$", "ann", "pages") == [None]


def test_classes_of_characters_are_those_of_the_other_engines(library: Library):
    for title in ("٣", "3", "é", "e", "a\n", "\u00a0", "-"):
        assert library.request("POST", "shelves", "ann", json={"title": title}).status_code == 201

    def found(pattern: str) -> set[str]:
        return set(library.names(f"shelves?title=match.{quote(pattern)}", "ann"))

    assert found(r"^\d$") == found("^[[:digit:]]$") == found(r"^[\d]$") == {"3"}
    assert found(r"^\w$") == {"3", "e"}
    assert found(r"^[^\W\d]$") == {"e"}
    assert found("a$") == {"Sea"}
    assert found(r"^[-\D]$") == {"٣", "é", "e", "\u00a0", "-"}
    assert found(r"\s") == {"a\n"}


def test_json_that_is_nested_too_deep_is_refused(library: Library):
    for depth, status in ((31, 201), (32, 400)):
        reply = library.request(
            "POST", "books", "ann", json={"shelf": 1, "title": "Deep", "extra": json.loads("[" * depth + "]" * depth)}
        )
        assert reply.status_code == status, reply.text
    assert reply.json()["code"] == "54001"
