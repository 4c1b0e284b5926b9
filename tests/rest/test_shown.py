"""What a change shows of its records: `select` takes there whatever it takes when records are read."""

from typing import Any

import pytest
from tests.rest.conftest import Library, Open
from tests.rest.test_write import ONE, SHOWN, everything, refused

ENGINES = ("sqlite", "postgresql", "mariadb")

SEA = {"title": "Sea", "books": [{"title": "Moby Dick"}, {"title": "The Waves"}, {"title": "Sea-Fever"}]}


def titles(*names: str) -> list[dict[str, str]]:
    return [{"title": name} for name in names]


@pytest.mark.parametrize(
    ("query", "record"),
    [
        ("select=title,books(title)", SEA),
        ("select=books(title)&books.order=title.desc", {"books": titles("The Waves", "Sea-Fever", "Moby Dick")}),
        ("select=books(title)&books.order=pages.desc&books.limit=1", {"books": titles("Moby Dick")}),
        ("select=books(title)&books.limit=1&books.offset=2", {"books": titles("Sea-Fever")}),
        ("select=books(title)&books.pages=gt.100&books.lent=is.false", {"books": titles("Moby Dick", "The Waves")}),
        ("select=books(title)&books.or=(pages.eq.1,title.like.M*)", {"books": titles("Moby Dick", "Sea-Fever")}),
        (
            "select=books(genres(code))&books.genres.code=eq.play&books.limit=1&books.order=pages",
            {"books": [{"genres": [{"code": "play"}]}]},
        ),
        ("select=b:books(title)&b.title=in.(Sea-Fever)", {"b": titles("Sea-Fever")}),
        ("select=...books(title)&books.order=title&books.limit=2", {"title": ["Moby Dick", "Sea-Fever"]}),
        ("select=...owner(name)", {"name": "Ann"}),
        ("select=owner(name)&owner.name=eq.Bob", {"owner": None}),
        ("select=owner(name)&owner.limit=0", {"owner": None}),
        ("select=title,books!inner(title)&books.pages=eq.1", {"title": "Sea", "books": titles("Sea-Fever")}),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST", "upsert"])
def test_a_change_shows_what_a_question_shows(library: Library, method: str, query: str, record: dict[str, Any]):
    """The change leaves the books as they are, or shows them as they were."""
    if method in {"POST", "upsert"}:  # what is made has no books yet: a merge that changes nothing has them
        path, prefer, body = f"shelves?on_conflict=title&{query}", f"{SHOWN},resolution=merge-duplicates", {"title": "Sea"}
        reply = library.post(path, "ann", json=[body] if method == "POST" else body, prefer=prefer)
    else:
        reply = library.request(method, f"shelves?id=eq.1&{query}", "ann", json={"keeper": None}, prefer=SHOWN)
    assert (reply.status_code, reply.json()) == (200, [record])


def test_what_is_made_shows_what_it_leads_to(library: Library):
    path = (
        "books?select=title,shelf(title,books(title))&shelf.books.order=pages.desc.nullslast&shelf.books.limit=1&order=title.desc"
    )
    reply = library.post(path, "ann", json=[{"title": name, "shelf": 1} for name in ("Ebb", "Flow")], prefer=SHOWN)
    shelf = {"title": "Sea", "books": titles("Moby Dick")}
    assert reply.json() == [{"title": "Flow", "shelf": shelf}, {"title": "Ebb", "shelf": shelf}]


def test_who_has_none_of_what_must_be_there_is_not_shown(library: Library):
    query = "books?id=in.(1,2)&select=title,genres!inner(code)"
    reply = library.patch(query, "ann", json={"lent": True}, prefer=f"{SHOWN},count=exact")
    assert reply.json() == [{"title": "Moby Dick", "genres": [{"code": "novel"}]}]
    assert reply.headers["content-range"] == "0-0/1"
    assert library.names("books?lent=is.true&order=id", "ann") == ["Moby Dick", "Sea-Fever"]


@pytest.mark.parametrize("values", [(1, 2), (2, 1), (1, 1)])
def test_the_same_form_with_other_values(library: Library, values: tuple[int, int]):
    """What is kept of one question serves the next with its own values."""
    for limit in values:
        query = f"shelves?id=eq.1&select=books(title)&books.order=id&books.limit={limit}&books.title=like.*e*"
        (record,) = library.patch(query, "ann", json={"keeper": None}, prefer=SHOWN).json()
        assert len(record["books"]) == limit


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select=title&books.limit=1", "PGRST108"),
        ("select=books(title)&books.pages=eq.x", "22P02"),
        ("select=books(title)&books.titel=eq.x", "42703"),
        ("select=books(title)&books.whisper=eq.x", "42703"),
        ("select=books(title)&books.order=cost", "42703"),
        ("limit=1", "PGRST100"),
        ("offset=1", "PGRST100"),
        ("order=titel", "42703"),
    ],
)
def test_what_it_does_not_take(library: Library, query: str, code: str):
    before = everything(library)
    refused(library.post(f"shelves?{query}", "ann", json={"title": "New"}, prefer=SHOWN), 400, code)
    assert everything(library) == before


def test_limits(open_with: Open):
    library = open_with(filters=2, embed_rows=2)
    body, one = {"title": "New"}, "shelves?id=eq.1&select=books(title)"
    many = "shelves?select=books(id)&books.id=gt.0&books.id=gt.1&books.id=gt.2"
    refused(library.post(many, "ann", json=body, prefer=SHOWN), 400, "54000")
    refused(library.patch(one, "ann", json=body, prefer=SHOWN), 400, "54000")
    assert library.patch(f"{one}&books.limit=2", "ann", json=body, prefer=SHOWN, accept=ONE).status_code == 200


def test_each_of_several_shows_its_own(library: Library):
    path = "shelves?id=eq.1&select=books(title)&books.order=title.desc&books.limit=1"
    rows = [{"method": "PATCH", "path": path, "body": {"keeper": None}, "prefer": SHOWN}] * 2
    assert library.post("", "ann", json=rows).json() == [{"status": 200, "body": [{"books": titles("The Waves")}]}] * 2
