"""Computed columns over HTTP: what is shown, asked for and sorted by, and by whom."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.rest import models
from tests.rest.conftest import PEOPLE, SYSTEM, Library, Template, close_copy, open_copy
from tests.servers import Databases

ENGINES = ("sqlite", "postgresql", "mariadb")


@pytest.fixture(scope="module")
def cards(template: Template, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with three cards; Ann holds the first, and the last is its child."""
    library = open_copy(template, databases, tmp_path_factory.mktemp("computed") / "data")
    system = library.backend.records.as_(SYSTEM)
    first = system.create(models.Card, name="a", price="2.50", day="2026-01-02", holder=PEOPLE["ann"].id, secret={"pin": 1})
    system.create(models.Card, name="b", price="1.25", holder=PEOPLE["bob"].id, secret={"pin": 2})
    system.create(models.Card, name="c", parent=first)
    yield library
    close_copy(library, databases)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("cards?select=label,more,dear&name=eq.a", [{"label": "a!A", "more": 3.5, "dear": True}]),
        ("cards?select=l:label,times&name=eq.b", [{"l": "b!B", "times": 1.25}]),
        ("cards?select=more::text,dear::int&name=eq.a", [{"more": "3.50", "dear": 1}]),
        ("cards?select=more,dear&name=eq.c", [{"more": None, "dear": None}]),
        ("cards?select=name&label=eq.b!B", [{"name": "b"}]),
        ("cards?select=name&label=match.^a", [{"name": "a"}]),
        ("cards?select=name&more=gt.2.25", [{"name": "a"}]),
        ("cards?select=name&more=in.(2.25,9)", [{"name": "b"}]),
        ("cards?select=name&dear=is.true", [{"name": "a"}]),
        ("cards?select=name&dear=is.null", [{"name": "c"}]),
        ("cards?select=name&or=(dear.is.false,label.like.a*)", [{"name": "a"}, {"name": "b"}]),
        ("cards?select=name&order=more", [{"name": "b"}, {"name": "a"}, {"name": "c"}]),
        ("cards?select=name&order=label.desc&limit=1", [{"name": "c"}]),
        ("cards?select=more.sum(),count()", [{"sum": 5.75, "count": 3}]),
        (
            "cards?select=dear,count()&order=dear",
            [{"dear": False, "count": 1}, {"dear": True, "count": 1}, {"dear": None, "count": 1}],
        ),
        ("cards?select=parent(label)&name=eq.c", [{"parent": {"label": "a!A"}}]),
        ("cards?select=...parent(label)&name=eq.c", [{"label": "a!A"}]),
        ("cards?select=children(label)&children.label=eq.c!C&name=eq.a", [{"children": [{"label": "c!C"}]}]),
        ("cards?select=name,parent!inner()&parent.more=gt.3", [{"name": "c"}]),
        ("cards?select=name,parent()&order=parent(more).desc.nullslast&limit=1", [{"name": "c"}]),
    ],
)
def test_computed_columns(cards: Library, path: str, shown: list[Any]):
    assert cards.get(path, "bob").json() == shown


def test_they_are_not_in_a_star(cards: Library):
    (record,) = cards.get("cards?select=*&name=eq.a", "ann").json()
    assert {"label", "more", "dear"}.isdisjoint(record)
    assert cards.get("cards?select=*,label&name=eq.a", "ann").json() == [record | {"label": "a!A"}]


@pytest.mark.parametrize(
    ("who", "secrets"),
    [("ann", [True, None, None]), ("bob", [None, True, None]), ("adm", [True, True, False])],
)
def test_they_follow_the_rules_of_what_they_are_made_of(cards: Library, who: str, secrets: list[Any]):
    found = [record.get("has_secret") for record in cards.get("cards?select=has_secret", who).json()]
    assert found == secrets
    known = [name for name, secret in zip("abc", secrets, strict=True) if secret]
    assert cards.names("cards?select=name&has_secret=is.true", who, "name") == known
    assert cards.get("cards?select=has_secret.count()", who).json() == [
        {"count": len([one for one in secrets if one is not None])}
    ]
    first = cards.names("cards?select=name&order=has_secret.desc.nullslast,name.desc&limit=1", who, "name")
    assert first == [known[-1] if known else "c"]


@pytest.mark.parametrize(
    "query",
    [
        "select={}",
        "{}=is.true",
        "order={}",
        "or=({}.is.true,id.eq.1)",
        "select=x:{}",
        "select=shelf(books({}))",
        "select={}.count()",
    ],
)
@pytest.mark.parametrize(("field", "who"), [("costly", "ann"), ("jinx", "ann"), ("jinx", "adm"), ("jinx", "key")])
def test_one_that_is_hidden_is_answered_as_a_misspelling(cards: Library, query: str, field: str, who: str):
    hidden, unknown = (cards.get(f"books?{query.format(word)}", who) for word in (field, "zzzz"))
    assert (hidden.status_code, hidden.json()["code"]) == (400, "42703")
    assert hidden.text.replace(field, "zzzz") == unknown.text


def test_one_with_a_rule_of_its_own(cards: Library):
    found = {book["title"]: book.get("murmured", "absent") for book in cards.get("books?select=title,murmured", "ann").json()}
    assert found == {"Moby Dick": "absent", "The Waves": True, "Sea-Fever": "absent", "Smilla": "absent"}
    assert cards.names("books?costly=is.true", "adm") == ["Moby Dick"]


def test_they_have_no_search(cards: Library):
    assert cards.get("cards?label=fts.a", "ann").status_code == 400


def test_nobody_writes_them(cards: Library):
    for method, path in (("POST", "cards"), ("PATCH", "cards?name=eq.a")):
        reply = cards.request(method, path, "ann", json={"name": "x", "label": "y"})
        assert reply.status_code == 400, reply.text
    assert cards.patch("cards?label=eq.b!B&select=label", "ann", json={"name": "bb"}, prefer="return=representation").json() == [
        {"label": "bb!BB"}
    ]
    cards.patch("cards?label=eq.bb!BB", "ann", json={"name": "b"})


def test_they_are_described(cards: Library):
    document = cards.get("/openapi.json", "ann").json()
    assert document["components"]["schemas"]["cards"]["properties"]["label"] == {"type": ["string", "null"], "readOnly": True}
    assert "cards.label" in document["components"]["parameters"]
    assert "label" not in document["components"]["schemas"]["cards.insert"]["properties"]
    assert 'name="label"' in cards.get("schema.xsd", "ann").text
    books = document["components"]["schemas"]["books"]["properties"]
    assert {"jinx", "costly"}.isdisjoint(books)
    assert "murmured" in books


def test_they_go_out_in_every_format(cards: Library):
    query = "cards?select=label,more,dear&name=eq.a"
    assert cards.get(query, accept="text/csv").text == "label,more,dear\r\na!A,3.50,true\r\n"
    assert "<label>a!A</label><more>3.50</more><dear>true</dear>" in cards.get(query, accept="application/xml").text
