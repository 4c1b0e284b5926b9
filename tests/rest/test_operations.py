"""Several changes in one request: all or nothing, each under the rules that it would meet alone."""

from typing import Any

import pytest
from tests.rest.conftest import Library, Open
from tests.rest.test_write import ANN, SHOWN, everything, refused

ENGINES = ("sqlite", "postgresql", "mariadb")


def operation(method: str, path: str, body: Any = None, prefer: str = "") -> dict[str, Any]:
    return {"method": method, "path": path, "prefer": prefer} | ({} if body is None else {"body": body})


LAKE = operation("POST", "shelves", {"title": "Lake"})
BOOK = operation("POST", "books?select=title,shelf(title)", [{"title": "Walden", "shelf": {"$ref": "/0/id"}}], SHOWN)


def test_all_are_made(library: Library):
    rows = [
        LAKE,
        BOOK,
        operation("PATCH", "/rest/v1/shelves?title=eq.Ice&select=title", {"title": "Snow", "parent": {"$ref": "/0/id"}}, SHOWN),
        operation("DELETE", "books?id=eq.1"),
        operation("POST", "shelves?on_conflict=title", {"title": "Lake"}, "resolution=merge-duplicates"),
    ]
    reply = library.post("", "ann", json=rows)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert reply.json() == [
        {"status": 201, "body": None},
        {"status": 201, "body": [{"title": "Walden", "shelf": {"title": "Lake"}}]},
        {"status": 200, "body": [{"title": "Snow"}]},
        {"status": 204, "body": None},
        {"status": 200, "body": None},
    ]
    assert library.get("shelves?title=eq.Snow&select=parent(title)", "ann").json() == [{"parent": {"title": "Lake"}}]
    assert "Moby Dick" not in library.names("books", "ann")


@pytest.mark.parametrize("path", ["shelves", "/shelves", "/rest/v1/shelves"])
def test_a_table_is_named_as_in_an_address(library: Library, path: str):
    assert library.post("", "ann", json=[{"method": "POST", "path": path, "body": {"title": "x"}}]).status_code == 200


def test_keys_of_every_kind_and_lists_of_them(library: Library):
    rows = [
        operation("POST", "genres", {"code": "saga", "name": "Saga"}),
        operation(
            "POST", "books", {"title": "Njal", "shelf": 1, "genres": ["poem", {"$ref": "/0/code"}], "extra": {"$ref": "/9/x"}}
        ),
    ]
    assert library.post("", "adm", json=rows).status_code == 200
    (book,) = library.get("books?title=eq.Njal&select=extra,genres(code)", "adm").json()
    assert (book["extra"], sorted(each["code"] for each in book["genres"])) == ({"$ref": "/9/x"}, ["poem", "saga"])


@pytest.mark.parametrize(
    ("method", "query", "number"),
    [
        ("PATCH", "shelf_id=eq.${/0/id}", 2),
        ("PATCH", "shelf_id=in.(7,${/0/id})", 2),
        ("PATCH", 'shelf_id=eq(any).{7,"${/0/id}"}', 2),
        ("PATCH", "or=(shelf_id.eq.${/0/id},and(id.gt.0,shelf_id.eq.${/0/id}))", 2),
        ("PATCH", "shelf_id=not.neq.${/0/id}", 2),
        ("PATCH", "select=*,shelf!inner()&shelf.id=eq.$%7B/0/id}&id=gt.0", 2),
        ("PATCH", "title=eq.${x}${/0/id}", 0),
        ("DELETE", "shelf_id=eq.${/0/id}&title=eq.Walden", 1),
    ],
)
def test_a_condition_refers_to_what_an_earlier_one_made(library: Library, method: str, query: str, number: int):
    lake = operation("POST", "shelves", {"title": "Lake", "books": [{"title": "Walden"}, {"title": "Ripples"}]})
    body = {"lent": True} if method == "PATCH" else None
    reply = library.post(
        "", "ann", json=[lake, operation(method, f"books?{query}", body, f"{SHOWN},handling=strict,max-affected=2")]
    )
    assert reply.status_code == 200, reply.text
    assert len(reply.json()[1]["body"]) == number


def test_the_key_of_a_replacement_refers_to_what_an_earlier_one_made(library: Library):
    rows = [operation("POST", "loans", {"desk": 7, "number": 8}), operation("PUT", "loans?desk=eq.${/0/desk}&number=eq.9", {})]
    assert [each["status"] for each in library.post("", "ann", json=rows).json()] == [201, 201]
    assert library.names("loans?desk=eq.7&order=number", "ann", "number") == [8, 9]


def test_what_was_made_is_a_value_and_never_part_of_a_question(library: Library):
    """A key that holds what the grammar could mistake."""
    key = '1,"x").or=('
    rows = [
        operation("POST", "genres", {"code": key, "name": "Odd"}),
        operation("PATCH", "genres?or=(code.eq.${/0/code},name.eq.none)", {"name": "One"}, SHOWN),
        operation("DELETE", "genres?code=in.(${/0/code},x)&select=name", None, SHOWN),
    ]
    reply = library.post("", "lib", json=rows)
    assert [each["body"] and len(each["body"]) for each in reply.json()] == [None, 1, 1]
    assert reply.json()[2]["body"] == [{"name": "One"}]


def test_none_is_made_when_only_tried(library: Library):
    before = everything(library)
    reply = library.post("", "ann", json=[LAKE, BOOK], prefer="tx=rollback")
    assert [each["status"] for each in reply.json()] == [201, 201]
    assert everything(library) == before


@pytest.mark.parametrize(
    ("second", "who", "status", "code", "pointers"),
    [
        (operation("POST", "books", {"title": "x", "pages": 0}), "ann", 400, "23514", ("/1/body/pages", "/1/body/shelf")),
        (operation("POST", "books", {"title": "x", "shelf": 3}), "ann", 409, "23503", ("/1/body/shelf",)),
        (operation("POST", "shelves", {"title": "Lake"}), "ann", 409, "23505", ("/1/body/title",)),
        (operation("POST", "genres", {"code": "x", "name": "x"}), "ann", 403, "42501", ()),
        (operation("POST", "vaults", {"word": "x"}), "ann", 404, "PGRST205", ()),
        (operation("DELETE", f"users?id=eq.{ANN}"), "adm", 409, "23503", ()),
        (operation("DELETE", "books"), "ann", 400, "21000", ()),
        (operation("PATCH", "books?titel=eq.x", {}), "ann", 400, "42703", ()),
        (operation("PATCH", "books?id=gt.0", {"lent": True}, "handling=strict,max-affected=1"), "ann", 400, "PGRST124", ()),
        (operation("POST", "books", {}, "handling=strict,foo"), "ann", 400, "PGRST122", ()),
        (operation("POST", "books", {}, "tx=rollback"), "ann", 400, "PGRST122", ()),
        (operation("GET", "books"), "ann", 400, "PGRST102", ()),
        (operation("POST", "books"), "ann", 400, "PGRST102", ()),
        (operation("POST", "books", [5]), "ann", 400, "PGRST102", ()),
        (operation("DELETE", "books?id=eq.1", {}), "ann", 400, "PGRST102", ()),
        ({"method": "POST", "path": 5}, "ann", 400, "PGRST102", ()),
        ({"method": "POST", "path": "books", "body": {}, "more": 1}, "ann", 400, "PGRST102", ()),
        ("x", "ann", 400, "PGRST102", ()),
        *(
            (operation("DELETE", f"books?id=eq.${{{each}}}"), "ann", 400, "PGRST102", ())
            for each in ("/1/id", "/0/title", "0/id", "")
        ),
        *(
            (operation("POST", "books", {"title": "x", "shelf": {"$ref": pointer}}), "ann", 400, "PGRST102", ())
            for pointer in ("/1/id", "/0/title", "/-1/id", "0/id", "/0", "/0/id/x", 5, None, "/99999999999/id")
        ),
    ],
)
def test_one_refusal_refuses_all(library: Library, *, second: Any, who: str, status: int, code: str, pointers: tuple[str, ...]):
    before = everything(library)
    reply = library.post("", who, json=[LAKE, second])
    refused(reply, status, code, *pointers)
    assert reply.json()["message"].startswith("operation 1: ")
    assert everything(library) == before


def test_who_is_not_signed_in_is_told_so(library: Library):
    refused(library.post("", "", json=[LAKE]), 401, "42501")


@pytest.mark.parametrize("body", [b"", b"{}", b"5", b"[", b'"x"'])
def test_what_is_no_list(library: Library, body: bytes):
    refused(library.post("", "ann", content=body), 400, "PGRST102")


def test_nothing_to_do(library: Library):
    reply = library.post("", "ann", json=[])
    assert (reply.status_code, reply.json()) == (200, [])


def test_limits(open_with: Open):
    library = open_with(operations=2, query_bytes=100)
    refused(library.post("", "ann", json=[LAKE] * 3), 400, "54000")
    refused(library.post("", "ann", json=[operation("DELETE", f"books?title=eq.{'x' * 100}")]), 400, "54000")
    refused(library.post("", "ann", content=b"[]", headers={"content-type": "text/csv"}), 415, "PGRST107")
