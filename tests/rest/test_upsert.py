"""Records that are made or, where they are there already, changed: by POST with a resolution, and by PUT."""

from typing import Any

import pytest
from tests.rest.conftest import PEOPLE, Library, picture
from tests.rest.test_write import ANN, BOB, ONE, SHOWN, everything, refused

ENGINES = ("sqlite", "postgresql", "mariadb")

MERGE, IGNORE = "resolution=merge-duplicates", "resolution=ignore-duplicates"


@pytest.mark.parametrize(
    ("path", "who", "rows", "status", "total", "found"),
    [
        ("genres", "lib", {"code": "poem", "name": "Verse"}, 200, 1, "genres?code=eq.poem&name=eq.Verse"),
        ("genres", "lib", {"code": "saga", "name": "Saga"}, 201, 1, "genres?code=eq.saga"),
        ("genres", "lib", [{"code": "saga", "name": "S"}, {"code": "poem", "name": "S"}], 201, 2, "genres?name=eq.S"),
        ("genres", "lib", [], 200, 0, None),
        ("loans", "ann", {"desk": 1, "number": 2, "note": "new"}, 200, 1, "loans?note=eq.new"),
        ("loans", "ann", {"desk": 2, "number": 1, "note": "new"}, 201, 1, "loans?note=eq.new&desk=eq.2"),
        ("shelves", "ann", {"id": 1, "title": "Ocean"}, 200, 1, "shelves?id=eq.1&title=eq.Ocean&version=eq.2"),
        ("shelves", "ann", {"title": "Ocean"}, 201, 1, "shelves?title=eq.Ocean"),
        ("shelves?on_conflict=title", "ann", {"title": "Sea", "keeper": ANN}, 200, 1, f"shelves?keeper_id=eq.{ANN}&id=eq.1"),
        ("shelves?on_conflict=title", "ann", {"title": "Lake", "keeper": ANN}, 201, 1, f"shelves?keeper_id=eq.{ANN}"),
        ("shelves?on_conflict=title", "ann", {"id": 1, "title": "Sea"}, 400, None, None),
        ("loans?on_conflict=number,%20desk", "ann", {"desk": 1, "number": 2, "note": "new"}, 200, 1, "loans?note=eq.new"),
        ("loans?columns=desk,number", "ann", {"desk": 1, "number": 1, "note": "x"}, 200, 1, "loans?note=eq.first"),
    ],
)
def test_merging(library: Library, *, path: str, who: str, rows: Any, status: int, total: int | None, found: str | None):
    reply = library.post(path, who, json=rows, prefer=f"{MERGE},count=exact")
    assert reply.status_code == status, reply.text
    if total is not None:
        assert (reply.content, reply.headers["content-range"]) == (b"", f"*/{total}")
        assert reply.headers["preference-applied"] == f"{MERGE}, count=exact"
    if found is not None:
        assert len(library.get(found, "adm").json()) == max(total or 0, 1)


@pytest.mark.parametrize(
    ("path", "rows", "shown"),
    [
        ("genres", [{"code": "poem", "name": "x"}, {"code": "saga", "name": "Saga"}], ["Saga"]),
        ("genres", {"code": "poem", "name": "x"}, []),
        ("genres", [{"code": "saga", "name": "one"}, {"code": "saga", "name": "two"}], ["one"]),
    ],
)
def test_ignoring(library: Library, path: str, rows: Any, shown: list[str]):
    reply = library.post(path, "lib", json=rows, prefer=f"{IGNORE},{SHOWN}")
    assert (reply.status_code, [record["name"] for record in reply.json()]) == (201, shown)
    assert library.names("genres?code=eq.poem", word="name") == ["Poem"]


def test_what_is_not_written_stays_when_merged(library: Library):
    reply = library.post(
        "books", "ann", json={"id": 1, "title": "Whale", "shelf": 1, "genres": ["play"]}, prefer=f"{MERGE},{SHOWN}"
    )
    (book,) = reply.json()
    assert (reply.status_code, book["title"], book["pages"], book["version"]) == (200, "Whale", 635, 2)
    assert library.get("books?id=eq.1&select=genres(code)", "ann").json() == [{"genres": [{"code": "play"}]}]


def test_many_with_defaults_for_what_is_missing(library: Library):
    """As the JavaScript client sends it: the union of all fields as `columns`."""
    rows = [{"id": 1, "title": "Ocean"}, {"title": "Lake"}]
    refused(library.post("shelves?columns=id,title", "ann", json=rows, prefer=MERGE), 400, "23502", "/1/id")
    reply = library.post("shelves?columns=id,title", "ann", json=rows, prefer=f"{MERGE},missing=default,{SHOWN}")
    assert (reply.status_code, [shelf["title"] for shelf in reply.json()]) == (201, ["Ocean", "Lake"])


@pytest.mark.parametrize(
    ("path", "who", "rows", "status", "code", "pointers"),
    [
        ("shelves?on_conflict=owner", "ann", {"title": "x"}, 400, "42P10", ()),
        ("shelves?on_conflict=title,owner", "ann", {"title": "x"}, 400, "42P10", ()),
        ("loans?on_conflict=desk", "ann", {"desk": 1, "number": 1}, 400, "42P10", ()),
        ("shelves?on_conflict=titel", "ann", {"title": "x"}, 400, "42703", ()),
        ("shelves?on_conflict=title,", "ann", {"title": "x"}, 400, "PGRST100", ()),
        ("books?on_conflict=whisper", "ann", {"title": "x", "shelf": 1}, 400, "42703", ()),
        ("genres", "lib", {"code": "poem"}, 400, "23502", ("/name",)),
        ("genres", "lib", [{"code": "x", "name": "x"}, {"code": "x", "name": "y"}], 400, "21000", ("/1/code",)),
        ("shelves", "ann", [{"title": "x"}, {"id": 99, "title": "y"}], 400, "428C9", ("/1/id",)),
        ("shelves", "ann", {"id": 3, "title": "y"}, 400, "428C9", ("/id",)),  # Cid's, which Ann does not see
        ("shelves", "ann", {"id": "x", "title": "y"}, 400, "22P02", ("/id",)),
        ("shelves", "ann", {"id": 1, "title": "y", "version": 5}, 400, "428C9", ("/version",)),
        ("shelves", "bob", {"id": 1, "title": "y"}, 403, "42501", ()),  # he reads it
        ("shelves?on_conflict=title", "ann", {"title": "Fire"}, 403, "42501", ()),
        ("shelves", "ann", {"id": 1, "title": "Ice"}, 409, "23505", ("/title",)),
        ("shelves", "ann", {"id": 1, "title": "Sea", "owner": BOB}, 403, "42501", ()),  # not hers afterwards
        ("books", "ann", {"id": 1, "title": "x", "shelf": 3}, 409, "23503", ("/shelf",)),
        ("books", "ann", {"id": 1, "title": "x", "shelf": 1, "cost": 1}, 400, "PGRST204", ("/cost",)),
        ("books", "ann", {"id": 1, "title": "x", "shelf": 1, "diary": "x"}, 403, "42501", ("/diary",)),
        ("genres", "ann", {"code": "poem", "name": "x"}, 403, "42501", ()),
        ("genres", "", {"code": "poem", "name": "x"}, 401, "42501", ()),
        ("ledgers", "lib", {"id": 1, "amount": 5}, 403, "42501", ()),  # may be made, not changed
        ("shelves", "", {"id": 1, "title": "x", "owner": ANN}, 401, "42501", ()),
    ],
)
def test_what_cannot_be_merged(
    library: Library, *, path: str, who: str, rows: Any, status: int, code: str, pointers: tuple[str, ...]
):
    before = everything(library)
    refused(library.post(path, who, json=rows, prefer=MERGE), status, code, *pointers)
    assert everything(library) == before


def test_new_rows_are_under_the_rule_for_new_ones(library: Library):
    before = everything(library)
    rows = [{"title": "Sea", "keeper": ANN}, {"title": "Lake", "owner": BOB}]
    refused(
        library.post("shelves?on_conflict=title&columns=title,keeper,owner", "ann", json=rows, prefer=f"{MERGE},missing=default"),
        403,
        "42501",
        "/1",
    )
    assert everything(library) == before


def test_a_hidden_record_is_answered_like_one_that_is_not_there(library: Library):
    hidden, nothing = (library.post("shelves", "ann", json={"id": id, "title": "x"}, prefer=MERGE).json() for id in (3, 99))
    assert hidden == nothing


def test_a_form_is_merged_and_the_former_file_goes(library: Library):
    def send(colour: str) -> Any:
        fields = {"id": "1", "title": "Moby Dick", "shelf": "1"}
        return library.post("books", "ann", data=fields, files={"cover": ("a.png", picture(colour))}, prefer=f"{MERGE},{SHOWN}")

    first, second = send("red"), send("blue")
    assert [first.status_code, second.status_code] == [200, 200]
    assert library.contents() == [second.json()[0]["cover"]["url"].split("/")[-2]]


def test_a_file_for_a_record_that_is_passed_over_goes(library: Library):
    fields = {"code": "poem", "name": "x"}
    reply = library.post("genres", "lib", data=fields, files={"icon": ("a.png", picture())}, prefer=IGNORE)
    assert (reply.status_code, library.contents()) == (201, [])


# -- PUT -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "who", "body", "prefer", "status"),
    [
        ("genres?code=eq.saga", "lib", {"code": "saga", "name": "Saga"}, "", 201),
        ("genres?code=eq.saga", "lib", {"name": "Saga"}, SHOWN, 201),
        ("genres?code=eq.poem", "lib", {"code": "poem", "name": "Verse"}, "", 204),
        ("genres?code=eq.poem", "lib", [{"name": "Verse"}], SHOWN, 200),
        ("loans?number=eq.1&desk=eq.1", "ann", {"desk": 1, "note": "x"}, SHOWN, 200),
        ("shelves?id=eq.1", "ann", {"title": "Ocean"}, "", 204),
    ],
)
def test_one_is_put(library: Library, path: str, who: str, body: Any, prefer: str, status: int):
    wanted = body[0] if isinstance(body, list) else body
    for expected in (status, {201: 200 if prefer else 204}.get(status, status)):
        reply = library.request("PUT", path, who, json=body, prefer=prefer)
        assert reply.status_code == expected, reply.text
        (stored,) = library.get(path, who).json()
        assert {name: stored[name] for name in wanted} == wanted
        assert reply.content == b"" if not prefer else reply.json()[0] == stored


def test_what_is_not_put_is_emptied(library: Library):
    """But what another made it, what the caller may not write, and its members."""
    library.patch("books?id=eq.1", "adm", json={"reader": BOB})
    reply = library.request("PUT", "books?id=eq.1", "ann", json={"title": "Whale", "shelf": 1}, prefer=SHOWN, accept=ONE)
    book = reply.json()
    assert (book["title"], book["pages"], book["lent"], book["tags"]) == ("Whale", None, False, [])
    assert library.get("books?id=eq.1&select=cost,genres(code)", "adm").json() == [{"cost": 7.1, "genres": [{"code": "novel"}]}]
    library.request("PUT", "shelves?id=eq.1", "adm", json={"title": "Hers"})
    assert library.get("shelves?id=eq.1&select=owner_id", "adm").json() == [{"owner_id": ANN}]


@pytest.mark.parametrize(
    ("path", "who", "body", "status", "code"),
    [
        ("genres", "lib", {"code": "x", "name": "x"}, 405, "PGRST105"),
        ("genres?code=neq.x", "lib", {"code": "x", "name": "x"}, 405, "PGRST105"),
        ("genres?code=not.eq.x", "lib", {"code": "x", "name": "x"}, 405, "PGRST105"),
        ("genres?code=eq.x&name=eq.y", "lib", {"name": "x"}, 405, "PGRST105"),
        ("genres?or=(code.eq.x)", "lib", {"name": "x"}, 405, "PGRST105"),
        ("loans?desk=eq.1", "ann", {"desk": 1, "number": 1}, 405, "PGRST105"),
        ("genres?code=eq.x&limit=1", "lib", {"name": "x"}, 400, "PGRST114"),
        ("genres?code=eq.x&columns=name", "lib", {"name": "x"}, 400, "PGRST100"),
        ("genres?code=eq.x", "lib", {"code": "y", "name": "x"}, 400, "PGRST115"),
        ("genres?code=eq.x", "lib", {"code": 5, "name": "x"}, 400, "PGRST115"),
        ("loans?desk=eq.x&number=eq.1", "ann", {}, 400, "22P02"),
        ("genres?code=eq.x", "lib", [{"name": "x"}, {"name": "y"}], 400, "PGRST102"),
        ("genres?code=eq.x", "lib", [], 400, "PGRST102"),
        ("genres?code=eq.x", "lib", {}, 400, "23502"),
        ("shelves?id=eq.99", "ann", {"title": "x"}, 400, "428C9"),
        ("shelves?id=eq.3", "ann", {"title": "x"}, 400, "428C9"),
        ("shelves?id=eq.1", "bob", {"title": "x"}, 403, "42501"),
        ("genres?code=eq.poem", "ann", {"name": "x"}, 403, "42501"),
        ("vaults?id=eq.1", "ann", {"word": "x"}, 404, "PGRST205"),
    ],
)
def test_what_cannot_be_put(library: Library, path: str, who: str, body: Any, status: int, code: str):
    before = everything(library)
    reply = library.request("PUT", path, who, json=body)
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.text
    assert everything(library) == before


def test_a_form_is_put(library: Library):
    fields, files = {"title": "Whale", "shelf": "1", "id": "1"}, {"cover": ("a.png", picture())}
    reply = library.request("PUT", "books?id=eq.1", "ann", data=fields, files=files, prefer=SHOWN)
    assert (reply.status_code, reply.json()[0]["cover"]["width"]) == (200, 4)
    assert library.request("PUT", "books?id=eq.1", "ann", json={"title": "Whale", "shelf": 1}).status_code == 204
    assert library.contents() == []


def test_who_is_signed_in_puts_in_their_own_name(library: Library):
    assert PEOPLE["ann"].id is not None
    (made,) = library.post("shelves?on_conflict=title", "ann", json={"title": "Lake"}, prefer=f"{MERGE},{SHOWN}").json()
    assert made["owner_id"] == ANN
