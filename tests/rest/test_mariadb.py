"""What MariaDB does in another way than the other engines, seen through the API; nothing of that shows."""

from tests.rest.conftest import Library

ENGINES = ("mariadb",)


def test_texts_are_in_order_by_code_point_and_blanks_count(library: Library):
    for title in ("b", "B", "a ", "a", "ä"):
        assert library.request("POST", "shelves", "ann", json={"title": title}).status_code == 201
    assert library.names('shelves?order=title&title=in.(b,B,a,"a ",ä)', "ann") == ["B", "a", "a ", "b", "ä"]
    assert library.names("shelves?title=eq.a", "ann") == ["a"]
    assert library.names("shelves?title=ilike.B&order=title", "ann") == ["B", "b"]
    assert library.names("shelves?title=ilike.Ä", "ann") == []
    assert library.names("shelves?title=in.()", "ann") == []


def test_regular_expressions_are_refused_by_name(readable: Library):
    reply = readable.get("books?title=match.^a", "ann")
    assert (reply.status_code, reply.json()["code"]) == (400, "0A000")
