"""Entity tags: what is known is not sent again, and what has changed meanwhile is not overwritten."""

import re

import pytest
from tests.rest.conftest import Library
from tests.rest.test_write import SHOWN, everything, refused

ENGINES = ("sqlite", "postgresql", "mariadb")
ONE = "application/vnd.pgrst.object+json"
ONE_XML = "application/vnd.pgrst.object+xml"


def tag(library: Library, path: str = "shelves?id=eq.1", who: str = "ann", accept: str = ONE) -> str:
    reply = library.get(path, who, accept=accept)
    assert reply.status_code == 200, reply.text
    return reply.headers["etag"]


def known(text: str, header: str = "if-match") -> dict[str, str]:
    return {header: text}


def test_a_tag_is_of_the_version_and_the_form(readable: Library):
    forms = {
        tag(readable),
        tag(readable, accept=ONE_XML),
        tag(readable, "shelves?id=eq.1&select=title"),
        tag(readable, "shelves?id=eq.1&select=title,books(title)"),
    }
    assert len(forms) == 4
    assert all(re.fullmatch(r'"1\.[0-9a-f]{8}"', each) for each in forms)
    assert tag(readable) == tag(readable)
    assert tag(readable, "loans?desk=eq.1&number=eq.2").startswith('"1.')


@pytest.mark.parametrize("path", ["shelves", "shelves?id=eq.1", "shelves?select=count()"])
def test_a_list_and_groups_have_none(readable: Library, path: str):
    one = ONE if "count" in path else "application/json"
    reply = readable.get(path, "ann", accept=one)
    assert (reply.status_code, "etag" in reply.headers) == (200, False)


def test_what_is_known_is_not_sent_again(library: Library):
    now, path = tag(library), "shelves?id=eq.1"
    for text in (now, f'"x", {now}', f"W/{now}", "*"):
        reply = library.get(path, "ann", accept=ONE, headers=known(text, "if-none-match"))
        assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", now)
    assert library.patch(path, "ann", json={"title": "Ocean"}).status_code == 204
    reply = library.get(path, "ann", accept=ONE, headers=known(now, "if-none-match"))
    assert (reply.status_code, reply.json()["title"], reply.headers["etag"].split(".")[0]) == (200, "Ocean", '"2')


@pytest.mark.parametrize("text", ['"1.00000000"', "none", '"', ","])
def test_what_is_not_known_is_sent(readable: Library, text: str):
    reply = readable.get("shelves?id=eq.1", "ann", accept=ONE, headers=known(text, "if-none-match"))
    assert (reply.status_code, reply.json()["title"]) == (200, "Sea")


def test_an_embedded_record_that_changes_is_sent_again(library: Library):
    path = "books?id=eq.1&select=title,shelf(title)"
    now = tag(library, path)
    library.patch("shelves?id=eq.1", "ann", json={"title": "Ocean"})
    assert tag(library, path) != now
    assert tag(library, path).split(".")[0] == now.split(".")[0]


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_change_of_what_is_known(library: Library, method: str):
    path, who = "genres?code=eq.saga", "lib"
    made = library.post("genres?select=code", who, json={"code": "saga", "name": "Saga"}, prefer=SHOWN, accept=ONE)
    body = None if method == "DELETE" else {"name": "New"}
    stale = made.headers["etag"]
    assert stale.startswith('"1.')
    changed = library.patch(path, who, json={"name": "Edda"}, prefer=SHOWN, accept=ONE, headers=known(stale))
    assert (changed.status_code, changed.headers["etag"].split(".")[0]) == (200, '"2')

    before = everything(library)
    reply = library.request(method, path, who, json=body, headers=known(stale))
    refused(reply, 412, "PGRST412")
    assert reply.json()["details"] == "its version is 2"
    assert everything(library) == before
    reply = library.request(method, path, who, json=body, headers=known(f'"other.1", {changed.headers["etag"]}'))
    assert reply.status_code == 204
    refused(library.request("PATCH", "genres?code=eq.none", who, json={"name": "x"}, headers=known("*")), 412, "PGRST412")


def test_a_list_that_is_written_raises_the_version(library: Library):
    now = tag(library, "books?id=eq.1")
    assert library.patch("books?id=eq.1", "ann", json={"genres": ["play"]}, headers=known(now)).status_code == 204
    refused(library.patch("books?id=eq.1", "ann", json={"genres": []}, headers=known(now)), 412, "PGRST412")


def test_made_only_where_it_is_not_there(library: Library):
    absent = known("*", "if-none-match")
    assert library.request("PUT", "genres?code=eq.saga", "lib", json={"name": "Saga"}, headers=absent).status_code == 201
    refused(library.request("PUT", "genres?code=eq.saga", "lib", json={"name": "New"}, headers=absent), 412, "PGRST412")
    assert library.names("genres?code=eq.saga", word="name") == ["Saga"]


def test_a_record_that_may_not_be_seen_is_as_none(library: Library):
    refused(library.patch("shelves?id=eq.3", "ann", json={"title": "x"}, headers=known("*")), 412, "PGRST412")
    reply = library.patch("shelves?id=eq.3", "ann", json={"title": "x"}, headers=known('"7.0"'))
    assert (reply.json()["details"], reply.status_code) == (None, 412)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("PATCH", "shelves?id=eq.1", known("1.abc")),
        ("PATCH", "shelves?id=eq.1", known("")),
        ("PATCH", "shelves?id=eq.1", known('"1.abc')),
        ("PATCH", "shelves?id=eq.1", known('"1.abc" "2.abc"')),
        ("PATCH", "shelves?id=eq.1", known('"1' + '",""' * 50 + "x")),
        ("PATCH", "shelves?id=gt.0", known("*")),
        ("PATCH", "shelves?id=eq.1&title=eq.Sea", known("*")),
        ("DELETE", "shelves?id=in.(1,2)", known("*")),
        ("DELETE", "shelves?id=eq.1", known("*", "if-none-match")),
        ("PATCH", "shelves?id=eq.1", known('"1.abc"', "if-none-match")),
        ("PATCH", "shelves?id=eq.1", {"if-match": "*", "if-none-match": "*"}),
        ("POST", "shelves", known("*")),
        ("POST", "shelves", known("*", "if-none-match")),
        ("POST", "", known("*")),
    ],
)
def test_what_cannot_be_heeded_is_refused(library: Library, method: str, path: str, headers: dict[str, str]):
    before = everything(library)
    body = None if method == "DELETE" else {"title": "x"}
    refused(library.request(method, path, "ann", json=body, headers=headers), 400, "PGRST122")
    assert everything(library) == before


def test_a_weak_tag_is_like_no_other(library: Library):
    now = tag(library)
    refused(library.patch("shelves?id=eq.1", "ann", json={"title": "x"}, headers=known(f"W/{now}")), 412, "PGRST412")


def test_operations_have_conditions_of_their_own(library: Library):
    now, before = tag(library), everything(library)

    def both(second: str) -> list[dict[str, object]]:
        return [
            {"method": "PATCH", "path": "shelves?id=eq.1", "body": {"title": "Ocean"}, "if_match": now},
            {"method": "PATCH", "path": "shelves?id=eq.2", "body": {"title": "Snow"}, "if_match": second},
        ]

    refused(library.post("", "ann", json=both('"9.0"')), 412, "PGRST412")
    assert everything(library) == before
    assert library.post("", "ann", json=both('"1.0"')).status_code == 200
