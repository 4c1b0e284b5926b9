"""Computed relations over HTTP: embedded, asked for, sorted and counted like others, under the rules of what they are made of."""

from typing import Any

import pytest
from tests.rest import models
from tests.rest.conftest import Library

ENGINES = ("sqlite", "postgresql", "mariadb")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (
            "shelves?select=title,thick(title)&order=id",
            [{"title": "Sea", "thick": [{"title": "Moby Dick"}]}, {"title": "Ice", "thick": [{"title": "Smilla"}]}],
        ),
        ("shelves?select=more:thick(pages)&title=eq.Sea", [{"more": [{"pages": 635}]}]),
        ("shelves?select=title,thick(title)&thick.pages=gt.700&title=eq.Sea", [{"title": "Sea", "thick": []}]),
        ("shelves?select=title,thick!inner(title)&thick.pages=gt.600", [{"title": "Sea", "thick": [{"title": "Moby Dick"}]}]),
        ("shelves?select=title,thick()&thick=not.is.null&order=title", [{"title": "Ice"}, {"title": "Sea"}]),
        ("shelves?select=title,thick()&thick.title=like.S*&thick=is.null", [{"title": "Sea"}]),
        (
            "shelves?select=title,thick(count())&order=title",
            [{"title": "Ice", "thick": [{"count": 1}]}, {"title": "Sea", "thick": [{"count": 1}]}],
        ),
        ("shelves?select=title,...thick(titles:title)&title=eq.Ice", [{"title": "Ice", "titles": ["Smilla"]}]),
        ("shelves?select=title,thick:thick!thick(pages)&title=eq.Ice", [{"title": "Ice", "thick": [{"pages": 453}]}]),
        ("shelves?select=title,books(title)&books.limit=1&title=eq.Ice", [{"title": "Ice", "books": [{"title": "Smilla"}]}]),
        (
            "books?select=title,equals(title)&equals.order=title.desc&equals.limit=1&price=eq.9&order=id.desc&limit=1",
            [{"title": "Smilla", "equals": [{"title": "The Waves"}]}],
        ),
        (
            "books?select=title,shelf!inner(title,thick!inner())&shelf.thick.pages=lt.500",
            [{"title": "Smilla", "shelf": {"title": "Ice"}}],
        ),
        ("books?select=title,equals(title)&title=eq.Smilla", [{"title": "Smilla", "equals": [{"title": "The Waves"}]}]),
        (
            "books?select=title,equals(title,equals(title))&title=eq.Smilla",
            [{"title": "Smilla", "equals": [{"title": "The Waves", "equals": [{"title": "Smilla"}]}]}],
        ),
        ("books?select=title,equals(title)&title=eq.Moby Dick", [{"title": "Moby Dick", "equals": []}]),
        (
            "books?select=title,shelf(thick(title))&title=eq.Smilla",
            [{"title": "Smilla", "shelf": {"thick": [{"title": "Smilla"}]}}],
        ),
        (
            "shelves?select=title,thickest(title)&order=title",
            [{"title": "Ice", "thickest": {"title": "Smilla"}}, {"title": "Sea", "thickest": {"title": "Moby Dick"}}],
        ),
        (
            "shelves?select=title,thickest(title)&thickest.pages=lt.500&order=title",
            [{"title": "Ice", "thickest": {"title": "Smilla"}}, {"title": "Sea", "thickest": None}],
        ),
        ("shelves?select=title,thickest!inner(pages)&thickest.pages=lt.500", [{"title": "Ice", "thickest": {"pages": 453}}]),
        (
            "shelves?select=title,...thickest(pages)&order=thickest(pages)",
            [{"title": "Ice", "pages": 453}, {"title": "Sea", "pages": 635}],
        ),
        ("shelves?select=...thickest(pages.sum())", [{"sum": 1088}]),
        ("shelves?select=title,thickest()&thickest=is.null", []),
    ],
)
def test_computed_relations(readable: Library, path: str, shown: Any):
    assert readable.get(path, "ann").json() == shown


@pytest.mark.parametrize(
    ("who", "shelf", "seen"),
    [("ann", "Sea", ["The Waves"]), ("bob", "Sea", ["Sea-Fever"]), ("cid", "Fire", []), ("ann", "Ice", [])],
)
def test_they_lead_only_where_the_caller_sees_what_they_are_made_of(readable: Library, who: str, shelf: str, seen: list[str]):
    (found,) = readable.get(f"shelves?select=noted(title)&title=eq.{shelf}", who).json()
    assert [book["title"] for book in found["noted"]] == seen
    there = readable.get(f"shelves?select=title,noted()&noted=not.is.null&title=eq.{shelf}", who).json()
    assert len(there) == bool(seen)


def test_the_first_is_the_first_that_the_caller_may_read(library: Library):
    library.as_("system").create(models.Card, name="E")
    found = {who: library.get("cards?select=beyond(title)", who).json() for who in ("ann", "bob", "cid", "tim", "adm")}
    assert found == {
        "ann": [{"beyond": {"title": "Moby Dick"}}],
        "bob": [{"beyond": {"title": "Moby Dick"}}],
        "cid": [{"beyond": {"title": "Fahrenheit 451"}}],
        "tim": [{"beyond": None}],
        "adm": [{"beyond": {"title": "Fahrenheit 451"}}],
    }


def test_one_that_is_made_of_hidden_fields_is_answered_as_a_misspelling(readable: Library):
    for name, who in (("costing", "ann"), ("whispered", "ann"), ("whispered", "adm"), ("whispered", "key")):
        hidden, unknown = (readable.get(f"shelves?select={word}(title)", who) for word in (name, "zzzz"))
        assert (hidden.status_code, hidden.json()["code"]) == (400, "PGRST200")
        assert hidden.text.replace(name, "zzzz") == unknown.text
    assert readable.get("shelves?select=costing(title)&title=eq.Sea", "adm").json() == [{"costing": [{"title": "Moby Dick"}]}]


def test_its_table_means_another_relation(readable: Library):
    """Else a client that embeds by the table's name would be told that there are several."""
    assert readable.get("shelves?select=books(title)&title=eq.Ice", "ann").json() == [{"books": [{"title": "Smilla"}]}]
    assert readable.get("cards?select=books(title)", "ann").json()["code"] == "PGRST200"


def test_nobody_writes_them(library: Library):
    for body in ({"title": "x", "thick": []}, {"title": "x", "thickest": {"title": "y"}}):
        reply = library.post("shelves", "ann", json=body)
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "PGRST204"), reply.text


def test_a_change_shows_them(library: Library):
    path = "books?select=title,shelf(thickest(title))&title=eq.The Waves"
    reply = library.patch(path, "ann", json={"pages": 900}, prefer="return=representation")
    assert reply.json() == [{"title": "The Waves", "shelf": {"thickest": {"title": "The Waves"}}}]


def test_they_are_described(readable: Library):
    document = readable.get("/openapi.json", "ann").json()
    schema = document["components"]["schemas"]["shelves"]["properties"]
    assert schema["thick"]["items"] == {"$ref": "#/components/schemas/books"}
    assert schema["thickest"]["anyOf"][0] == {"$ref": "#/components/schemas/books"}
    assert {"costing", "whispered"}.isdisjoint(schema)
    assert "thick" not in document["components"]["schemas"]["shelves.insert"]["properties"]


def test_they_go_out_as_xml(readable: Library):
    text = readable.get("shelves?select=thick(title),thickest(pages)&title=eq.Ice", "ann", accept="application/xml").text
    assert "<thickest><pages>453</pages></thickest><thick><book><title>Smilla</title></book></thick>" in text
