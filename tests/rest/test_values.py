"""What is read of a record besides whole fields: parts of JSON, in what is shown, in conditions and in order."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from tests.rest import models
from tests.rest.conftest import PEOPLE, SYSTEM, Library, Template, open_library

DEEP = "[" * 900 + "]" * 900
CARDS: list[tuple[str, Any]] = [
    ("a", {"size": 3, "city": "Oslo", "to": {"name": "x", "ways": [1, "two", {"n": 3}]}, "ok": True}),
    ("b", {"size": 12, "city": "oslo", "to": {"name": "Y", "ways": []}, "ok": False, "sum": 2.50}),
    ("c", {"size": "3", "city": None, "to": None, "a b": 1, "0": "zero", "x.y": 2, 'q"': 3, "Zoë": 4}),
    ("d", {"size": 3.0, "city": "\U0001f40b", "to": [5, 6, [7]]}),
    ("e", [1, {"size": 3}]),
    ("f", "text"),
    ("g", None),
]


@pytest.fixture(scope="module")
def cards(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with cards: `b` is the child of `a`, and so on; Ann holds the first, whose secret is hers."""
    folder = tmp_path_factory.mktemp("values") / "data"
    shutil.copytree(template[0], folder)
    library = open_library(folder, template[1])
    system = library.backend.records.as_(SYSTEM)
    last = None
    for place, (name, data) in enumerate(CARDS):
        who = PEOPLE[("ann", "bob")[place % 2]].id
        last = system.create(models.Card, name=name, data=data, parent=last, holder=who, secret={"pin": place})
    yield library
    library.close()


def ask(cards: Library, query: str, who: str = "ann") -> str:
    """The names of the cards, in one word."""
    return "".join(cards.names(f"cards?{query}", who, "name"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("select=data->size&name=eq.a", {"size": 3}),
        ("select=data->>size&name=eq.a", {"size": "3"}),
        ("select=data->>sum&name=eq.b", {"sum": "2.5"}),
        ("select=data->to&name=eq.b", {"to": {"name": "Y", "ways": []}}),
        ("select=data->>to&name=eq.b", {"to": '{"name":"Y","ways":[]}'}),
        ("select=data->to->>name&name=eq.a", {"name": "x"}),
        ("select=data->to->ways->0&name=eq.a", {"ways": 1}),
        ("select=data->to->ways->-1->n&name=eq.a", {"n": 3}),
        ("select=data->to->ways->>1&name=eq.a", {"ways": "two"}),
        ("select=data->to->ways->9&name=eq.a", {"ways": None}),
        ("select=data->1->size&name=eq.e", {"size": 3}),
        ("select=data->0&name=eq.e", {"data": 1}),
        ("select=data->0&name=eq.c", {"data": None}),  # a place in a list, not a key
        ('select=data->"0"&name=eq.c', {"0": "zero"}),
        ('select=data->"x.y",data->"a b"&name=eq.c', {"x.y": 2, "a b": 1}),
        ('select=k:data->"q\\""&name=eq.c', {"k": 3}),
        ("select=data->Zoë&name=eq.c", {"Zoë": 4}),
        ("select=data->>ok,no:data->ok&name=eq.b", {"ok": "false", "no": False}),
        ("select=data->city,t:data->>city&name=eq.c", {"city": None, "t": None}),
        ("select=data->nothing->at->>all&name=eq.a", {"all": None}),
        ("select=data->nothing&name=eq.f", {"nothing": None}),
        ("select=data->nothing&name=eq.g", {"nothing": None}),
        ("select=first:data->to->ways->0,data->>city&name=eq.a", {"first": 1, "city": "Oslo"}),
        ("select=parent(data->>city)&name=eq.b", {"parent": {"city": "Oslo"}}),
        ("select=...parent(data->>city)&name=eq.b", {"city": "Oslo"}),
        ("select=children(data->>city,children(name,data->city))&name=eq.a",
         {"children": [{"city": "oslo", "children": [{"name": "c", "city": None}]}]}),
        ("select=...children(data->>city)&name=eq.a", {"city": ["oslo"]}),
        ("select=secret->pin&name=eq.a", {"pin": 0}),
        ("select=secret->pin&name=eq.b", {}),  # Bob's
    ],
)  # fmt: skip
def test_parts_of_json_are_shown(cards: Library, query: str, shown: dict[str, Any]):
    assert cards.get(f"cards?{query}", "ann").json() == [shown]


def test_parts_of_json_keep_their_digits(cards: Library):
    cards.as_("system").create(models.Card, name="digits", data={"n": 1})
    body = {"content": b'{"data": {"n": 12345678901234567890.50}}', "headers": {"content-type": "application/json"}}
    reply = cards.patch("cards?name=eq.digits&select=data->n,t:data->>n", "ann", prefer="return=representation", **body)
    assert reply.text == '[{"n":12345678901234567890.50,"t":"12345678901234567890.50"}]'
    assert cards.delete("cards?name=eq.digits", "ann").status_code == 204


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("data->>city=eq.Oslo", "a"),
        ("data->>city=ilike.o*", "ab"),
        ("data->>city=in.(Oslo,oslo)", "ab"),
        ("data->>city=gt.Oslo", "bd"),  # by code point
        ("data->>city=is.null", "cefg"),
        ("data->>city=not.is.null", "abd"),
        ("data->city=is.null", "cefg"),
        ("data->>city=isdistinct.Oslo", "bcdefg"),
        ("data->>size=eq.3", "ac"),
        ("data->size=eq.3", "ad"),  # a number, however it is written
        ('data->size=eq."3"', "c"),
        ("data->size=neq.3", "bc"),
        ("data->size=not.eq.3", "bc"),
        ("data->size=isdistinct.3", "bcefg"),
        ("data->size=in.(3,12)", "abd"),
        ("data->size=not.in.(3,12)", "c"),
        ("data->size=eq(any).{3,12}", "abd"),
        ("data->size=gt.3", "b"),  # as numbers: as texts, 12 stands before 3
        ("data->size=gte.3", "abd"),
        ("data->size=lt.3.5", "ad"),
        ("data->size=gt(all).{2,2.5}", "abd"),
        ('data->size=gt."2"', "c"),
        ("data->ok=eq.true", "a"),
        ("data->to->ways=eq.[]", "b"),
        ('data->to=eq.{"ways":[],"name":"Y"}', "b"),
        ('data=eq."text"', "f"),
        ('data=eq.[1.0,{"size":3}]', "e"),
        ("data->to->0=eq.5", "d"),
        ("data->to->-1->0=eq.7", "d"),
        ('data=cs.{"size":3}', "ad"),
        ('data=cs.{"to":{"ways":[{"n":3},1]}}', "a"),
        ("data->to=cs.[6]", "d"),
        ("data->to=cs.6", "d"),
        ("data->to=cs.7", ""),  # a bare value is looked for in the outermost list alone
        ("data=cs.[1]", "e"),
        ('data=not.cs.{"size":3}', "bcef"),
        ('data->to->ways=cd.[1,"two",{"n":3,"m":4}]', "ab"),
        ("or=(data->>city.eq.Oslo,data->size.eq.12)", "ab"),
        ('or=(data.cs.{"to":{"ways":[1,{"n":3}]}},data->>"0".eq.zero)', "ac"),
        ("and=(data->size.not.in.(12),data->>city.eq.Oslo)", "a"),
        ('data->"x.y"=eq.2', "c"),
        ("select=name,parent!inner()&parent.data->>city=eq.Oslo", "b"),
        ("select=name,parent!inner()&parent.or=(data->size.eq.12,data->>city.eq.Oslo)", "bc"),
        ("secret->pin=gte.0", "aceg"),  # what is hidden is null
        ("secret=is.null", "bdf"),
        ("order=data->>city", "abdcefg"),
        ("order=data->>city.desc.nullslast", "dbacefg"),
        ("order=data->size,name.desc", "cdabgfe"),  # texts, then numbers
        ("order=data->size.desc,name", "efgbadc"),
        ("order=data->size.desc.nullslast,name", "badcefg"),
        ("order=data.nullsfirst,name", "gfeabcd"),  # texts, lists, objects
        ("order=data->ok.nullsfirst", "cdefgba"),
        ('order=data->"x.y",data->to->>name', "cbadefg"),
        ("select=name,parent()&order=parent(data->>city)", "bceadfg"),
        ("secret=is.null&order=secret->pin", "bdf"),
        ("order=secret->pin.desc.nullslast", "gecabdf"),
    ],
)
def test_parts_of_json_are_asked_for(cards: Library, query: str, names: str):
    assert ask(cards, query) == names


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("select=name->x", "42883", "only JSON has parts"),
        ("name->>x=eq.1", "42883", "only JSON has parts"),
        ("order=name->x", "42883", "only JSON has parts"),
        ("select=labels->0", "42883", "only JSON has parts"),
        ("select=nothing->x", "42703", "no column 'nothing'"),
        ("nothing->x=eq.1", "42703", "no column 'nothing'"),
        ("order=nothing->x", "42703", "no column 'nothing'"),
        ("select=data->", "PGRST100", "expected a name"),
        ("select=data->>x->y", "PGRST100", "expected nothing more"),
        ("data->=eq.1", "PGRST100", "expected a name"),
        ("data->>x->y=eq.1", "PGRST100", "expected nothing more"),
        ("order=data->>x->y", "PGRST100", "is no order"),
        ("select=data->x,data->>x", "PGRST100", "'x' stands twice"),
        ("select=data" + "->x" * 21, "54001", "more than 20 steps"),
        ("data->size=eq.big", "22P02", "JSON"),
        ("data->size=gt.{}", "22P02", "only a number or a text"),
        ("data->size=gt.1e999", "22003", "64 bits"),
        ("data->size=like.3*", "42883", "cannot be asked of 'data->size', which is JSON"),
        ("data->>size=cs.3", "42883", "which is text"),
        ("data=ov.{a}", "42883", "which is JSON"),
        ("data->x%00=eq.1", "22P02", "no key can"),
        ("data=cs.{", "22P02", "JSON"),
        ('or=(data.cs.{"a":1)', "PGRST100", "expected '}'"),
        (f"data=eq.{'[' * 7000}", "22P02", "JSON"),
    ],
)
def test_parts_that_are_refused(cards: Library, query: str, code: str, words: str):
    reply = cards.get(f"cards?{query}", "ann")
    assert (reply.status_code, reply.json()["code"]) == (400, code), reply.text
    assert words in reply.json()["message"]


def test_json_that_is_nested_deep_does_no_harm(cards: Library):
    body = f'[{{"name": "deep", "data": {DEEP}}}]'.encode()
    made = cards.post("cards", "ann", content=body, headers={"content-type": "application/json"})
    assert made.status_code in {201, 400}
    for query in (
        "data->0=eq.1",
        f"data=cs.{DEEP}",
        f"data=cd.{DEEP}",
        f"data->0=eq.{DEEP}",
        "order=data->0->0",
        "select=data->0",
    ):
        assert cards.get(f"cards?{query}", "ann").status_code in {200, 400}
    cards.delete("cards?name=eq.deep", "ann")


def test_a_comparison_that_is_too_much_is_given_up(cards: Library):
    cards.as_("system").create(models.Card, name="wide", data=[[number] for number in range(5_000)])
    assert ask(cards, "data=cs.[[4999]]") == "wide"
    reply = cards.get("cards?data=cs.[[4999],[4998],[4997]]", "ann")
    assert (reply.status_code, reply.json()["code"]) == (400, "54000")
    cards.delete("cards?name=eq.wide", "ann")


@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/xml", "application/x-ndjson"])
def test_parts_go_out_in_every_format(cards: Library, accept: str):
    reply = cards.get("cards?select=name,data->>city,data->to,data->size&name=eq.a", "ann", accept=accept)
    assert reply.status_code == 200
    assert "Oslo" in reply.text
