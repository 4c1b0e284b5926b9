"""Reading over HTTP: what is shown, of which records, in which order, and how much of it."""

from datetime import date
from typing import Any

import pytest
from tests.rest import models
from tests.rest.conftest import PEOPLE, PREFIX, Library, Open, double_remarks

ENGINES = ("sqlite", "postgresql", "mariadb")

ALL = ["Moby Dick", "The Waves", "Sea-Fever", "Smilla"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ALL),
        ("title=eq.Smilla", ["Smilla"]),
        ("title=neq.Smilla", ALL[:3]),
        ("title=not.eq.Smilla", ALL[:3]),
        ("pages=gt.453", ["Moby Dick"]),
        ("pages=gte.453", ["Moby Dick", "Smilla"]),
        ("pages=lt.324", ["Sea-Fever"]),
        ("pages=lte.324", ["The Waves", "Sea-Fever"]),
        ("pages=not.lte.324", ["Moby Dick", "Smilla"]),
        ("pages=gt.300&pages=lt.600", ["The Waves", "Smilla"]),
        ("id=in.(4,1)", ["Moby Dick", "Smilla"]),
        ("id=not.in.(4,1)", ["The Waves", "Sea-Fever"]),
        ("id=in.()", []),
        ('title=in.("Moby Dick","a,b")', ["Moby Dick"]),
        ("price=is.null", ["Sea-Fever"]),
        ("price=not.is.null", ["Moby Dick", "The Waves", "Smilla"]),
        ("price=is.not_null", ["Moby Dick", "The Waves", "Smilla"]),
        ("price=eq.9", ["The Waves", "Smilla"]),
        ("price=eq.9.00", ["The Waves", "Smilla"]),
        ("price=neq.9", ["Moby Dick"]),  # null is neither equal nor not
        ("lent=is.true", ["Sea-Fever"]),
        ("lent=eq.true", ["Sea-Fever"]),
        ("lent=not.is.true", ["Moby Dick", "The Waves", "Smilla"]),
        ("title=like.S*", ["Sea-Fever", "Smilla"]),
        ("title=like.s*", []),
        ("title=like.S%25", ["Sea-Fever", "Smilla"]),
        ("title=ilike.s*", ["Sea-Fever", "Smilla"]),
        ("title=like.S_illa", ["Smilla"]),
        ("title=not.like.S*", ["Moby Dick", "The Waves"]),
        ("title=like.[S]*", []),
        ("colour=eq.blue", ["Moby Dick"]),
        ("colour=in.(blue,green)", ["Moby Dick", "The Waves"]),
        ("shelf_id=eq.2", ["Smilla"]),
        ("cover=is.null", ALL),
        ("extra=not.is.null", ["Smilla"]),
        ("reader_id=eq.00000000-0000-0000-0000-000000000001", ["The Waves"]),
        ("or=(id.eq.1,id.eq.4)", ["Moby Dick", "Smilla"]),
        ("not.or=(id.eq.1,id.eq.4)", ["The Waves", "Sea-Fever"]),
        ("and=(id.gt.1,id.lt.4)", ["The Waves", "Sea-Fever"]),
        ("not.and=(id.gt.1,id.lt.4)", ["Moby Dick", "Smilla"]),
        ("or=(id.eq.1,and(pages.gt.400,price.eq.9))", ["Moby Dick", "Smilla"]),
        ("or=(id.eq.1,not.and(pages.gt.1,id.gt.0))", ["Moby Dick", "Sea-Fever"]),
        ("or=(id.eq.1,id.not.in.(1,2,3))", ["Moby Dick", "Smilla"]),
        ('or=(title.eq."Moby Dick",title.in.("Smilla","x"))', ["Moby Dick", "Smilla"]),
        ("or=(title.eq.Moby Dick,title.like.The*)", ["Moby Dick", "The Waves"]),
        ("or=(id.eq.1,id.eq.2)&lent=is.false&pages=gt.400", ["Moby Dick"]),
        ("created_at=gt.2020-01-01T00:00:00Z", ALL),
        # several values, lists, and what is distinct
        ("id=eq(any).{4,1}", ["Moby Dick", "Smilla"]),
        ("id=not.eq(any).{4,1}", ["The Waves", "Sea-Fever"]),
        ("id=eq(any).{}", []),
        ("id=eq(all).{}", ALL),
        ("pages=gt(all).{1,400}", ["Moby Dick", "Smilla"]),
        ("pages=lt(any).{2,325}", ["The Waves", "Sea-Fever"]),
        ('title=like(any).{"S*","*D*"}', ["Moby Dick", "Sea-Fever", "Smilla"]),
        ("title=ilike(all).{*e*,s*}", ["Sea-Fever"]),
        ('or=(pages.eq(any).{1,635},title.eq."Smilla")', ["Moby Dick", "Sea-Fever", "Smilla"]),
        ("and=(id.not.eq(any).{1,2},id.lt.4)", ["Sea-Fever"]),
        ("price=isdistinct.9", ["Moby Dick", "Sea-Fever"]),
        ("price=not.isdistinct.9", ["The Waves", "Smilla"]),
        ("tags=cs.{ice}", ["Smilla"]),
        ("tags=cs.{ice,snow}", ["Smilla"]),
        ("tags=cs.{ice,sand}", []),
        ("tags=not.cs.{ice}", ALL[:3]),
        ("tags=cd.{ice,snow,sand}", ALL),
        ("tags=cd.{ice}", ALL[:3]),
        ("tags=ov.{ice,sand}", ["Smilla"]),
        ("tags=ov.{}", []),
        ("or=(tags.ov.{ice,sand},id.eq.1)", ["Moby Dick", "Smilla"]),
        ("lent=is.unknown", []),
        # on what is embedded, and by it
        ("select=title,shelf()&shelf.title=eq.Ice", ALL),
        ("select=title,shelf!inner()&shelf.title=eq.Ice", ["Smilla"]),
        ("select=title,shelf!inner()&shelf.limit=0", []),
        ("select=title,shelf()&shelf=is.null", []),
        ("select=title,shelf()&shelf.title=eq.Ice&shelf=is.null", ALL[:3]),
        ("select=title,shelf()&shelf.title=eq.Ice&or=(shelf.not.is.null,id.eq.1)", ["Moby Dick", "Smilla"]),
        ("select=title,reader()&reader=not.is.null", ["The Waves", "Sea-Fever"]),
        ("select=title,genres!inner()&genres.code=in.(poem,novel)", ["Moby Dick", "Sea-Fever"]),
        ("select=title,genres()&genres=is.null", ["The Waves", "Smilla"]),
        ("select=title,shelf!inner(parent!inner())&shelf.parent.title=eq.Sea", ["Smilla"]),
        ("select=title,shelf!inner()&shelf.or=(title.eq.Ice,title.like.F*)", ["Smilla"]),
        ("select=title,shelf!inner()&shelf.not.or=(title.eq.Ice,title.like.F*)", ALL[:3]),
        ("select=title,shelf()&order=shelf(title)", ["Smilla", *ALL[:3]]),
        ("select=title,shelf()&order=shelf(title).desc,title.desc", ["The Waves", "Sea-Fever", "Moby Dick", "Smilla"]),
        ("select=title,reader()&order=reader(name),id", ["The Waves", "Sea-Fever", "Moby Dick", "Smilla"]),
        ("select=title,reader()&order=reader(name).desc.nullslast,id", ["Sea-Fever", "The Waves", "Moby Dick", "Smilla"]),
        ("created_at=lt.2020-01-01T00:00:00%2B01:00", []),
        # order
        ("order=pages", ["Sea-Fever", "The Waves", "Smilla", "Moby Dick"]),
        ("order=pages.desc", ["Moby Dick", "Smilla", "The Waves", "Sea-Fever"]),
        ("order=price,id.desc", ["Smilla", "The Waves", "Moby Dick", "Sea-Fever"]),  # null last
        ("order=price.desc", ["Sea-Fever", "Moby Dick", "The Waves", "Smilla"]),  # null first
        ("order=price.nullsfirst", ["Sea-Fever", "The Waves", "Smilla", "Moby Dick"]),
        ("order=price.desc.nullslast,title", ["Moby Dick", "Smilla", "The Waves", "Sea-Fever"]),
        ("order=price.asc.nullsfirst", ["Sea-Fever", "The Waves", "Smilla", "Moby Dick"]),
        # pages
        ("limit=2", ALL[:2]),
        ("limit=0", []),
        ("offset=3", ALL[3:]),
        ("limit=2&offset=1", ALL[1:3]),
        ("offset=9", []),
        ("limit=99999999999999999", ALL),
    ],
)
def test_filters_order_and_pages(readable: Library, query: str, titles: list[str]):
    assert readable.names(f"books?{query}", "ann") == titles


@pytest.mark.parametrize(
    ("who", "titles"), [("ann", ALL), ("bob", ALL[:3]), ("cid", ["Fahrenheit 451"]), ("tim", []), ("", []), ("lib", [])]
)
def test_everybody_sees_their_own(readable: Library, who: str, titles: list[str]):
    assert readable.names("books", who) == titles


@pytest.mark.parametrize(
    ("path", "who", "found"),
    [
        ("genres?select=v:code", "", ["novel", "play", "poem"]),  # anyone
        ("loans?select=v:number", "ann", [1, 2]),  # signed_in
        ("loans?select=v:number", "", []),
        # related records that the caller may not see are not there
        ("shelves?select=v:title,children!inner()", "ann", ["Sea"]),
        ("shelves?select=v:title,children!inner()", "bob", []),
        ("shelves?select=v:title,children()&children=is.null", "bob", ["Sea"]),
        ("shelves?select=v:title,children()&children.title=eq.Ice&children=not.is.null", "bob", []),
        ("shelves?select=v:title,books!inner()&books.diary=eq.slow", "ann", ["Sea"]),
        ("shelves?select=v:title,books!inner()&books.diary=eq.short", "ann", []),
        ("shelves?select=v:title,books!inner()&books.diary=eq.short", "bob", ["Sea"]),
        ("remarks?select=v:text,author!inner()", "bob", ["for all"]),
        ("remarks?select=v:text,author!inner()", "", []),
        ("remarks?select=v:text,author()&author.email=like.*example*&author=not.is.null", "ann", ["for all", "mine"]),
        ("remarks?select=v:text,author()&author.email=like.*example*&author=not.is.null", "bob", []),
        ("remarks?select=v:text", "ann", ["for all", "mine"]),  # @rule
        ("remarks?select=v:text", "bob", ["for all"]),
        ("remarks?select=v:text", "", ["for all"]),
        ("remarks?select=v:text", "key", ["for all", "mine"]),
        ("ledgers?select=v:limit", "lib", [5]),  # role
        ("ledgers?select=v:limit", "adm", [5]),  # administrator="read"
        ("vaults?select=v:word", "key", ["closed"]),
        ("shelves?select=v:title", "bob", ["Sea"]),  # member_of
        ("shelves?select=v:title&order=id", "ann", ["Sea", "Ice"]),  # is_me
    ],
)
def test_each_word_of_the_rules(readable: Library, path: str, who: str, found: list[Any]):
    assert readable.names(path, who, "v") == found


def test_a_related_record_that_is_hidden_is_null(readable: Library):
    assert readable.get("remarks?select=text,author(name)", "bob").json() == [{"text": "for all", "author": {"name": "Ann"}}]
    assert readable.get("remarks?select=text,author(name)", "").json() == [{"text": "for all", "author": None}]


def test_administrators_see_all(readable: Library):
    assert readable.names("books", "adm") == readable.names("books", "key") == [*ALL, "Fahrenheit 451"]


@pytest.mark.parametrize(
    ("path", "record"),
    [
        ("books?select=title&id=eq.1", {"title": "Moby Dick"}),
        ("books?select=name:title,pages&id=eq.1", {"name": "Moby Dick", "pages": 635}),
        ("books?select=title,again:title&id=eq.1", {"title": "Moby Dick", "again": "Moby Dick"}),
        ('books?select="title"&id=eq.1', {"title": "Moby Dick"}),
        ("books?select=title,shelf(title)&id=eq.1", {"title": "Moby Dick", "shelf": {"title": "Sea"}}),
        ("books?select=shelves(title)&id=eq.1", {"shelves": {"title": "Sea"}}),
        ("books?select=shelf_id(title)&id=eq.1", {"shelf_id": {"title": "Sea"}}),
        ("books?select=place:shelf(title)&id=eq.1", {"place": {"title": "Sea"}}),
        ("books?select=reader(name)&id=eq.1", {"reader": None}),
        ("books?select=reader(name)&id=eq.2", {"reader": {"name": "Ann"}}),
        ("books?select=genres(code)&id=eq.3", {"genres": [{"code": "play"}, {"code": "poem"}]}),
        ("books?select=genres(code)&id=eq.2", {"genres": []}),
        ("books?select=price,lent,colour,tags,extra&id=eq.4",
         {"price": 9.00, "lent": False, "colour": None, "tags": ["snow", "ice"], "extra": {"cold": [1, 2.5]}}),
        ("shelves?select=title,books(title)&id=eq.2", {"title": "Ice", "books": [{"title": "Smilla"}]}),
        ("shelves?select=title,parent(title,children(title))&id=eq.2",
         {"title": "Ice", "parent": {"title": "Sea", "children": [{"title": "Ice"}]}}),
        ("shelves?select=children(title,books(title,shelf(owner(name))))&id=eq.1",
         {"children": [{"title": "Ice", "books": [{"title": "Smilla", "shelf": {"owner": {"name": "Ann"}}}]}]}),
        ("shelves?select=owner(name),keeper(name),friends(name)&id=eq.1",
         {"owner": {"name": "Ann"}, "keeper": {"name": "Bob"}, "friends": [{"name": "Bob"}]}),
        ("shelves?select=books(title)&books.title=like.*S*&id=eq.1", {"books": [{"title": "Sea-Fever"}]}),
        ("shelves?select=books(title)&books.order=pages.desc&id=eq.1",
         {"books": [{"title": "Moby Dick"}, {"title": "The Waves"}, {"title": "Sea-Fever"}]}),
        ("shelves?select=books(title)&books.order=title.desc&books.limit=1&id=eq.1", {"books": [{"title": "The Waves"}]}),
        ("shelves?select=books(title)&books.limit=1&books.offset=1&id=eq.1", {"books": [{"title": "The Waves"}]}),
        ("shelves?select=books(title)&books.offset=2&id=eq.1", {"books": [{"title": "Sea-Fever"}]}),
        ("shelves?select=books(title)&books.limit=0&id=eq.1", {"books": []}),
        ("shelves?select=b:books(id,genres(code))&b.genres.code=eq.play&b.id=eq.3&id=eq.1",
         {"b": [{"id": 3, "genres": [{"code": "play"}]}]}),
        ("books?select=genres(code)&genres.order=code.desc&genres.limit=1&id=eq.3", {"genres": [{"code": "poem"}]}),
        ("shelves?select=books(id,reader())&books.order=reader(name).desc.nullslast&books.limit=2&id=eq.1",
         {"books": [{"id": 3}, {"id": 2}]}),
        ("books?select=shelf(title)&shelf.title=eq.Ice&id=eq.1", {"shelf": None}),
        ("books?select=shelf(title)&shelf.limit=0&id=eq.1", {"shelf": None}),
        ("books?select=shelf(title)&shelf.limit=1&id=eq.1", {"shelf": {"title": "Sea"}}),
        ("books?select=shelf(title)&shelf.offset=1&id=eq.1", {"shelf": None}),
        ("books?select=title,...shelf(place:title)&shelf.limit=0&id=eq.1", {"title": "Moby Dick", "place": None}),
        ("books?select=title,...shelf(place:title)&id=eq.1", {"title": "Moby Dick", "place": "Sea"}),
        ("books?select=...reader(name)&id=eq.1", {"name": None}),
        ("books?select=title,...shelf(...owner(name))&id=eq.4", {"title": "Smilla", "name": "Ann"}),
        ("books?select=id,...genres(code)&id=eq.3", {"id": 3, "code": ["play", "poem"]}),
        ("shelves?select=title,...books(id,diary)&id=eq.1", {"title": "Sea", "id": [1, 2, 3], "diary": [None, "slow", None]}),
        ("books?select=title,shelf()&id=eq.1", {"title": "Moby Dick"}),
        ("shelves?select=users!owner(name)&id=eq.1", {"users": {"name": "Ann"}}),
        ("shelves?select=k:users!keeper_id(name)&id=eq.1", {"k": {"name": "Bob"}}),
        ("shelves?select=users!shelves_keeper_id_fkey!inner(name)", {"users": {"name": "Bob"}}),
        ("shelves?select=users!left!friends(name)&id=eq.1", {"users": [{"name": "Bob"}]}),
        ("shelves?select=shelves!children(title)&id=eq.1", {"shelves": [{"title": "Ice"}]}),
        ("loans?desk=eq.1&number=eq.2&select=desk,number,note", {"desk": 1, "number": 2, "note": "none"}),
        ("genres?code=eq.poem&select=name", {"name": "Poem"}),
    ],
)  # fmt: skip
def test_what_is_shown(readable: Library, path: str, record: dict[str, Any]):
    assert readable.get(path, "ann").json() == [record]


def test_a_star_shows_all_visible_fields_in_their_order(readable: Library):
    (record,) = readable.get("loans?limit=1", "ann").json()
    assert list(record) == ["desk", "number", "note", "paper", "created_at", "updated_at", "version"]
    (mixed,) = readable.get("loans?limit=1&select=*,n:number", "ann").json()
    assert list(mixed) == [*record, "n"]


def test_numbers_keep_their_digits(readable: Library):
    assert '"price":12.50' in readable.get("books?id=eq.1", "ann").text


def test_embeds_show_only_what_the_caller_may_see(readable: Library):
    """Bob is a friend of the Sea; its child, the Ice, is not his, and neither is Ann's address."""
    reply = readable.get("shelves?select=title,children(title),owner(*)&id=eq.1", "bob").json()
    assert reply[0]["children"] == []
    assert reply[0]["owner"]["name"] == "Ann"
    assert "email" not in reply[0]["owner"]


def test_embeds_of_many_records_find_their_own_parents(readable: Library):
    shelves = readable.get("shelves?select=id,books(shelf_id)&order=id", "adm").json()
    assert [{book["shelf_id"] for book in shelf["books"]} for shelf in shelves] == [{1}, {2}, {3}]


# -- hidden fields ---------------------------------------------------------------------------------------------------------------


def test_a_field_whose_rule_depends_on_the_row_is_absent_where_it_is_false(readable: Library):
    diaries = {book["title"]: book.get("diary", "absent") for book in readable.get("books", "ann").json()}
    assert diaries == {"Moby Dick": "absent", "The Waves": "slow", "Sea-Fever": "absent", "Smilla": "absent"}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("diary=eq.short", []),  # Bob's, which Ann may not see
        ("diary=eq.slow", ["The Waves"]),
        ("diary=is.null", ["Moby Dick", "Sea-Fever", "Smilla"]),
        ("diary=not.eq.x", ["The Waves"]),
        ("diary=like.s*", ["The Waves"]),
        ("or=(diary.eq.short,diary.eq.slow)", ["The Waves"]),
        ("order=diary.desc.nullslast&limit=1", ["The Waves"]),
        ("order=diary.nullsfirst", ["Moby Dick", "Sea-Fever", "Smilla", "The Waves"]),
    ],
)
def test_filters_and_order_see_null_where_it_is_hidden(readable: Library, query: str, titles: list[str]):
    assert readable.names(f"books?{query}", "ann") == titles


@pytest.mark.parametrize("field", ["cost", "whisper"])
@pytest.mark.parametrize(
    "query", ["select={}", "{}=eq.1", "order={}", "or=({}.eq.1,id.eq.1)", "select=x:{}", "select=shelf(books({}))"]
)
def test_a_field_hidden_everywhere_is_answered_as_a_misspelling(readable: Library, field: str, query: str):
    hidden = readable.get(f"books?{query.format(field)}", "ann")
    unknown = readable.get(f"books?{query.format('zzzz')}", "ann")
    assert hidden.status_code == unknown.status_code == 400
    assert hidden.json()["code"] == unknown.json()["code"] == "42703"
    assert hidden.text.replace(field, "zzzz") == unknown.text


def test_no_hint_names_a_hidden_field(readable: Library):
    assert "cost" not in readable.get("books?costs=eq.1", "ann").text.replace("costs", "")
    assert "did you mean 'cost'?" in readable.get("books?costs=eq.1", "lib").text
    assert "whisper" not in readable.get("books?whispers=eq.1", "adm").text.replace("whispers", "")


def test_a_star_leaves_hidden_fields_out(readable: Library):
    (for_ann,) = readable.get("books?id=eq.1", "ann").json()
    (for_all,) = readable.get("books?id=eq.1", "adm").json()
    assert set(for_all) - set(for_ann) == {"cost", "diary"}


def test_people_see_their_own_address_alone(readable: Library):
    users = readable.get("users?order=name", "ann").json()
    assert [user["name"] for user in users if "email" in user] == ["Ann"]
    assert readable.get("users", "").json() == []
    assert readable.names("users?email=like.*example*", "ann", "name") == ["Ann"]


# -- how much --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "headers", "status", "extent"),
    [
        ("books", {}, 200, "0-3/*"),
        ("books", {"prefer": "count=exact"}, 200, "0-3/4"),
        ("books", {"prefer": "count=planned"}, 200, "0-3/4"),
        ("books", {"prefer": "count=estimated"}, 200, "0-3/4"),
        ("books?limit=2", {"prefer": "count=exact"}, 206, "0-1/4"),
        ("books?limit=2", {}, 200, "0-1/*"),
        ("books?limit=2&offset=2", {"prefer": "count=exact"}, 206, "2-3/4"),
        ("books?offset=4", {"prefer": "count=exact"}, 206, "*/4"),
        ("books?offset=5", {"prefer": "count=exact"}, 416, "*/4"),
        ("books?offset=5", {}, 200, "*/*"),
        ("books?limit=0", {"prefer": "count=exact"}, 206, "*/4"),
        ("books?id=eq.99", {"prefer": "count=exact"}, 200, "*/0"),
        ("books?pages=gt.400", {"prefer": "count=exact"}, 200, "0-1/2"),
        ("books", {"range": "0-1"}, 200, "0-1/*"),
        ("books", {"range": "0-1", "prefer": "count=exact"}, 206, "0-1/4"),
        ("books", {"range": "1-", "prefer": "count=exact"}, 206, "1-3/4"),
        ("books", {"range": "items=1-1"}, 200, "1-1/*"),
        ("books", {"range": "7-9", "prefer": "count=exact"}, 416, "*/4"),
        ("books", {"range": "bytes=0-1"}, 200, "0-3/*"),  # another unit is passed over
        ("books?limit=3", {"range": "0-0"}, 200, "0-2/*"),  # the query string wins
    ],
)
def test_how_much_of_it(readable: Library, query: str, headers: dict[str, str], status: int, extent: str):
    reply = readable.get(query, "ann", **headers)
    assert (reply.status_code, reply.headers["content-range"]) == (status, extent)
    if status == 416:
        assert reply.json()["code"] == "PGRST103"
    if "prefer" in headers and status != 416:
        assert reply.headers["preference-applied"] == "count=exact"


def test_a_count_is_of_what_the_caller_sees(readable: Library):
    assert readable.get("books", "bob", prefer="count=exact").headers["content-range"] == "0-2/3"


@pytest.mark.parametrize("text", ["3-1", "items=9-0"])
def test_a_range_that_ends_before_it_begins(readable: Library, text: str):
    reply = readable.get("books", "ann", range=text)
    assert (reply.status_code, reply.json()["code"]) == (416, "PGRST103")


def test_one_object(readable: Library):
    one = {"accept": "application/vnd.pgrst.object+json"}
    reply = readable.get("books?id=eq.1&select=title", "ann", **one)
    assert (reply.status_code, reply.json()) == (200, {"title": "Moby Dick"})
    assert reply.headers["content-type"].startswith(one["accept"])
    for query, details in (("id=eq.99", "0 rows"), ("id=in.(1,2)", "2 rows")):
        refused = readable.get(f"books?{query}", "ann", **one)
        assert (refused.status_code, refused.json()["code"]) == (406, "PGRST116")
        assert refused.json()["details"] == f"The result contains {details}"
    assert readable.get("books?id=eq.5", "ann", **one).text == readable.get("books?id=eq.99", "ann", **one).text


@pytest.mark.parametrize("accept", ["image/png", "text/plain", "text/html"])
def test_what_cannot_be_given_is_not_acceptable(readable: Library, accept: str):
    reply = readable.get("books", "ann", accept=accept)
    assert (reply.status_code, reply.json()["code"]) == (406, "PGRST107")


@pytest.mark.parametrize("accept", ["*/*", "application/json, text/plain", "text/html, */*;q=0.8", "application/problem+json"])
def test_what_browsers_and_tools_accept(readable: Library, accept: str):
    assert readable.get("books", "ann", accept=accept).status_code == 200


def test_a_head_has_all_but_the_body(readable: Library):
    got, head = (readable.request(method, "books", "ann", prefer="count=exact") for method in ("GET", "HEAD"))
    assert head.content == b""
    assert {name: value for name, value in head.headers.items() if name != "x-request-id"} == {
        name: value for name, value in got.headers.items() if name != "x-request-id"
    }
    refused = readable.head("books?titel=eq.1", "ann")
    assert (refused.status_code, refused.content) == (400, b"")


# -- addresses -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "table", "methods"),
    [
        ("ann", "books", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        ("lib", "ledgers", "GET, HEAD, POST, OPTIONS"),
        ("tim", "loans", "GET, HEAD, OPTIONS"),
        ("ann", "users", "GET, HEAD, PATCH, OPTIONS"),
    ],
)
def test_options_name_the_methods_that_could_succeed(readable: Library, who: str, table: str, methods: str):
    reply = readable.request("OPTIONS", table, who)
    assert (reply.status_code, reply.headers["allow"]) == (200, methods)


@pytest.mark.parametrize("method", ["TRACE", "BREW"])
def test_a_method_that_is_not_taken(readable: Library, method: str):
    reply = readable.request(method, "books", "ann")
    assert (reply.status_code, reply.json()["code"]) == (405, "PGRST117")
    assert "PATCH" in reply.headers["allow"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    ("table", "who"),
    [
        ("nothing", "ann"),
        ("vaults", "ann"),
        ("vaults", ""),
        ("ledgers", "ann"),
        ("ledgers", ""),
        ("sealed", "adm"),
        ("sealed", "key"),
        ("mainspring_dropped_files", "key"),
        ("mainspring_accounts", "adm"),
        ("books_genres", "adm"),
        ("sqlite_master", "adm"),
        ("books/1", "ann"),
        ("Books", "ann"),
        ("files", "ann"),
        ("rpc", "ann"),
    ],
)
def test_a_table_that_is_not_there_for_the_caller(readable: Library, method: str, table: str, who: str):
    """Closed or misspelt, the answer is the same, whatever the method."""
    reply = readable.request(method, f"{table}?id=eq.1", who, json={"word": "x"})
    assert reply.status_code == 404
    if method != "HEAD":
        assert reply.json()["code"] == "PGRST205"
        assert reply.json()["message"] == f"there is no table '{table}'"


def test_a_near_table_is_named_only_where_it_may_be_known(readable: Library):
    assert readable.get("bokks", "ann").json()["hint"] == "did you mean 'books'?"
    assert readable.get("vault", "ann").json()["hint"] is None
    assert readable.get("vault", "adm").json()["hint"] == "did you mean 'vaults'?"


def test_a_forged_token_is_never_anonymous(readable: Library):
    reply = readable.get("genres", headers={"authorization": "Bearer nonsense"})
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"


# -- refusals --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("titel=eq.x", "42703", "no column 'titel' on books; did you mean 'title'?"),
        ("select=titel", "42703", "did you mean 'title'?"),
        ("order=titel", "42703", "did you mean 'title'?"),
        ("select=shelf(titel)", "42703", "no column 'titel' on shelves"),
        ("or=(titel.eq.x)", "42703", "no column 'titel'"),
        ("select=shelve(title)", "PGRST200", "did you mean 'shelf'?"),
        ("select=vaults(word)", "PGRST200", "no relation 'vaults' on books"),
        ("title=Moby", "PGRST100", "no condition and no option"),
        ("title=equals.x", "PGRST100", "no condition and no option"),
        ("titel", "PGRST100", "no condition"),
        ("zoom=1", "PGRST100", "options are"),
        ("tags=gt.x", "42883", "operators for it are: cd, cs, eq, in, is, isdistinct, neq, ov"),
        ("title=cs.{x}", "42883", "cannot be asked of 'title'"),
        ("tags=cs.x", "PGRST100", "expected '{'"),
        ("tags=cs.{x", "PGRST100", "expected '}'"),
        ("tags=cs.{%00}", "22P02", "U+0000"),
        ("pages=in(any).(1)", "PGRST100", "'(any)' and '(all)' stand behind"),
        ("pages=eq(some).{1}", "PGRST100", "'(any)' and '(all)' stand behind"),
        ("pages=eq(any).1", "PGRST100", "expected '{'"),
        ("or=(pages.eq(any.{1})", "PGRST100", "expected ')'"),
        ("pages=like.1*", "42883", "cannot be asked of 'pages', which is integer"),
        ("cover=eq.x", "42883", "which is image"),
        ("pages=eq.many", "22P02", "expected a whole number"),
        ("pages=eq.1.5", "22P02", "expected a whole number"),
        ("pages=eq.99999999999999999999", "22003", "64 bits"),
        ("pages=eq.%D9%A1", "22P02", "expected a whole number"),  # an Arabic digit
        ("pages=in.(1,two)", "22P02", "found 'two'"),
        ("lent=eq.perhaps", "22P02", "expected true or false"),
        ("price=eq.1e999", "22003", "digits before the point"),
        ("price=eq.NaN", "22P02", "expected a number"),
        ("price=eq.1.234", "23514", "digits after the point"),
        ("weight=eq.inf", "22P02", "expected a number"),
        ("colour=eq.mauve", "22P02", "expected one of red, green, blue"),
        ("created_at=gt.yesterday", "22P02", "expected a moment"),
        ("created_at=gt.2020-01-01T00:00:00", "22P02", "with its zone"),
        ("reader_id=eq.1", "22P02", "expected a UUID"),
        ("published=eq.2026-02-30", "22P02", "expected a day"),
        ("title=is.true", "PGRST100", "cannot be asked"),
        ("pages=is.unknown", "PGRST100", "cannot be asked"),
        ("title=eq.%00", "22P02", "U+0000"),
        ("title=like.%00", "22P02", "U+0000"),
        ("title=eq.%ff", "PGRST100", "not UTF-8"),
        ("%ff=eq.1", "PGRST100", "not UTF-8"),
        ("limit=many", "PGRST100", "whole number"),
        ("limit=-1", "PGRST100", "whole number"),
        ("limit=", "PGRST100", "whole number"),
        ("offset=", "PGRST100", "whole number"),
        ("offset=1.5", "PGRST100", "whole number"),
        ("limit=1&limit=2", "PGRST100", "'limit' stands twice"),
        ("select=id&select=title", "PGRST100", "'select' stands twice"),
        ("order=id&order=title", "PGRST100", "'order' stands twice"),
        ("select=title,title", "PGRST100", "'title' stands twice"),
        ("select=title:id,title", "PGRST100", "'title' stands twice"),
        ("select=shelf(id),shelf(title)", "PGRST100", "'shelf' stands twice"),
        ("select=title,", "PGRST100", "expected a name"),
        ("select=(title)", "PGRST100", "expected a name"),
        ("select=shelf(title", "PGRST100", "expected ')'"),
        ("select=title)", "PGRST100", "expected nothing more"),
        ("order=title.up", "PGRST100", "is no order"),
        ("order=.desc", "PGRST100", "cannot be read"),
        ("order=title.asc.desc", "PGRST100", "is no order"),
        ("order=title.desc.nullsfirst.nullslast", "PGRST100", "is no order"),
        ("or=id.eq.1", "PGRST100", "expected '('"),
        ("or=(id.eq.1", "PGRST100", "expected ')'"),
        ("or=(id.eq.1))", "PGRST100", "expected nothing more"),
        ("or=()", "PGRST100", "expected a name"),
        ("or=(id.is)", "PGRST100", "expected '.'"),
        ("or=(id.equals.1)", "PGRST100", "is no operator"),
        ("id=in.1,2", "PGRST100", "expected '('"),
        ("id=in.(1,2", "PGRST100", "expected ')'"),
        ("columns=title", "PGRST100", "'columns' and 'on_conflict' belong to changes"),
        ("shelf.title=eq.x", "PGRST108", "'shelf' is not embedded by 'select'"),
        ("select=shelf(id)&shelf.owner.name=eq.x", "PGRST108", "'shelf.owner' is not embedded"),
        ("select=place:shelf(id)&shelf.title=eq.x", "PGRST108", "'shelf' is not embedded"),
        ("select=shelf(id)&shelf.titel=eq.x", "42703", "no column 'titel' on shelves"),
        ("select=shelf(id)&shelf=eq.1", "42703", "no column 'shelf'"),
        ("select=shelf(id)&shelf=is.true", "PGRST100", "cannot be asked of related records"),
        ("select=shelf(id)&shelf.limit=x", "PGRST100", "whole number"),
        ("select=shelf(id)&shelf.limit=1&shelf.limit=1", "PGRST100", "'shelf.limit' stands twice"),
        ("select=shelf(id)&shelf.select=id", "PGRST100", "no condition"),
        ("order=shelf(title)", "PGRST108", "'shelf' is not embedded by 'select'"),
        ("select=genres(code)&order=genres(code)", "PGRST118", "leads to many records"),
        ("select=shelf(id)&order=shelf(titel)", "42703", "no column 'titel' on shelves"),
        ("select=shelf!inner", "PGRST100", "expected '('"),
        ("select=shelf!keeper(id)", "PGRST200", "write one of: shelf!shelf"),
        ("select=...shelf", "PGRST100", "expected '('"),
        ("select=title,...shelf(title)", "PGRST100", "'title' stands twice"),
        ("select=*,...shelf(title)", "PGRST100", "'title' stands twice"),
    ],
)
def test_questions_that_are_refused(readable: Library, query: str, code: str, words: str):
    reply = readable.get(f"books?{query}", "ann")
    assert (reply.status_code, reply.json()["code"]) == (400, code), reply.text
    assert words in reply.json()["message"] + str(reply.json()["hint"])


def test_several_relations_by_one_name(readable: Library):
    reply = readable.get("shelves?select=users(name)", "ann")
    assert (reply.status_code, reply.json()) == (
        300,
        {
            "code": "PGRST201",
            "message": "Could not embed because more than one relationship was found for 'shelves' and 'users'",
            "details": [
                {
                    "cardinality": "many-to-one",
                    "embedding": "shelves with users",
                    "relationship": "shelves_owner_id_fkey using shelves(owner_id) and users(id)",
                },
                {
                    "cardinality": "many-to-one",
                    "embedding": "shelves with users",
                    "relationship": "shelves_keeper_id_fkey using shelves(keeper_id) and users(id)",
                },
                {
                    "cardinality": "many-to-many",
                    "embedding": "shelves with users",
                    "relationship": "shelves_friends using shelves_friends_shelf_id_fkey(shelf_id) "
                    "and shelves_friends_user_id_fkey(user_id)",
                },
            ],
            "hint": "Try changing 'users' to one of the following: 'users!owner', 'users!keeper', 'users!friends'. "
            "Find the desired relationship in the 'details' key.",
        },
    )
    for word in ("owner", "keeper", "shelves_owner_id_fkey", "shelves_friends"):
        assert readable.get(f"shelves?select=users!{word}(name)", "ann").status_code == 200
    several = readable.get("shelves?select=parent(users(name))", "ann", accept="application/problem+json")
    assert (several.status_code, len(several.json()["details"]), several.json()["title"]) == (300, 3, "Multiple Choices")


def test_no_caller_can_write_sql(readable: Library):
    for text in ("' or 1=1 --", '"; drop table books; --', "\\", "%27", "a*/--"):
        assert readable.names(f"books?title=eq.{text}", "ann") == []
        assert readable.get(f"books?select={text}", "ann").status_code == 400
        assert readable.get(f"books?order={text}", "ann").status_code == 400
        assert readable.get(f'books?select=x"{text}:title', "ann").status_code in {200, 400}
    assert readable.names("books", "ann") == ALL


def test_an_alias_may_be_anything_and_is_only_a_key(readable: Library):
    (record,) = readable.get('books?select="a;b \'c":title&id=eq.1', "ann").json()
    assert record == {"a;b 'c": "Moby Dick"}


# -- limits ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "query", "words"),
    [
        ({"embed_depth": 1}, "books?select=shelf(owner(name))", "2 levels of embeds are too many; at most 1"),
        ({"embeds": 1}, "books?select=shelf(id),reader(id)", "2 embeds are too many; at most 1"),
        ({"filters": 2}, "books?id=gt.0&or=(id.eq.1,id.eq.2)", "3 conditions are too many; at most 2"),
        ({"list_items": 2}, "books?id=in.(1,2,3)", "3 items in the list of 'id' are too many; at most 2"),
        ({"filters": 2}, "books?id=eq(any).{1,2,3}", "3 conditions are too many; at most 2"),
        ({"filters": 2}, "books?select=shelf(id)&shelf.id=gt.0&id=gt.0&id=gt.1", "3 conditions are too many; at most 2"),
        ({"filters": 3}, "books?select=shelf()&shelf.id=gt.0&or=(shelf.is.null,shelf.is.null)", "5 conditions are too many"),
        ({"filters": 5}, "books?select=shelf!inner(parent!inner(children!inner()))", "6 conditions are too many"),
        ({"list_items": 2}, "books?id=eq(any).{1,2,3}", "3 items in the list of 'id' are too many; at most 2"),
        ({"list_items": 2}, "books?tags=cs.{1,2,3}", "3 items in the list of 'tags' are too many; at most 2"),
        ({"query_bytes": 20}, "books?title=eq.abcdefghijklmnop", "longer than 20 bytes"),
        ({"columns": 3}, "books?select=a:id,b:id,shelf(c:id,d:id)", "4 columns are too many; at most 3"),
        ({}, f"books?select={','.join(f'a{number}:id' for number in range(501))}", "501 columns are too many; at most 500"),
        ({"embed_rows": 2}, "shelves?select=books(id)", "'books' has more than 2 rows on this page"),
        ({"embed_rows": 8}, "books?select=shelf(books(id))", "'books' has more than 8 rows on this page"),
        ({"embed_rows": 9}, "shelves?select=books(shelf(books(id)))", "'books' has more than 9 rows on this page"),
        ({}, f"books?title=like.{'a' * 101}", "101 characters in the pattern of 'title' are too many; at most 100"),
    ],
)
def test_each_limit_is_told(open_with: Open, limits: dict[str, int], query: str, words: str):
    reply = open_with(**limits).get(query, "ann")
    assert (reply.status_code, reply.json()["code"]) == (400, "54000")
    assert words in reply.json()["message"]


@pytest.mark.parametrize("text", ["or=" + "or(" * 30, "or=(" + "and(" * 25 + "id.eq.1" + ")" * 26, "select=" + "shelf(" * 30])
def test_brackets_do_not_nest_without_end(readable: Library, text: str):
    reply = readable.get(f"books?{text}", "ann")
    assert (reply.status_code, reply.json()["code"]) in {(400, "54001"), (400, "PGRST100")}


def test_what_stands_below_many_is_counted_for_each_of_them(open_with: Open):
    library = open_with(embed_rows=10)  # three books on one shelf and one on another: 3 * 3 + 1 times a book
    assert len(library.get("books?select=shelf(books(id))", "ann").json()) == 4


@pytest.mark.parametrize(
    ("condition", "quick"), [("notes=like", False), ("or=(id.eq.1,notes.not.ilike", False), ("notes=eq", True)]
)
def test_comparing_with_a_pattern_holds_nobody_up(readable: Library, condition: str, quick: bool):
    backend = readable.backend
    end = ")" if "(" in condition else ""
    question = backend.reader.question(backend.catalog.entities["books"], f"{condition}.*a*{end}", PEOPLE["ann"])
    assert question.divisible is quick


def test_a_field_orders_once(readable: Library):
    assert readable.names(f"books?order=title.desc,{','.join(['title'] * 2_500)}", "ann") == sorted(ALL, reverse=True)


def test_a_limit_above_the_cap_is_cut_to_it(open_with: Open):
    library = open_with(page_rows=2)
    for query in ("books", "books?limit=4", "books?limit=4&offset=0"):
        reply = library.get(query, "ann", prefer="count=exact")
        assert (reply.status_code, reply.headers["content-range"]) == (206, "0-1/4")


def test_a_question_that_takes_too_long(open_with: Open):
    library = open_with(statement_seconds=0.02)
    double_remarks(library, 16)
    reply = library.get("remarks?text=not.like.*x*y*&order=text.desc&offset=100000")
    assert (reply.status_code, reply.json()["code"]) == (400, "57014")
    assert "indexed" in reply.json()["hint"]


def test_the_root_is_read_only(readable: Library):
    assert readable.request("PUT", "", "ann", json={}).status_code == 405
    assert readable.head("").status_code == 200
    assert readable.get(PREFIX).status_code == 200
    assert readable.get("/openapi.json").json() == readable.get("").json()


def test_a_value_made_from_the_id_is_each_callers_own(library: Library):
    system = library.as_("system")
    for name in ("ann", "bob", "cid"):
        system.create(models.Letter, signature=f"by {PEOPLE[name].id}")
    for _ in range(2):
        for name in ("ann", "bob", "cid"):
            assert library.names("letters", name, "signature") == [f"by {PEOPLE[name].id}"]
    system.update(models.Letter, {"reader": PEOPLE["bob"].id})
    assert len(library.names("letters", "bob", "signature")) == 3
    assert len(library.names("letters", "ann", "signature")) == 1


@pytest.mark.parametrize("who", ["", "ann"])
def test_a_date_in_a_rule_is_that_of_the_question(library: Library, monkeypatch: pytest.MonkeyPatch, who: str):
    library.as_("system").create(models.Notice, day=date(2026, 1, 2))
    assert library.names("notices", who, "day") == []
    monkeypatch.setattr(models, "TODAY", [date(2026, 1, 2)])
    assert library.names("notices", who, "day") == ["2026-01-02"]
