"""New records that stand in a new record: made with it, all or nothing, each under the rules that it would meet alone."""

from typing import Any

import pytest
from tests.rest import models
from tests.rest.conftest import Library, Open
from tests.rest.test_write import ANN, BOB, CID, SHOWN, everything, refused

ENGINES = ("sqlite", "postgresql", "mariadb")

EMBEDS = "owner(name),keeper(name),friends(name),books(title,genres(code)),children(title)"
ALL = f"select=title,{EMBEDS}&books.order=title&children.order=title"
STRICT = "handling=strict,max-affected"


def plain(library: Library, query: str = f"title=eq.New&{ALL}") -> Any:
    (record,) = library.get(f"shelves?{query}", "adm").json()
    return record


# -- what is made ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "body", "made"),
    [
        ("ann", {"books": [{"title": "A"}, {"title": "B", "genres": ["novel", "poem"]}]}, {"books": ["A", "B novel poem"]}),
        ("ann", {"books": []}, {}),
        ("ann", {"children": [{"title": "C"}, {"title": "D", "books": [{"title": "Inner"}]}]}, {"children": ["C", "D"]}),
        ("ann", {"keeper": {"id": BOB}, "owner": {"id": ANN}}, {"keeper": {"name": "Bob"}}),
        ("ann", {"friends": [BOB, {"id": CID}, {"id": BOB}]}, {"friends": [{"name": "Bob"}, {"name": "Cid"}]}),
        (
            "adm",
            {"owner": ANN, "friends": [BOB, {"name": "Eve", "email": "eve@example.org"}]},
            {"friends": [{"name": "Bob"}, {"name": "Eve"}]},
        ),
        (
            "adm",
            {"owner": {"name": "Eve", "email": "eve@example.org"}, "keeper": {"id": BOB}},
            {"owner": {"name": "Eve"}, "keeper": {"name": "Bob"}},
        ),
        (
            "lib",
            {"books": [{"title": "A", "genres": [{"code": "saga", "name": "Saga"}, {"code": "play"}]}]},
            {"books": ["A play saga"], "owner": {"name": "Lib"}},
        ),
        (
            "lib",
            {"books": [{"title": "A", "pages": 3, "extra": {"deep": [{}]}, "tags": ["x"]}]},
            {"books": ["A"], "owner": {"name": "Lib"}},
        ),
    ],
)
@pytest.mark.parametrize("bulk", [False, True])
def test_what_stands_in_a_record_is_made_with_it(
    library: Library, *, who: str, body: dict[str, Any], made: dict[str, Any], bulk: bool
):
    row = {"title": "New"} | body
    reply = library.post("shelves", who, json=[row] if bulk else row)
    assert (reply.status_code, reply.content) == (201, b"")
    record = plain(library)
    record["books"] = [" ".join([book["title"], *sorted(genre["code"] for genre in book["genres"])]) for book in record["books"]]
    record["children"] = [child["title"] for child in record["children"]]
    record["friends"].sort(key=lambda friend: friend["name"])
    empty = {"title": "New", "owner": {"name": "Ann"}, "keeper": None, "friends": [], "books": [], "children": []}
    assert record == empty | made


def test_the_answer_shows_what_select_asks(library: Library):
    body = {"title": "New", "books": [{"title": "A", "pages": 1}, {"title": "B", "pages": 2}]}
    reply = library.post(
        "shelves?select=title,books(title)&books.order=pages.desc&books.limit=1", "ann", json=body, prefer=f"{SHOWN},count=exact"
    )
    assert (reply.json(), reply.headers["content-range"]) == ([{"title": "New", "books": [{"title": "B"}]}], "*/1")


def test_a_new_record_above_and_all_that_stands_in_it(library: Library):
    """A book whose shelf is new, with another book on it; the shelf's parent is new too."""
    shelf = {"title": "New", "parent": {"title": "Above"}, "books": [{"title": "Beside"}]}
    reply = library.post(
        "books?select=title,shelf(title,parent(title),books(title))", "ann", json={"title": "Mine", "shelf": shelf}, prefer=SHOWN
    )
    (made,) = reply.json()
    assert sorted(book["title"] for book in made["shelf"].pop("books")) == ["Beside", "Mine"]
    assert made == {"title": "Mine", "shelf": {"title": "New", "parent": {"title": "Above"}}}


def test_in_bulk_everything_finds_its_own(library: Library):
    rows = [{"title": f"S{number}", "books": [{"title": f"B{number}.{at}"} for at in range(number)]} for number in range(4)]
    assert library.post("shelves", "ann", json=rows).status_code == 201
    found = library.get("shelves?title=like.S_&select=title,books(title)&order=title", "ann").json()
    assert [(each["title"], sorted(book["title"] for book in each["books"])) for each in found] == [
        (row["title"], [book["title"] for book in row["books"]]) for row in rows
    ]


def test_through_the_door_for_python(library: Library):
    bob = library.as_("system").one(models.User, id=BOB)
    library.as_("ann").create(models.Shelf, title="New", keeper={"id": bob.id}, books=[{"title": "A"}])
    assert [book["title"] for book in plain(library)["books"]] == ["A"]


# -- what is refused -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"books": [{"title": "A"}, {"title": 5}]}, {"/books/1/title": "22P02"}),
        (
            {"books": [{}, {"title": "A", "pages": 0, "titel": 1}]},
            {"/books/0/title": "23502", "/books/1/pages": "23514", "/books/1/titel": "PGRST204"},
        ),
        ({"title": 5, "books": [{"pages": 0}]}, {"/title": "22P02", "/books/0/pages": "23514", "/books/0/title": "23502"}),
        ({"books": [{"title": "A", "genres": ["novel", 5]}]}, {"/books/0/genres/1": "22P02"}),
        ({"books": [{"title": "A", "genres": [{"code": 5}]}]}, {"/books/0/genres/0/code": "22P02"}),
        ({"books": [{"title": "A", "id": 7}]}, {"/books/0/id": "428C9"}),
        ({"books": [{"title": "A", "shelf": 1}]}, {"/books/0/shelf": "428C9"}),
        ({"books": [{"title": "A", "shelf_id": 1}]}, {"/books/0/shelf_id": "428C9"}),
        ({"books": [{"title": "A", "shelf": {"title": "x"}}]}, {"/books/0/shelf": "428C9"}),
        ({"books": [{"title": "A", "cost": 1, "whisper": "x"}]}, {"/books/0/cost": "PGRST204", "/books/0/whisper": "PGRST204"}),
        ({"books": [{"title": "A", "cover": {"url": "/x"}}]}, {"/books/0/cover": "22P02"}),
        ({"books": [5, None, "x", []]}, {f"/books/{number}": "22P02" for number in range(4)}),
        ({"books": {"title": "A"}}, {"/books": "22P02"}),
        ({"books": None}, {"/books": "22P02"}),
        ({"books": "A"}, {"/books": "22P02"}),
        ({"owner": {"id": 5}}, {"/owner/id": "22P02"}),
        ({"owner": {"id": None}}, {"/owner/id": "23502"}),
        ({"owner": {"id": ANN}, "owner_id": ANN}, {"/owner_id": "42701"}),
        ({"parent_id": 1, "parent": {"title": "x"}}, {"/parent": "42701"}),
        ({"parent": {"title": "x"}, "parent_id": 1}, {"/parent_id": "42701"}),
        ({"parent": {}}, {"/parent/title": "23502"}),
        ({"owner_id": {"id": ANN}}, {"/owner_id": "22P02"}),
        (
            {"children": [{"title": "C", "children": [{"titel": "D"}]}]},
            {"/children/0/children/0/titel": "PGRST204", "/children/0/children/0/title": "23502"},
        ),
        ({"a/b~c": 1, "books": [{"title": "A", "x/y": 1}]}, {"/a~1b~0c": "PGRST204", "/books/0/x~1y": "PGRST204"}),
    ],
)
@pytest.mark.parametrize("bulk", [False, True])
def test_all_faults_at_once_wherever_they_stand(library: Library, *, body: dict[str, Any], faults: dict[str, str], bulk: bool):
    before, row = everything(library), {"title": "New"} | body
    reply = library.post("shelves", "ann", json=[{"title": "Other"}, row] if bulk else row)
    assert reply.status_code == 400
    expected = {f"/1{pointer}" if bulk else pointer: code for pointer, code in faults.items()}
    assert {fault["pointer"]: fault["code"] for fault in reply.json()["errors"]} == expected
    assert everything(library) == before


@pytest.mark.parametrize(
    ("who", "body", "status", "code", "pointers"),
    [
        ("ann", {"books": [{"title": "A", "genres": [{"code": "saga", "name": "Saga"}]}]}, 403, "42501", ["/books/0/genres/0"]),
        ("ann", {"books": [{"title": "A"}, {"title": "B", "genres": ["none"]}]}, 409, "23503", ["/books/1/genres"]),
        ("ann", {"books": [{"title": "A"}, {"title": "B", "diary": "x"}]}, 403, "42501", ["/books/1/diary"]),
        ("ann", {"books": [{"title": "A"}, {"title": "B", "diary": "x", "reader": BOB}]}, 403, "42501", ["/books/1/diary"]),
        ("ann", {"children": [{"title": "C"}, {"title": "D", "owner": BOB}]}, 403, "42501", ["/children/1"]),
        ("ann", {"children": [{"title": "C", "owner": BOB, "books": [{"title": "A"}]}]}, 403, "42501", ["/children/0"]),
        ("ann", {"children": [{"title": "C"}, {"title": "Sea"}]}, 409, "23505", ["/children/1/title"]),
        ("ann", {"children": [{"title": "New"}]}, 409, "23505", ["/children/0/title"]),
        ("ann", {"parent": {"title": "Fire"}}, 409, "23505", ["/parent/title"]),
        ("ann", {"parent": {"id": 3}}, 409, "23503", ["/parent"]),  # it is there, and Cid's
        ("ann", {"parent": {"id": 99}}, 409, "23503", ["/parent"]),
        ("ann", {"owner": {"name": "Eve", "email": "eve@example.org"}}, 403, "42501", ["/owner"]),
        ("bob", {"owner": ANN, "books": [{"title": "A"}]}, 403, "42501", []),
        ("", {"books": [{"title": "A"}]}, 401, "42501", []),
        (
            "lib",
            {"books": [{"title": "A", "genres": [{"code": "novel", "name": "x"}]}]},
            409,
            "23505",
            ["/books/0/genres/0/code"],
        ),
    ],
)
@pytest.mark.parametrize("bulk", [False, True])
def test_every_rule_as_if_each_were_written_alone(
    library: Library, *, who: str, body: dict[str, Any], status: int, code: str, pointers: list[str], bulk: bool
):
    before, row = everything(library), {"title": "New"} | body
    reply = library.post("shelves", who, json=[{"title": "Other"}, row] if bulk else row)
    expected = [f"/1{pointer}" for pointer in pointers or ([""] if who == "bob" else [])] if bulk else pointers
    if not who:
        expected = []  # who is not signed in is told before the body is read
    refused(reply, status, code, *expected)
    assert everything(library) == before


def test_what_is_hidden_takes_no_records(library: Library):
    """Of a table that is closed to the caller, and of one of ours, there is no field."""
    for name in ("vaults", "accounts", "mainspring_accounts", "loans"):
        refused(library.post("shelves", "ann", json={"title": "New", name: [{}]}), 400, "PGRST204", f"/{name}")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"books": [{"title": "A"}]}, "/books/0"),
        ({"books": []}, "/books"),
        ({"parent": {"title": "x"}}, "/parent"),
        ({"friends": [BOB, {"name": "x", "email": "x@example.org"}]}, "/friends/1"),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "PUT", "upsert"])
def test_only_what_is_new_takes_new_records(library: Library, method: str, body: dict[str, Any], pointer: str):
    before, row = everything(library), {"title": "New"} | body
    if method == "upsert":
        reply = library.post("shelves?on_conflict=title", "adm", json={"owner": ANN} | row, prefer="resolution=merge-duplicates")
    else:
        reply = library.request(method, "shelves?id=eq.1", "adm", json={"owner": ANN} | row)
    refused(reply, 400, "0A000", pointer)
    assert "keys" in reply.json()["message"]
    assert everything(library) == before


@pytest.mark.parametrize("method", ["PATCH", "PUT", "upsert"])
def test_an_object_with_just_the_key_is_a_link_everywhere(library: Library, method: str):
    body = {"title": "Sea", "owner": {"id": ANN}, "keeper": {"id": CID}, "friends": [{"id": CID}, BOB]}
    if method == "upsert":
        reply = library.post("shelves?on_conflict=title", "adm", json=body, prefer="resolution=merge-duplicates")
    else:
        reply = library.request(method, "shelves?id=eq.1", "adm", json=body)
    assert reply.status_code in {200, 204}
    record = plain(library, f"id=eq.1&{ALL}")
    assert record["keeper"] == {"name": "Cid"}
    assert sorted(friend["name"] for friend in record["friends"]) == ["Bob", "Cid"]


# -- with what else a request may say --------------------------------------------------------------------------------------------

BOOKS = {"title": "New", "books": [{"title": "A"}, {"title": "B"}]}


def test_columns_choose_what_is_made_along(library: Library):
    assert library.post("shelves?columns=title", "ann", json=BOOKS).status_code == 201
    assert plain(library)["books"] == []
    rows = [{"title": "S", "books": [{"title": "A", "other": 1}]}, {"title": "T"}]
    refused(
        library.post("shelves?columns=title,books", "ann", json=rows, prefer="missing=default"),
        400,
        "PGRST204",
        "/0/books/0/other",
    )
    del rows[0]["books"][0]["other"]  # type: ignore[attr-defined]
    refused(library.post("shelves?columns=title,books", "ann", json=rows), 400, "22P02", "/1/books")
    assert library.post("shelves?columns=title,books", "ann", json=rows, prefer="missing=default").status_code == 201
    refused(library.post("shelves?columns=title,boks", "ann", json=BOOKS), 400, "PGRST204", "/boks")


def test_all_that_is_made_counts_as_affected(library: Library):
    before = everything(library)
    refused(library.post("shelves", "ann", json=BOOKS, prefer=f"{STRICT}=2"), 400, "PGRST124")
    assert everything(library) == before
    assert library.post("shelves", "ann", json=BOOKS, prefer=f"{STRICT}=3").status_code == 201


def test_it_is_only_tried(library: Library):
    before = everything(library)
    reply = library.post("shelves?select=title,books(title)&books.order=title", "ann", json=BOOKS, prefer=f"{SHOWN},tx=rollback")
    assert (reply.status_code, reply.json()) == (201, [BOOKS])
    assert everything(library) == before


def test_among_several_operations(library: Library):
    rows = [
        {"method": "POST", "path": "shelves", "body": {"title": "New", "books": [{"title": "A"}]}},
        {
            "method": "POST",
            "path": "shelves",
            "body": [{"title": "Low", "parent": {"id": {"$ref": "/0/id"}}, "books": [{"titel": "B"}]}],
        },
    ]
    pointers = ("/1/body/0/books/0/titel", "/1/body/0/books/0/title")
    refused(library.post("", "ann", json=rows), 400, "PGRST204", *pointers)
    rows[1]["body"][0]["books"] = [{"title": "B", "extra": {"$ref": "/9/id"}}]  # type: ignore[index]
    assert library.post("", "ann", json=rows).status_code == 200
    assert [child["title"] for child in plain(library)["children"]] == ["Low"]
    assert library.get("books?title=eq.B&select=extra", "ann").json() == [{"extra": {"$ref": "/9/id"}}]


# -- other formats ---------------------------------------------------------------------------------------------------------------

XML = """
<shelf><title>New</title><keeper><id>{bob}</id></keeper><friends><item>{bob}</item><user><id>{cid}</id></user></friends>
<books><book><title>A</title><pages>3</pages><tags><item>x</item></tags><genres><item>novel</item><genre><code>poem</code></genre></genres></book>
<book><title>B</title></book></books><children><shelf><title>C</title><books/></shelf></children></shelf>
""".strip()


def test_in_xml(library: Library):
    body = XML.format(bob=BOB, cid=CID)
    for text in (f"<shelves>{body}</shelves>", body.replace("New", "Next").replace("<title>C", "<title>D")):
        assert library.post("shelves", "ann", content=text, headers={"content-type": "application/xml"}).status_code == 201
    for title, child in (("New", "C"), ("Next", "D")):
        record = plain(library, f"title=eq.{title}&{ALL}")
        for book in record["books"]:
            book["genres"].sort(key=lambda genre: genre["code"])
        assert record["books"] == [{"title": "A", "genres": [{"code": "novel"}, {"code": "poem"}]}, {"title": "B", "genres": []}]
        assert (record["keeper"], len(record["friends"]), record["children"]) == ({"name": "Bob"}, 2, [{"title": child}])


@pytest.mark.parametrize(
    ("body", "code", "pointers"),
    [
        (
            "<shelf><title>N</title><books><book/><book><pages>x</pages><title>A</title></book></books></shelf>",
            "23502",
            ["/books/0/title", "/books/1/pages"],
        ),
        ("<shelf><title>N</title><books><item>5</item></books></shelf>", "22P02", ["/books/0"]),
        ("<shelf><title>N</title><books>5</books></shelf>", "PGRST102", []),
        ("<shelf><title>N</title><books><book>5</book></books></shelf>", "22P02", ["/books/0"]),
        (
            "<shelf><title>N</title><books><book><title>A</title><title>B</title></book></books></shelf>",
            "42701",
            ["/books/0/title"],
        ),
        ("<shelf><title>N</title><owner><id>5</id></owner></shelf>", "22P02", ["/owner/id"]),
        ("<shelf><title>N</title>" + "<parent><title>N</title>" * 5 + "</parent>" * 5 + "</shelf>", "54000", []),
        ("<shelf>" + "<parent>" * 100_000, "PGRST102", []),
    ],
    ids=range(8),
)
def test_faults_in_xml(library: Library, body: str, code: str, pointers: list[str]):
    refused(library.post("shelves", "ann", content=body, headers={"content-type": "application/xml"}), 400, code, *pointers)


@pytest.mark.parametrize(
    ("options", "pointers"),
    [
        ({"content": b'title,books\nNew,"[{""title"": ""A""}]"\n', "headers": {"content-type": "text/csv"}}, ["/books"]),
        ({"data": {"title": "New", "books": '[{"title": "A"}]'}}, ["/books"]),
        ({"data": {"title": "New", "friends": '[{"name": "A"}]'}}, ["/friends/0"]),
        ({"data": {"title": "New", "books": "[]"}, "files": {"x": (None, b"")}}, ["/books", "/x"]),
    ],
)
def test_lines_and_forms_hold_no_records(library: Library, options: dict[str, Any], pointers: list[str]):
    reply = library.post("shelves", "ann", **options)
    refused(reply, 400, "0A000", *pointers)
    assert "JSON or XML" in reply.json()["message"]


def test_a_file_comes_with_the_record_of_the_form_alone(library: Library):
    files = {"books[0][scan]": ("a.txt", b"text"), "title": (None, "New")}
    reply = library.post("shelves", "ann", files=files)
    refused(reply, 400, "PGRST204", "/books[0][scan]")
    assert "no field of shelves that takes a file" in reply.json()["message"]


# -- limits ----------------------------------------------------------------------------------------------------------------------


def children(depth: int) -> dict[str, Any]:
    body: dict[str, Any] = {"title": str(depth)}
    for level in range(depth):
        body = {"title": str(level), "children": [body]}
    return body


def test_records_stand_in_each_other_only_so_deep(open_with: Open):
    library = open_with(nested_depth=2)
    assert library.post("shelves", "ann", json=children(2)).status_code == 201
    reply = library.post("shelves", "ann", json=children(3))
    refused(reply, 400, "54000")
    assert reply.json()["message"] == "3 levels of records in each other are too many; at most 2 are taken"


@pytest.mark.parametrize(
    "body",
    [
        {"books": [{"title": "A"}] * 3},
        {"books": [{"title": "A"}] * 2, "children": [{"title": "C"}]},
        {"children": [{"title": "C", "books": [{"title": "A"}] * 2}]},
        {"friends": [BOB] * 3},
    ],
)
def test_so_many_records_at_once(open_with: Open, body: dict[str, Any]):
    library = open_with(bulk_rows=3)
    reply = library.post("shelves", "ann", json={"title": "New"} | body)
    refused(reply, 400, "54000")
    assert reply.json()["message"] == "4 records at once are too many; at most 3 are taken"
    assert library.post("shelves", "ann", json={"title": "New", "books": [{"title": "A"}] * 2}).status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"title": "x", "books": [' + "{}," * 999_999 + "{}]}", "54000"),
        ('{"title": "x", "friends": [' + "1," * 999_999 + "1]}", "54000"),
        ('{"title":"x","children":[' * 100_000, "PGRST102"),
        ('{"title":"x","children":[' * 100_000 + "]}" * 100_000, "PGRST102"),
        ('{"title":"x","children":[' * 400 + "]}" * 400, "54000"),
        ('{"title":"x","parent":' * 400 + "1" + "}" * 400, "54000"),
        ('{"title":"x","books":[{"title":"y","shelf":{"title":"x","books":[]}}]}', "428C9"),
    ],
    ids=range(7),
)
def test_hostile_bodies(open_with: Open, body: str, code: str):
    library = open_with(body_bytes=10_000_000)
    before = everything(library)
    reply = library.post("shelves", "ann", content=body, headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert len(reply.content) < 1_000
    assert everything(library) == before
