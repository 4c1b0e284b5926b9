"""Files over HTTP: sent in forms, described in records, read under the record's rule, gone when no record needs them."""

import asyncio
import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.rest.conftest import Library, Open, picture
from tests.rest.models import Book

from mainspring.database.database import POOL

ENGINES = ("sqlite", "postgresql", "mariadb")

SHOWN = "return=representation"
BOOK = {"shelf_id": "1", "title": "New"}


def cover(content: bytes | None = None, name: str = "cover.png") -> dict[str, Any]:
    return {"cover": (name, picture() if content is None else content, "image/png")}


def made(library: Library, who: str = "ann", **files: Any) -> dict[str, Any]:
    """A new book with its cover."""
    reply = library.post("books", who, data=BOOK, files=files or cover(), prefer=SHOWN)
    assert reply.status_code == 201, reply.text
    return reply.json()[0]


def left_behind(library: Library) -> list[Path]:
    """What uploads left in the inbox."""
    temporary = library.backend.settings.data / "files" / "temporary"
    return [path for path in temporary.rglob("*") if path.is_file() and path.name != "lock"]


# -- sending ---------------------------------------------------------------------------------------------------------------------


def test_a_form_makes_a_record_with_its_file(library: Library):
    book = made(library)
    hash = hashlib.sha256(picture()).hexdigest()
    assert (book["title"], book["shelf_id"], book["pages"]) == ("New", 1, None)
    assert book["cover"] == {
        "url": f"/rest/v1/files/books/{book['id']}/cover/{hash}/cover.png",
        "name": "cover.png",
        "size": len(picture()),
        "type": "image/png",
        "width": 4,
        "height": 3,
    }
    assert library.contents() == [hash]
    assert left_behind(library) == []


def test_the_values_of_a_form_are_text_that_is_read(library: Library):
    values = {"pages": "7", "price": "1.50", "lent": "on", "tags": '["a"]', "extra": '{"a":1}', "notes": "", "genres": '["poem"]'}
    reply = library.post(
        "books?select=pages,price,lent,tags,extra,notes,genres(code)", "ann", data=BOOK | values, files=cover(), prefer=SHOWN
    )
    assert reply.json() == [
        {"pages": 7, "price": 1.5, "lent": True, "tags": ["a"], "extra": {"a": 1}, "notes": None, "genres": [{"code": "poem"}]}
    ]


def test_a_form_changes_a_file_and_the_old_one_goes(library: Library):
    book = made(library)
    (old,) = library.contents()
    reply = library.patch(f"books?id=eq.{book['id']}", "ann", files=cover(picture("navy")), prefer=SHOWN)
    assert reply.status_code == 200
    assert library.contents() == [reply.json()[0]["cover"]["url"].split("/")[-2]] != [old]
    assert library.get(book["cover"]["url"], "ann").status_code == 404


def test_null_takes_a_file_away(library: Library):
    book = made(library)
    reply = library.patch(f"books?id=eq.{book['id']}", "ann", json={"cover": None}, prefer=SHOWN)
    assert reply.json()[0]["cover"] is None
    assert library.contents() == []


def test_content_stays_while_some_record_needs_it(library: Library):
    first, second = made(library), made(library)
    assert len(library.contents()) == 1
    library.delete(f"books?id=eq.{first['id']}", "ann")
    assert library.get(second["cover"]["url"], "ann").content == picture()
    library.delete(f"books?id=eq.{second['id']}", "ann")
    assert library.contents() == []


def test_files_go_with_the_records_that_go_with_another(library: Library):
    made(library)
    assert library.delete("shelves?id=eq.1", "ann").status_code == 204
    assert library.contents() == []


def test_a_form_without_files_is_a_form(library: Library):
    reply = library.post("remarks", "ann", data={"text": "from a form"}, files={"public": (None, "true")}, prefer=SHOWN)
    assert (reply.status_code, reply.json()[0]["public"]) == (201, True)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_each_picture_is_known_by_its_content(library: Library, format: str):
    book = made(library, **cover(picture(format=format), "picture.exe"))
    assert book["cover"]["type"] == f"image/{format.lower()}"
    assert library.get(book["cover"]["url"], "ann").headers["content-type"] == f"image/{format.lower()}"


# -- refused ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "status", "code", "pointer"),
    [
        (cover(b"<svg onload='alert(1)'/>"), 400, "22P02", "/cover"),
        (cover(picture()[:40]), 400, "22P02", "/cover"),
        (cover(b""), 400, "22P02", "/cover"),
        (cover(picture() + b"x" * 200_000), 413, "PGRST413", None),
        ({"scan": ("s.txt", b"x" * 1_001, "text/plain")}, 413, "PGRST413", None),
        ({"slug": ("t.txt", b"x", "text/plain")}, 400, "PGRST204", "/slug"),
        ({"nothing": ("t.txt", b"x", "text/plain")}, 400, "PGRST204", "/nothing"),
        ({"whisper": ("t.txt", b"x", "text/plain")}, 400, "PGRST204", "/whisper"),
        ([("cover", ("a.png", picture(), "image/png")), ("cover", ("b.png", picture(), "image/png"))], 400, "42701", "/cover"),
        (cover() | {"pages": (None, "many")}, 400, "22P02", "/pages"),
        (cover() | {"titel": (None, "x")}, 400, "PGRST204", "/titel"),
        (cover() | {"shelf": (None, "99")}, 400, "42701", "/shelf"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_refused_form_leaves_nothing(library: Library, method: str, files: Any, status: int, code: str, pointer: str | None):
    before = library.get("books", "adm").text
    reply = library.request(method, "books?id=eq.1" if method == "PATCH" else "books", "ann", data=BOOK, files=files)
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.text
    if pointer:
        assert [fault["pointer"] for fault in reply.json()["errors"]] == [pointer]
    assert (library.get("books", "adm").text, library.contents(), left_behind(library)) == (before, [], [])


@pytest.mark.parametrize(("who", "shelf", "status"), [("bob", "1", 403), ("ann", "3", 409), ("ann", "99", 409), ("", "1", 401)])
def test_a_file_that_the_rules_refuse_is_not_kept(library: Library, who: str, shelf: str, status: int):
    reply = library.post("books", who, data={"title": "x", "shelf_id": shelf}, files=cover())
    assert reply.status_code == status
    assert (library.contents(), left_behind(library)) == ([], [])


def test_a_change_of_no_record_keeps_no_file(library: Library):
    assert library.patch("books?id=eq.99", "ann", files=cover()).status_code == 204
    assert (library.contents(), left_behind(library)) == ([], [])


def test_what_needs_a_file_cannot_come_as_json(library: Library):
    reply = library.post("pictures", "ann", json={"caption": "x"})
    assert (reply.status_code, reply.json()["code"], reply.json()["errors"][0]["pointer"]) == (400, "23502", "/image")
    reply = library.post("pictures", "ann", json={"image": {"url": "/rest/v1/files/books/1/cover/0/x"}})
    assert (reply.status_code, reply.json()["code"]) == (400, "22P02")
    assert "multipart/form-data" in reply.text


@pytest.mark.parametrize(
    ("limits", "status", "code"), [({"upload_bytes": 300}, 413, "PGRST413"), ({"upload_parts": 1}, 400, "PGRST102")]
)
def test_limits_of_forms(open_with: Open, limits: dict[str, int], status: int, code: str):
    library = open_with(**limits)
    reply = library.post("books", "ann", data=BOOK, files=cover())
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert (library.contents(), left_behind(library)) == ([], [])


def test_a_picture_of_too_many_pixels(open_with: Open):
    reply = open_with(image_pixels=11).post("books", "ann", data=BOOK, files=cover())
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "23514")


BROKEN = (
    (b"", "multipart/form-data; boundary=x"),
    (b"nonsense", "multipart/form-data; boundary=x"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
    (b"--x\r\nnonsense\r\n\r\nx\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xff\r\n--x--\r\n', "multipart/form-data; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n--x--\r\n', "multipart/form-data"),
    (b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n--x--\r\n', "multipart/form-data; boundary="),
    (b"--x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n--x--", "multipart/form-data; boundary=x"),
)


@pytest.mark.parametrize(("body", "media"), BROKEN, ids=range(len(BROKEN)))
def test_forms_that_cannot_be_read(library: Library, body: bytes, media: str):
    reply = library.post("books", "ann", content=body, headers={"content-type": media})
    assert reply.status_code == 400, reply.text
    assert reply.json()["code"] in {"PGRST102", "23502", "22P02"}


TITLE = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nNew\r\n'
SHELF = b'--x\r\nContent-Disposition: form-data; name="shelf_id"\r\n\r\n1\r\n'
SCAN = b'--x\r\nContent-Disposition: form-data; name="scan"; filename="s.txt"\r\n\r\nlong'


@pytest.mark.parametrize("body", [TITLE + SHELF + SCAN, TITLE + SHELF + SCAN + b"\r\n--x", TITLE + SHELF])
def test_a_form_that_was_cut_off_is_refused(library: Library, body: bytes):
    headers = {"content-type": "multipart/form-data; boundary=x"}
    before = library.names("books", "adm")
    reply = library.post("books", "ann", content=body, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (400, "PGRST102"), reply.text
    assert reply.json()["details"] == "It ends before its last boundary."
    assert (library.names("books", "adm"), left_behind(library)) == (before, [])
    whole = TITLE + SHELF + SCAN + b"\r\n--x--\r\n"
    assert library.post("books", "ann", content=whole, headers=headers).status_code == 201


@pytest.mark.parametrize(("charset", "status"), [("punycode", 400), ("utf-16", 400), ("UTF-8", 201), ("us-ascii", 201)])
def test_a_form_is_in_utf8(library: Library, charset: str, status: int):
    headers = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
    assert library.post("books", "ann", content=TITLE + SHELF + b"--x--\r\n", headers=headers).status_code == status


def test_no_picture_is_looked_at_of_somebody_who_can_change_nothing(library: Library):
    assert library.patch("books?id=eq.1", "", files=cover(b"no picture")).status_code == 204
    assert library.patch("books?id=eq.1", "ann", files=cover(b"no picture")).status_code == 400
    assert (library.contents(), left_behind(library)) == ([], [])


# -- reading ---------------------------------------------------------------------------------------------------------------------


def test_a_file_is_read_where_its_record_says(library: Library):
    url = made(library)["cover"]["url"]
    reply = library.get(url, "ann")
    assert (reply.status_code, reply.content) == (200, picture())
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["content-disposition"] == 'inline; filename="cover.png"'
    assert reply.headers["content-length"] == str(len(picture()))
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in reply.headers["content-security-policy"]
    assert reply.headers["cache-control"] == "private, no-cache"
    head = library.head(url, "ann")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", reply.headers["etag"])


@pytest.mark.parametrize("content", [b"<script>alert(1)</script>", b"%PDF-1.7 ...", b"plain", bytes(range(256))])
def test_what_is_no_picture_is_an_attachment(library: Library, content: bytes):
    book = made(library, scan=("page.html", content, "text/html"))
    reply = library.get(book["scan"]["url"], "ann")
    assert reply.content == content
    assert reply.headers["content-disposition"].startswith("attachment")
    assert "html" not in reply.headers["content-type"]
    assert "width" not in book["scan"]


@pytest.mark.parametrize(
    "name", ["ümläut.png", 'a"b.png', "a/b\\c.png", "..png", "x" * 300 + ".png", "a;b=c.png", "a%2Fb.png", "\u202egnp.exe"]
)
def test_odd_names_lead_to_their_file(library: Library, name: str):
    book = made(library, **cover(name=name))
    reply = library.get(book["cover"]["url"], "ann")
    assert (reply.status_code, reply.content) == (200, picture())
    assert not {"\r", "\n"} & set(reply.headers["content-disposition"])


@pytest.mark.parametrize(
    ("asked", "status", "part", "extent"),
    [
        ("bytes=0-3", 206, slice(0, 4), "bytes 0-3/{}"),
        ("bytes=4-", 206, slice(4, None), None),
        ("bytes=-5", 206, slice(-5, None), None),
        ("bytes=0-99999", 206, slice(None), None),
        ("bytes=99999-", 416, None, "*/{}"),
        ("bytes=-0", 416, None, "*/{}"),
        ("bytes=9-3", 200, slice(None), None),
        ("bytes=-", 200, slice(None), None),
        ("bytes=x", 200, slice(None), None),
        ("lines=1-2", 200, slice(None), None),
        ("bytes=" + ",".join(["0-1"] * 11), 200, slice(None), None),
    ],
)
def test_parts_of_a_file(library: Library, asked: str, status: int, part: slice | None, extent: str | None):
    reply = library.get(made(library)["cover"]["url"], "ann", range=asked)
    assert reply.status_code == status
    if part is not None:
        assert reply.content == picture()[part]
    else:
        assert reply.json()["code"] == "PGRST103"
    if extent is not None:
        assert reply.headers["content-range"].removeprefix("bytes ") == extent.format(len(picture())).removeprefix("bytes ")


def test_a_file_that_the_caller_has_is_not_sent_again(library: Library):
    url = made(library)["cover"]["url"]
    tag = library.get(url, "ann").headers["etag"]
    for asked in (tag, f"W/{tag}", f'"x", {tag}'):
        reply = library.get(url, "ann", headers={"if-none-match": asked})
        assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", tag)
    assert library.get(url, "ann", headers={"if-none-match": '"x"'}).status_code == 200
    assert library.get(url, "cid", headers={"if-none-match": tag}).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"), [("ann", 200), ("bob", 200), ("adm", 200), ("key", 200), ("cid", 404), ("tim", 404), ("", 404)]
)
def test_a_file_is_for_those_who_see_its_record(library: Library, who: str, status: int):
    assert library.get(made(library)["cover"]["url"], who).status_code == status


def test_a_file_is_shared_and_taken_back(library: Library):
    url = made(library)["cover"]["url"]
    assert library.get(url, "cid").status_code == 404
    library.patch("shelves?id=eq.1", "ann", json={"friends": ["00000000-0000-0000-0000-000000000003"]})
    assert library.get(url, "cid").status_code == 200
    library.patch("shelves?id=eq.1", "ann", json={"friends": []})
    assert library.get(url, "cid").status_code == 404


def wait_for_somebody_in_line(pool: ThreadPoolExecutor) -> None:
    end = time.monotonic() + 20
    while pool._work_queue.empty():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_file_that_goes_while_it_is_asked_for_is_not_there(library: Library):
    url, database = made(library)["cover"]["url"], library.backend.database
    free = threading.Event()
    busy = [database.pool.submit(free.wait) for _ in range(POOL)]

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(library.site)) as client:
            headers = {"authorization": f"Bearer {library.tokens['ann']}"}
            reply = asyncio.create_task(client.get(f"http://test{url}", headers=headers))
            await asyncio.to_thread(
                wait_for_somebody_in_line, database.pool
            )  # who found the record and now looks for its content
            library.as_("system").update(Book, {"cover": None}, id=int(url.split("/")[5]))
            free.set()
            return await reply

    reply = library.runner.run(ask())
    assert [each.result() for each in busy] == [True] * POOL
    assert (reply.status_code, reply.json()["code"]) == (404, "PGRST125")
    assert library.contents() == []


def test_addresses_that_lead_to_no_file_are_all_alike(library: Library):
    book = made(library)
    url = book["cover"]["url"]
    *_, key, field, hash, name = url.split("/")
    wrong = (
        f"/rest/v1/files/books/99/{field}/{hash}/{name}",
        f"/rest/v1/files/books/1/{field}/{hash}/{name}",  # another record
        f"/rest/v1/files/books/x/{field}/{hash}/{name}",
        f"/rest/v1/files/books/{key},1/{field}/{hash}/{name}",
        f"/rest/v1/files/books/{key}/scan/{hash}/{name}",
        f"/rest/v1/files/books/{key}/title/{hash}/{name}",
        f"/rest/v1/files/books/{key}/none/{hash}/{name}",
        f"/rest/v1/files/books/{key}/{field}/{'0' * 64}/{name}",
        f"/rest/v1/files/books/{key}/{field}/../../{name}",
        f"/rest/v1/files/books/{key}/{field}/..%2f..%2fapp.sqlite/{name}",
        f"/rest/v1/files/vaults/{key}/{field}/{hash}/{name}",
        f"/rest/v1/files/nothing/{key}/{field}/{hash}/{name}",
        f"/rest/v1/files/mainspring_dropped_files/1/hash/{hash}/{name}",
        f"/rest/v1/files/books/{key}/{field}/{hash}",
        f"{url}/more",
        "/rest/v1/files/",
    )
    for address in wrong:
        reply = library.get(address, "ann")
        assert reply.status_code == 404, address
        assert reply.json()["code"] in {"PGRST125", "PGRST205"}
    hidden, nothing = (library.get(address, "cid").text for address in (url, wrong[0]))
    assert hidden == nothing


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_file_is_read_only(library: Library, method: str):
    reply = library.request(method, made(library)["cover"]["url"], "ann")
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, HEAD")


def test_a_file_of_a_record_with_a_key_of_two_fields(library: Library):
    reply = library.post(
        "loans", "ann", data={"desk": "7", "number": "8"}, files={"paper": ("p.txt", b"paper", "text/plain")}, prefer=SHOWN
    )
    url = reply.json()[0]["paper"]["url"]
    assert url.startswith("/rest/v1/files/loans/7,8/paper/")
    assert library.get(url, "ann").content == b"paper"


@pytest.mark.parametrize("key", ["plain", "a,b", "a/b", "a%2Fb", "a b", "é", "?#&=", "a%", "+", '"', "\U0001f40b"])
def test_a_file_of_a_record_with_a_word_as_its_key(library: Library, key: str):
    form = {"code": key, "name": "Odd"}
    reply = library.post("genres", "lib", data=form, files={"icon": ("i.txt", b"icon", "text/plain")}, prefer=SHOWN)
    assert library.get(reply.json()[0]["icon"]["url"], "ann").content == b"icon"


def test_a_file_needs_no_place_in_the_answer(library: Library):
    made(library)
    (shelf,) = library.get("shelves?select=books(cover)&id=eq.1&books.cover=not.is.null", "ann").json()
    assert [book["cover"]["width"] for book in shelf["books"]] == [4]
