"""The official Python client, `postgrest`, in both its forms, with every method that its documentation shows."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from postgrest import APIError, AsyncPostgrestClient, CountMethod, ReturnMethod, SyncPostgrestClient
from postgrest.base_request_builder import BaseFilterRequestBuilder, BaseSelectRequestBuilder
from tests.rest.conftest import Library
from tests.rest.test_write import BOB, everything

from mainspring.rest.http.room import PREFIX

ENGINES = ("sqlite", "postgresql", "mariadb")
URL = f"http://test{PREFIX}"


class Client(NamedTuple):
    """A client, and what runs what was built with it."""

    db: Any
    run: Callable[[Any], Any]

    def titles(self, built: Any, word: str = "title") -> list[Any]:
        return [record[word] for record in self.run(built).data]


class _Bridge(httpx.BaseTransport):
    """Has the synchronous client ask the library without a server between."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._transport = httpx.ASGITransport(library.site)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def answer() -> httpx.Response:
            found = await self._transport.handle_async_request(request)
            return httpx.Response(found.status_code, headers=found.headers, content=await found.aread())

        return self._library.runner.run(answer())


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest, library: Library) -> Iterator[Callable[[str], Client]]:
    """Gives the client of somebody."""
    clients: list[Client] = []

    def make(who: str) -> Client:
        headers = {"Authorization": f"Bearer {library.tokens[who]}"} if who else {}
        if request.param == "sync":
            session = httpx.Client(transport=_Bridge(library), base_url=URL, headers=headers)
            sync = SyncPostgrestClient(URL, http_client=session, headers=headers)
            clients.append(Client(sync, lambda built: built.execute()))
        else:
            other = httpx.AsyncClient(transport=httpx.ASGITransport(library.site), base_url=URL, headers=headers)
            asynchronous = AsyncPostgrestClient(URL, http_client=other, headers=headers)
            clients.append(Client(asynchronous, lambda built: library.runner.run(built.execute())))
        return clients[-1]

    yield make
    for client in clients:
        client.run(_Closing(client.db.session))


class _Closing:
    """Closes a session as though that were a question."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def execute(self) -> Any:
        return self._session.close() if isinstance(self._session, httpx.Client) else self._session.aclose()


# -- reading ---------------------------------------------------------------------------------------------------------------------

READ: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "eq": (lambda books: books.eq("pages", 635), ["Moby Dick"]),
    "neq": (lambda books: books.neq("pages", 635), ["The Waves", "Sea-Fever", "Smilla"]),
    "gt": (lambda books: books.gt("pages", 324), ["Moby Dick", "Smilla"]),
    "gte": (lambda books: books.gte("pages", 324), ["Moby Dick", "The Waves", "Smilla"]),
    "lt": (lambda books: books.lt("pages", 324), ["Sea-Fever"]),
    "lte": (lambda books: books.lte("pages", 324), ["The Waves", "Sea-Fever"]),
    "is_ null": (lambda books: books.is_("price", None), ["Sea-Fever"]),
    "is_ true": (lambda books: books.is_("lent", True), ["Sea-Fever"]),
    "like": (lambda books: books.like("title", "%e%a%"), ["The Waves", "Sea-Fever"]),
    "ilike": (lambda books: books.ilike("title", "s%"), ["Sea-Fever", "Smilla"]),
    "like_all_of": (lambda books: books.like_all_of("title", "%e%,%S%"), ["Sea-Fever"]),
    "like_any_of": (lambda books: books.like_any_of("title", "M%,The%"), ["Moby Dick", "The Waves"]),
    "ilike_all_of": (lambda books: books.ilike_all_of("title", "s%,%a"), ["Smilla"]),
    "ilike_any_of": (lambda books: books.ilike_any_of("title", "m%,the%"), ["Moby Dick", "The Waves"]),
    "in_": (lambda books: books.in_("title", ["Smilla", "The Waves", 'a,b"c']), ["The Waves", "Smilla"]),
    "cs": (lambda books: books.cs("tags", ["snow"]), ["Smilla"]),
    "cd": (lambda books: books.cd("tags", ["snow", "ice", "x"]).neq("tags", "{}"), ["Smilla"]),
    "contains": (lambda books: books.contains("tags", ["snow", "ice"]), ["Smilla"]),
    "contains of JSON": (lambda books: books.contains("extra", {"cold": [1]}), ["Smilla"]),
    "contained_by": (lambda books: books.contained_by("tags", ["snow", "ice"]).gt("pages", 400).lt("pages", 600), ["Smilla"]),
    "ov": (lambda books: books.ov("tags", ["ice", "x"]), ["Smilla"]),
    "overlaps": (lambda books: books.overlaps("tags", ["ice", "x"]), ["Smilla"]),
    "not_": (lambda books: books.not_.is_("price", None), ["Moby Dick", "The Waves", "Smilla"]),
    "not_ or_": (lambda books: books.not_.or_("pages.eq.1,pages.eq.635"), ["The Waves", "Smilla"]),
    "or_": (lambda books: books.or_("pages.eq.1,and(pages.gt.400,pages.lt.600)"), ["Sea-Fever", "Smilla"]),
    "filter": (lambda books: books.filter("pages", "in", "(1,635)"), ["Moby Dick", "Sea-Fever"]),
    "match": (lambda books: books.match({"pages": 1, "lent": True}), ["Sea-Fever"]),
    "limit": (lambda books: books.limit(2), ["Moby Dick", "The Waves"]),
    "offset": (lambda books: books.limit(2).offset(1), ["The Waves", "Sea-Fever"]),
    "range": (lambda books: books.range(2, 3), ["Sea-Fever", "Smilla"]),
    "retry": (lambda books: books.limit(1).retry(False), ["Moby Dick"]),
}


@pytest.mark.parametrize("name", READ)
def test_filters(connect: Callable[[str], Client], name: str):
    build, expected = READ[name]
    client = connect("ann")
    assert client.titles(build(client.db.from_("books").select("title").order("id"))) == expected


def test_embeds_and_what_is_said_of_them(connect: Callable[[str], Client]):
    client = connect("ann")
    shelves = client.db.table("shelves").select("title", "books(title)").eq("id", 1)
    built = shelves.order("title", foreign_table="books", desc=True).limit(1, foreign_table="books")
    assert client.run(built).data == [{"title": "Sea", "books": [{"title": "The Waves"}]}]
    built = client.db.from_("shelves").select("books(title)").eq("id", 1).order("id", foreign_table="books")
    assert client.run(built.range(1, 1, foreign_table="books")).data == [{"books": [{"title": "The Waves"}]}]
    built = client.db.from_("shelves").select("books(title)").eq("id", 1).or_("pages.eq.1,pages.eq.2", reference_table="books")
    assert client.run(built).data == [{"books": [{"title": "Sea-Fever"}]}]


def test_order(connect: Callable[[str], Client]):
    client = connect("ann")
    books = client.db.from_("books").select("title")
    assert client.titles(books.order("price", desc=True, nullsfirst=False).order("title")) == [
        *("Moby Dick", "Smilla", "The Waves", "Sea-Fever")
    ]
    assert client.titles(client.db.from_("books").select("title").order("price", nullsfirst=True).order("id"))[0] == "Sea-Fever"


@pytest.mark.parametrize("method", list(CountMethod))
def test_count_beside_the_data_and_alone(connect: Callable[[str], Client], method: CountMethod):
    client = connect("ann")
    found = client.run(client.db.from_("books").select("title", count=method).limit(1))
    assert (len(found.data), found.count) == (1, 4)
    assert client.run(client.db.from_("books").select("*", count=method, head=True)).count == 4


def test_one_object_or_none(connect: Callable[[str], Client]):
    client = connect("ann")

    def books() -> Any:
        return client.db.from_("books").select("title")

    assert client.run(books().eq("id", 1).single()).data == {"title": "Moby Dick"}
    assert client.run(books().eq("id", 1).maybe_single()).data == {"title": "Moby Dick"}
    assert client.run(books().eq("id", 99).maybe_single()) is None
    with pytest.raises(APIError) as caught:
        client.run(books().single())
    assert (caught.value.code, caught.value.details) == ("PGRST116", "The result contains 4 rows")
    with pytest.raises(APIError):
        client.run(books().maybe_single())


def test_other_forms_of_answers(connect: Callable[[str], Client]):
    client = connect("ann")
    assert (
        client.run(client.db.from_("books").select("title", "price").eq("id", 1).csv()).data
        == "title,price\r\nMoby Dick,12.50\r\n"
    )
    stripped = client.run(client.db.from_("books").select("title", "price").eq("id", 3).strip_nulls())
    assert stripped.data == [{"title": "Sea-Fever"}]
    assert client.run(client.db.schema("public").from_("books").select("id").limit(1)).data == [{"id": 1}]


def test_explain(connect: Callable[[str], Client]):
    client = connect("adm")
    assert "SELECT" in client.run(client.db.from_("books").select("title").explain())
    assert client.run(client.db.from_("books").select("title").explain(format="json")).data[0]["plan"]


# -- writing ---------------------------------------------------------------------------------------------------------------------


def test_insert(connect: Callable[[str], Client], library: Library):
    client = connect("ann")
    (made,) = client.run(client.db.from_("shelves").insert({"title": "New"})).data
    assert (made["title"], made["version"]) == ("New", 1)
    quiet = client.run(client.db.from_("books").insert({"title": "A", "shelf_id": made["id"]}, returning=ReturnMethod.minimal))
    assert quiet.data == []
    rows = [{"title": "B", "shelf_id": made["id"], "lent": True}, {"title": "C", "shelf_id": made["id"]}]
    counted = client.run(client.db.from_("books").insert(rows, count=CountMethod.exact, default_to_null=False))
    assert (counted.count, [row["lent"] for row in counted.data]) == (2, [True, False])
    with pytest.raises(APIError) as caught:
        client.run(client.db.from_("books").insert(rows))  # without defaults, what is missing is null
    assert caught.value.code == "23502"
    nested = {"title": "Whole", "books": [{"title": "D", "genres": ["poem"]}]}
    assert client.run(client.db.from_("shelves").insert(nested)).data[0]["title"] == "Whole"
    assert library.names(f"books?shelf_id=eq.{made['id']}&order=id", "ann") == ["A", "B", "C"]


def test_what_was_made_is_shown_as_it_is_chosen(connect: Callable[[str], Client]):
    client = connect("ann")
    with pytest.raises(APIError) as caught:
        client.run(client.db.from_("shelves").insert({"title": "Sea"}))
    assert caught.value.code == "23505"
    one = client.db.from_("shelves").insert({"title": "New", "keeper": BOB}).single()
    assert client.run(one).data["keeper_id"] == BOB


def test_upsert(connect: Callable[[str], Client]):
    client = connect("ann")
    loans = [{"desk": 1, "number": 1, "note": "changed"}, {"desk": 7, "number": 7, "note": "new"}]
    assert client.titles(client.db.from_("loans").upsert(loans), "note") == ["changed", "new"]
    assert client.titles(client.db.from_("loans").upsert(loans, ignore_duplicates=True), "note") == []
    merged = client.db.from_("shelves").upsert(
        {"title": "Ice", "keeper": BOB}, on_conflict="title", returning=ReturnMethod.minimal
    )
    assert client.run(merged).data == []
    again = client.db.from_("shelves").insert({"id": 2, "title": "Snow"}, upsert=True, count=CountMethod.exact)
    assert client.run(again).count == 1
    assert client.titles(client.db.from_("shelves").select("title").eq("id", 2)) == ["Snow"]


def test_update_and_delete(connect: Callable[[str], Client], library: Library):
    client = connect("ann")
    changed = client.run(client.db.from_("books").update({"lent": True}, count=CountMethod.exact).eq("shelf_id", 1))
    assert (changed.count, [book["lent"] for book in changed.data]) == (3, [True] * 3)
    quiet = client.db.from_("books").update({"lent": False}, returning=ReturnMethod.minimal).eq("id", 1)
    assert client.run(quiet).data == []
    assert client.titles(client.db.from_("books").delete(count=CountMethod.exact).in_("id", [1, 2]).order("title")) == [
        *("Moby Dick", "The Waves")
    ]
    assert client.run(client.db.from_("books").delete(returning=ReturnMethod.minimal).eq("id", 3)).data == []
    assert library.names("books", "ann") == ["Smilla"]


def test_a_change_that_goes_too_far_is_taken_back(connect: Callable[[str], Client], library: Library):
    client, before = connect("ann"), everything(library)
    for built in (client.db.from_("books").delete(), client.db.from_("books").update({"lent": True})):
        with pytest.raises(APIError) as caught:
            client.run(built.gt("id", 0).max_affected(2))
        assert caught.value.code == "PGRST124"
    with pytest.raises(APIError) as caught:
        client.run(client.db.from_("books").delete())
    assert caught.value.code == "21000"
    assert everything(library) == before


@pytest.mark.parametrize(
    ("who", "build", "code"),
    [
        ("ann", lambda db: db.from_("books").select("titel"), "42703"),
        ("ann", lambda db: db.from_("boks").select(), "PGRST205"),
        ("ann", lambda db: db.from_("books").select().eq("pages", "x"), "22P02"),
        ("ann", lambda db: db.from_("genres").insert({"code": "x", "name": "x"}), "42501"),
        ("", lambda db: db.from_("genres").insert({"code": "x", "name": "x"}), "42501"),
        ("ann", lambda db: db.schema("other").from_("books").select(), "PGRST106"),
    ],
)
def test_what_is_refused_says_why(connect: Callable[[str], Client], who: str, build: Callable[[Any], Any], code: str):
    client = connect(who)
    with pytest.raises(APIError) as caught:
        client.run(build(client.db))
    assert caught.value.code == code
    assert caught.value.message


NOT_HERE = {
    *("fts", "plfts", "phfts", "wfts"),
    *("sl", "sr", "nxl", "nxr", "adj", "range_gt", "range_gte", "range_lt", "range_lte", "range_adjacent"),
}
"""Full-text search has tests of its own; there are no fields that hold ranges."""


def test_every_method_is_shown():
    text = Path(__file__).read_text("utf-8")
    methods = {name for each in (BaseFilterRequestBuilder, BaseSelectRequestBuilder) for name in vars(each) if name[0] != "_"}
    assert {name for name in methods if f".{name}(" not in text and f".{name}." not in text} == NOT_HERE
