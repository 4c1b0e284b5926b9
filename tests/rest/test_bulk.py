"""Many records in one body: they are made by few statements, and what is told of them is what would be told of each alone."""

from tests.rest.conftest import Library

ENGINES = ("sqlite", "postgresql", "mariadb")


def test_records_come_back_in_their_order(library: Library, engine: str):
    shelf = library.get("shelves?title=eq.Sea&select=id", "ann").json()[0]["id"]
    rows = [
        {"shelf": shelf, "title": f"t{at}", "notes": f"word{at}"} | ({"pages": at} if at % 50 == 1 else {})
        for at in range(337)  # pieces of 100, of 10 and of 1, and rows of two shapes
    ]
    rows[3]["genres"], rows[250]["genres"] = ["poem"], ["novel", "play"]
    reply = library.post("books?select=id,title,pages,genres(code)", "ann", json=rows, prefer="return=representation")
    assert reply.status_code == 201, reply.text
    made = reply.json()
    assert [each["title"] for each in made] == [each["title"] for each in rows]
    assert [each["pages"] for each in made] == [each.get("pages") for each in rows]
    assert [each["id"] for each in made] == sorted(each["id"] for each in made)
    assert [(at, each["genres"]) for at, each in enumerate(made) if each["genres"]] == [
        (3, [{"code": "poem"}]),
        (250, [{"code": "novel"}, {"code": "play"}]),
    ]
    if engine != "mariadb":  # which has no full-text search here
        assert library.names("books?notes=plfts.word271&select=title", "ann") == ["t271"]


def test_keys_that_are_given_stay_with_their_records(library: Library):
    rows = [{"desk": 7, "number": at, "note": f"n{at}"} for at in reversed(range(120))]
    made = library.post("loans?select=number,note", "ann", json=rows, prefer="return=representation").json()
    assert made == [{"number": at, "note": f"n{at}"} for at in range(120)]


def test_a_refused_record_is_named_and_none_is_stored(library: Library):
    rows = [{"title": f"s{at}"} for at in range(130)]
    rows[117]["title"] = "s40"
    reply = library.post("shelves", "ann", json=rows)
    assert (reply.status_code, reply.json()["code"]) == (409, "23505")
    assert reply.json()["errors"][0]["pointer"] == "/117/title"
    rows[117]["title"] = "Sea"
    assert library.post("shelves", "ann", json=rows).json()["errors"][0]["pointer"] == "/117/title"
    assert library.get("shelves?title=like.s*&select=count()", "ann").json() == [{"count": 0}]
    rows[117]["title"] = "s117"
    assert library.post("shelves", "ann", json=rows).status_code == 201
    assert library.get("shelves?title=like.s*&select=count()", "ann").json() == [{"count": 130}]


def test_a_check_of_the_table_names_the_record(library: Library):
    shelf = library.get("shelves?title=eq.Sea&select=id", "ann").json()[0]["id"]
    rows = [{"shelf": shelf, "title": "x", "price": at} for at in range(30)]
    rows[11]["price"] = -1
    reply = library.post("books", "ann", json=rows)
    assert (reply.status_code, reply.json()["code"], reply.json()["errors"][0]["pointer"]) == (400, "23514", "/11")
