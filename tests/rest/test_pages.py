"""Pages by cursor: what leads to the next one, and for whom it is good."""

import re

import pytest
from tests.rest.conftest import PEOPLE, PREFIX, Library

ENGINES = ("sqlite", "postgresql", "mariadb")

BOOKS = f"{PREFIX}/books"


def follow(library: Library, path: str, who: str) -> list[list[object]]:
    """The ids on each page, from the first to the last."""
    pages, url = list[list[object]](), path
    while url:
        page = library.get(url, who)
        pages.append([record["id"] for record in page.json()])
        url = page.links.get("next", {}).get("url", "")
    return pages


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("select=id&limit=3", [[1, 2, 3], [4]]),
        ("select=id&limit=2", [[1, 2], [3, 4]]),
        ("select=id&limit=4", [[1, 2, 3, 4]]),
        ("select=id&limit=1&offset=2", [[3], [4]]),
        ("select=id&limit=2&order=id.desc", [[4, 3], [2, 1]]),
        ("select=id&limit=1&order=price", [[2], [4], [1], [3]]),  # null last
        ("select=id&limit=1&order=price.nullsfirst", [[3], [2], [4], [1]]),
        ("select=id&limit=1&order=price.desc", [[3], [1], [2], [4]]),
        ("select=id&limit=1&order=price.desc.nullslast,title", [[1], [4], [2], [3]]),
        ("select=id&limit=1&order=diary", [[2], [1], [3], [4]]),  # of which ann sees one; the others are null
        ("select=id,shelf()&limit=1&order=shelf(title),pages.desc", [[4], [1], [2], [3]]),
        ("select=id,reader()&limit=1&order=reader(name),id", [[2], [3], [1], [4]]),
        ("select=id,genres(code)&limit=2&genres.limit=1", [[1, 2], [3, 4]]),
        ("select=id,shelf!inner()&limit=2&shelf.title=eq.Sea", [[1, 2], [3]]),
        ("select=id&limit=1&or=(id.eq.1,id.eq.4)", [[1], [4]]),
        ("select=id&limit=1&title=like.S*", [[3], [4]]),
        ("select=title,id&limit=2&order=extra,tags.desc", [[4, 1], [2, 3]]),
    ],
)
def test_pages_follow_each_other(readable: Library, query: str, pages: list[list[int]]):
    assert follow(readable, f"books?{query}", "ann") == pages


def test_the_header_leads_on_and_back(readable: Library):
    first = readable.get("books?select=id&title=neq.%3C%C3%A9%3E&limit=1&offset=1", "ann")
    assert re.fullmatch(
        rf'<{BOOKS}\?select=id&title=neq\.%3C%C3%A9%3E&limit=1&after=[\w-]+>; rel="next", .*', first.headers["Link"]
    )
    second = readable.get(first.links["next"]["url"], "ann", prefer="count=exact")
    assert second.headers["Content-Range"] == "2-2/4"
    assert second.links["first"]["url"] == f"{BOOKS}?select=id&title=neq.%3C%C3%A9%3E&limit=1"
    assert readable.get("books?limit=1", "ann").headers["Link"] == readable.head("books?limit=1", "ann").headers["Link"]
    raw = readable.get('books?select=id&limit=1&title=neq.">;x=<', "ann")
    assert raw.headers["Link"].count("<") == raw.headers["Link"].count(">") == 1


def test_a_page_by_header_leads_to_one_of_the_same_size(readable: Library):
    page = readable.get("books?select=id", "ann", range="0-1")
    assert follow(readable, page.links["next"]["url"], "ann") == [[3, 4]]


@pytest.mark.parametrize("accept", ["application/xml", "text/csv", "application/x-ndjson"])
def test_every_format_has_the_header(readable: Library, accept: str):
    assert readable.get("books?select=id&limit=2", "ann", accept=accept).links["next"]["url"].startswith(BOOKS)


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("limit=4", {}),
        ("limit=0", {}),
        ("offset=3", {}),
        ("id=eq.1", {}),
        ("limit=1", {"accept": "application/vnd.pgrst.object+json"}),
    ],
)
def test_without_a_next_page_there_is_no_header(readable: Library, query: str, options: dict[str, str]):
    assert "Link" not in readable.get(f"books?{query}", "ann", **options).headers


def test_an_export_goes_on_from_a_cursor(open_with):
    library = open_with(page_rows=2)
    rest = library.get("books?select=id&limit=1", "ann").links["next"]["url"].replace("limit=1&", "")
    assert library.get(rest, "ann", accept="text/csv", prefer="count=exact").text == "id\r\n2\r\n3\r\n4\r\n"


def cursor_of(library: Library, path: str, who: str = "ann") -> str:
    return library.get(path, who).links["next"]["url"].rpartition("after=")[2]


@pytest.mark.parametrize(
    "query",
    [
        "books?limit=1&order=id.desc&after={}",  # another order
        "books?limit=1&id=gt.0&after={}",  # other conditions
        "books?limit=1&select=id&after={}",
        "shelves?limit=1&after={}",  # another table
        "books?limit=1&after={}A",
        "books?limit=1&after=A{}",
        "books?limit=1&after=",
        "books?limit=1&after=eq.5",
        "books?limit=1&after=%00",
        "books?limit=1&after=é",
        "books?limit=1&after=" + "A" * 9_000,
    ],
)
def test_a_cursor_of_another_question_is_refused(readable: Library, query: str):
    cursor = cursor_of(readable, "books?limit=1")
    reply = readable.get(query.replace("{}", cursor), "ann")
    assert (reply.status_code, reply.json()["code"]) == (400, "34000")


def test_each_character_of_a_cursor_counts(readable: Library):
    cursor = cursor_of(readable, "books?limit=1")
    for at in range(len(cursor) - 1):  # the last may hold bits that mean nothing
        changed = cursor[:at] + ("B" if cursor[at] == "A" else "A") + cursor[at + 1 :]
        assert readable.get(f"books?limit=1&after={changed}", "ann").status_code == 400


def test_a_cursor_is_good_for_whom_it_was_given(readable: Library):
    cursor = cursor_of(readable, "books?limit=1&order=diary")
    assert readable.get(f"books?limit=1&order=diary&after={cursor}", "ann").status_code == 200
    assert readable.get(f"books?limit=1&order=diary&after={cursor}", "bob").json()["code"] == "34000"


def test_equal_pages_have_equal_cursors_whatever_is_hidden(library: Library):
    before = library.get("books?select=title&limit=1&order=diary.desc", "ann").headers["Link"]
    library.backend.database.write(
        lambda connection: connection.execute(
            f"UPDATE books SET diary = 'zzz' WHERE reader_id IS NULL OR reader_id <> '{PEOPLE['ann'].id}'"
        )
    )
    assert library.get("books?select=title&limit=1&order=diary.desc", "ann").headers["Link"] == before


@pytest.mark.parametrize(
    ("method", "query", "message"),
    [
        ("GET", "limit=1&offset=1&after={}", "both say where"),
        ("GET", "limit=1&after={}&after={}", "twice"),
        ("PATCH", "id=eq.1&after={}", "no condition and no option"),
        ("DELETE", "id=eq.1&after={}", "no condition and no option"),
    ],
)
def test_where_a_cursor_cannot_be(readable: Library, method: str, query: str, message: str):
    query = query.replace("{}", cursor_of(readable, "books?limit=1"))
    body = {"json": {"title": "x"}} if method == "PATCH" else {}
    reply = readable.request(method, f"books?{query}", "ann", **body)
    assert reply.status_code == 400
    assert message in reply.json()["message"]


def test_a_long_text_makes_no_cursor(library: Library):
    library.as_("system")
    for name in ("a", "b"):
        assert library.post("shelves", "ann", json={"title": name}).status_code == 201
    library.backend.database.write(lambda connection: connection.execute(f"UPDATE books SET notes = '{'x' * 5_000}'"))
    assert "Link" not in library.get("books?limit=1&order=notes", "ann").headers
    assert "Link" in library.get("books?limit=1&order=id", "ann").headers
