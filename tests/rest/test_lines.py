"""Where something is wrong in a body: the row, the line, and the name of what stands there."""

from typing import Any

import pytest
from tests.rest.conftest import Library, Open
from tests.rest.test_write import everything, refused

ENGINES = ("sqlite", "postgresql", "mariadb")

CSV, XML, NDJSON = ({"content-type": media} for media in ("text/csv", "application/xml", "application/x-ndjson"))


@pytest.mark.parametrize(
    ("path", "headers", "body", "code", "pointer", "line"),
    [
        ("books", CSV, "title,shelf,pages\nA,1,5\nB,1,0\n", "23514", "/1/pages", 3),
        ("books", CSV, "title,shelf,pages\nA,1,0\n", "23514", "/pages", 2),
        ("books", CSV, 'title,shelf,pages\r\n"A\r\nB",1,5\r\n\r\nC,1,x\r\n', "22P02", "/1/pages", 5),
        ("books", CSV, "title,shelf\nA,1\nB,3\n", "23503", "/1/shelf", 3),
        ("shelves", CSV, "title\nA\nSea\n", "23505", "/1/title", 3),
        ("remarks", CSV, "text,author\na,\nb,00000000-0000-0000-0000-000000000002\n", "23502", "/0/author", 2),
        ("books", CSV, "title,shelf,titel\nA,1,x\n", "PGRST204", "/titel", 2),
        ("books", NDJSON, '{"title": "A", "shelf": 1}\n\n{"title": 5, "shelf": 1}', "22P02", "/1/title", 3),
        ("shelves", NDJSON, '{"title": "A"}\n{"title": "A"}', "23505", "/1/title", 2),
        ("shelves", NDJSON, '{"title": "A"}\n{"title": "B", "books": [{"title": "C"}, {}]}', "23502", "/1/books/1/title", 2),
        (
            "books",
            XML,
            "<books>\n<book><title>A</title><shelf>1</shelf></book>\n<book><shelf>1</shelf></book></books>",
            "23502",
            "/1/title",
            3,
        ),
        ("books", XML, "<book>\n<title>A</title>\n<title>B</title></book>", "42701", "/title", 3),
        (
            "shelves",
            XML,
            "<shelves><shelf><title>A</title></shelf>\n<shelf><title>Sea</title></shelf></shelves>",
            "23505",
            "/1/title",
            2,
        ),
    ],
)
def test_a_refusal_names_the_line(library: Library, *, path: str, headers: Any, body: str, code: str, pointer: str, line: int):
    before = everything(library)
    reply = library.post(path, "ann", content=body, headers=headers)
    assert (reply.status_code // 100, reply.json()["code"]) == (4, code), reply.text
    first = reply.json()["errors"][0]
    assert (first["pointer"], first["message"].startswith(f"line {line}: ")) == (pointer, True)
    assert f"line {line}: " in reply.json()["message"]
    assert everything(library) == before


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('title,shelf\nA,1\n"B"x,1\n', 3),
        ('title,shelf\n"A\nB",1\nC,"1', 4),
        ('title\n"A\r\nB"\r\nC,1', 4),
        ("title,shelf\n\nA\n", 3),
    ],
)
def test_what_is_no_csv_names_the_line(library: Library, body: str, line: int):
    reply = library.post("books", "ann", content=body, headers=CSV)
    refused(reply, 400, "PGRST102")
    assert f"line {line}" in reply.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "pointers"),
    [
        ("POST", "shelves", [{"title": "A"}, {"title": "B"}, {"title": "A"}], 409, "23505", ["/2/title"]),
        (
            "POST",
            "books",
            [{"title": "A", "shelf": 1}, {"title": "B", "shelf": 99}, {"title": "C", "shelf": 98}],
            409,
            "23503",
            ["/1/shelf"],
        ),
        (
            "POST",
            "books",
            [{"title": "A", "shelf": 1}, {"title": "B", "shelf": 1, "genres": ["none"]}],
            409,
            "23503",
            ["/1/genres"],
        ),
        ("POST", "books", [{"title": "A", "shelf": 1}, {"title": "B", "shelf": 1, "diary": "x"}], 403, "42501", ["/1/diary"]),
        ("POST", "loans", [{"desk": 5, "number": 5}, {"desk": 1, "number": 1}], 409, "23505", ["/1/desk", "/1/number"]),
        ("POST", "loans", {"desk": 1, "number": 1}, 409, "23505", ["/desk", "/number"]),
        ("POST", "remarks", [{"text": "A", "a~b/c": 1}], 400, "PGRST204", ["/0/a~0b~1c"]),
        ("POST", "remarks", {"text": "A", "": 1}, 400, "PGRST204", ["/"]),
        ("PATCH", "remarks?id=eq.1", {"/": 1}, 400, "PGRST204", ["/~1"]),
    ],
)
def test_a_refusal_names_the_row(
    library: Library, *, method: str, path: str, body: Any, status: int, code: str, pointers: list[str]
):
    before = everything(library)
    refused(library.request(method, path, "ann", json=body), status, code, *pointers)
    assert everything(library) == before


def test_a_field_that_one_row_writes_is_no_matter_of_the_others(library: Library):
    """Bob may read and write the diary of his own book alone."""
    mine = {"title": "A", "shelf": 1, "reader": "00000000-0000-0000-0000-000000000001", "diary": "x"}
    assert library.post("books", "ann", json=[mine, {"title": "B", "shelf": 1}]).status_code == 201


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_relation_without_brackets(library: Library, method: str):
    reply = library.request(
        method, "shelves?select=title,friends&id=eq.1", "ann", json={"title": "x"}, prefer="return=representation"
    )
    refused(reply, 400, "42703")
    assert reply.json()["hint"] == "write 'friends(*)' to have what it leads to"
    hidden = library.get("shelves?select=title,loans", "ann")
    assert hidden.json()["hint"] is None


# -- text that is not UTF-8 ------------------------------------------------------------------------------------------------------

BOUNDARY = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'
MULTIPART = {"content-type": "multipart/form-data; boundary=x"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BOUNDARY % (b"text", b"Gr\xfc\xdfe"), MULTIPART),
        (BOUNDARY % (b"t\xe9xt", b"a"), MULTIPART),
        (b"text=Gr\xfc\xdfe", FORM),
        (b"text=Gr%FC%DFe", FORM),
        (b"t%E9xt=a", FORM),
        (b"text\nGr\xfc\xdfe\n", CSV),
        (b"<remark><text>Gr\xfc\xdfe</text></remark>", XML),
        (b'{"text": "Gr\xfc\xdfe"}', NDJSON),
        (b'{"text": "Gr\xfc\xdfe"}', {}),
    ],
)
def test_text_that_is_not_utf8_is_refused(library: Library, body: bytes, headers: dict[str, str]):
    refused(library.post("remarks", "ann", content=body, headers=headers), 400, "PGRST102")
    assert len(library.names("remarks", "ann", "text")) == 2


@pytest.mark.parametrize(
    "media", ["application/json", "application/xml", "text/csv", "application/x-ndjson", FORM["content-type"]]
)
def test_another_charset_is_refused_by_name(library: Library, media: str):
    for path in ("remarks", *([""] if media == "application/json" else [])):
        reply = library.post(path, "ann", content=b"[]", headers={"content-type": f"{media}; charset=ISO-8859-1"})
        refused(reply, 415, "PGRST107")
        assert "iso-8859-1" in reply.json()["message"]


# -- what takes its time, and what is too much -----------------------------------------------------------------------------------


def test_a_large_body_is_checked_beside_the_event_loop(library: Library):
    def threads(number: int) -> set[str]:
        path = "parcels?select=thread"
        reply = library.post(path, "ann", json=[{"name": "x" * 100}] * number, prefer="return=representation")
        assert reply.status_code == 201
        return {parcel["thread"] for parcel in reply.json()}

    assert threads(1) == {"MainThread"}
    assert all(name.startswith("worker") for name in threads(500))


@pytest.mark.parametrize(
    ("limits", "method", "path", "options", "status", "code", "message"),
    [
        ({"bulk_rows": 1}, "POST", "remarks", {"json": [{"text": "a"}] * 2}, 400, "54000", "2 records at once"),
        ({"nested_depth": 0}, "POST", "shelves", {"json": {"title": "a", "books": [{}]}}, 400, "54000", "1 levels of records"),
        ({"body_bytes": 5}, "POST", "remarks", {"json": {"text": "a"}}, 413, "PGRST413", "5 bytes"),
        ({"upload_bytes": 5}, "POST", "remarks", {"files": {"text": (None, "a")}}, 413, "PGRST413", "5 bytes"),
        ({"upload_parts": 0}, "POST", "remarks", {"files": {"text": (None, "a")}}, 400, "PGRST102", "multipart"),
        ({"operations": 0}, "POST", "", {"json": [{"method": "DELETE", "path": "books?id=eq.1"}]}, 400, "54000", "1 operations"),
        ({"embed_depth": 1}, "GET", "shelves?select=books(genres(code))", {}, 400, "54000", "2 levels of embeds"),
        ({"embeds": 1}, "GET", "shelves?select=books(id),owner(id)", {}, 400, "54000", "2 embeds"),
        ({"embed_rows": 1}, "GET", "shelves?select=books(id)&id=eq.1", {}, 400, "54000", "more than 1 rows"),
        ({"columns": 1}, "GET", "shelves?select=id,title", {}, 400, "54000", "2 columns"),
        ({"filters": 1}, "GET", "shelves?id=gt.0&id=gt.1", {}, 400, "54000", "2 conditions"),
        ({"list_items": 1}, "GET", "shelves?id=in.(1,2)", {}, 400, "54000", "2 items"),
        (
            {"export_seconds": 0.0, "page_rows": 1},
            "GET",
            "books",
            {"accept": "text/csv"},
            400,
            "57014",
            "took longer than it may",
        ),
        ({"exports": 0, "page_rows": 1}, "GET", "books", {"accept": "text/csv"}, 503, "57P03", "too many large answers"),
    ],
)
def test_each_limit_has_an_error_that_names_it(
    open_with: Open, *, limits: dict[str, Any], method: str, path: str, options: Any, status: int, code: str, message: str
):
    library = open_with(**limits)
    reply = library.request(method, path, "ann", **options)
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.text
    assert message in reply.json()["message"]
