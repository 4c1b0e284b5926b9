"""Aggregates, groups and buckets of time: what they come to, what may stand beside them, and what nobody learns from them."""

import json
import math
import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.rest import models
from tests.rest.conftest import Library, Open

from mainspring.query.ask import Column, Condition, Embed, Function, Order

ENGINES = ("sqlite", "postgresql", "mariadb")

NULL = None

ANSWERS: list[tuple[str, str, Any]] = [
    # -- alone ---------------------------------------------------------------------------------------------------------------
    ("ann", "books?select=count()", [{"count": 4}]),
    ("", "books?select=count(),pages.sum(),pages.max()", [{"count": 0, "sum": NULL, "max": NULL}]),
    ("ann", "books?select=number:count(),price.count()", [{"number": 4, "count": 3}]),
    ("ann", "books?select=pages.sum(),p:price.sum()", [{"sum": 1413, "p": 30.50}]),
    ("ann", "books?select=pages.avg(),p:price.avg()", [{"avg": 353.25, "p": 30.5 / 3}]),
    ("ann", "books?select=pages.min(),pages.max()", [{"min": 1, "max": 635}]),
    ("ann", "books?select=title.min(),title.max()", [{"min": "Moby Dick", "max": "The Waves"}]),
    ("ann", "books?select=price.min(),colour.max()", [{"min": 9.00, "max": "green"}]),
    ("cid", "books?select=published.min(),seen_at.max()", [{"min": "1953-10-19", "max": "2026-01-02T03:04:05.000000+00:00"}]),
    ("ann", "books?select=pages.median(),pages.p90()", [{"median": 388.5, "p90": 580.4}]),
    ("ann", "books?select=price.median(),price.p90()", [{"median": 9.0, "p90": 11.8}]),
    ("ann", "books?select=pages.variance(),pages.stddev()", [{"variance": 214268.75 / 3, "stddev": math.sqrt(214268.75 / 3)}]),
    ("cid", "books?select=pages.variance(),pages.stddev(),pages.median()", [{"variance": NULL, "stddev": NULL, "median": 158.0}]),
    ("ann", "books?select=tags.count(),c:cover.count()", [{"count": 4, "c": 0}]),
    # -- with conditions and a part of them ------------------------------------------------------------------------------------
    ("ann", "books?select=count(),pages.sum()&pages=gt.300", [{"count": 3, "sum": 1412}]),
    ("ann", "books?select=count()&or=(lent.is.true,title.like.S*)", [{"count": 2}]),
    ("ann", "books?select=count()&limit=0", []),
    ("ann", "books?select=count()&offset=1", []),
    # -- groups ----------------------------------------------------------------------------------------------------------------
    ("ann", "books?select=lent,count()", [{"lent": False, "count": 3}, {"lent": True, "count": 1}]),
    (
        "ann",
        "books?select=price,count(),pages.sum()",
        [
            {"price": 9.00, "count": 2, "sum": 777},
            {"price": 12.50, "count": 1, "sum": 635},
            {"price": NULL, "count": 1, "sum": 1},
        ],
    ),
    ("ann", "books?select=cost:price,count()&order=cost.desc&limit=1", [{"cost": NULL, "count": 1}]),
    ("ann", "books?select=price,count()&order=price.desc.nullslast&limit=1", [{"price": 12.50, "count": 1}]),
    ("ann", "books?select=price,count()&order=count.desc&limit=1", [{"price": 9.00, "count": 2}]),
    ("ann", "books?select=price,n:pages.sum()&order=n.desc&offset=1&limit=1", [{"price": 12.50, "n": 635}]),
    ("bob", "books?select=diary,count()", [{"diary": "short", "count": 1}, {"diary": NULL, "count": 2}]),
    # -- with what one record leads to -----------------------------------------------------------------------------------------
    (
        "ann",
        "books?select=count(),shelf(title)&order=shelf(title).desc",
        [{"count": 3, "shelf": {"title": "Sea"}}, {"count": 1, "shelf": {"title": "Ice"}}],
    ),
    ("ann", "books?select=pages.sum(),...shelf(place:title)", [{"sum": 453, "place": "Ice"}, {"sum": 960, "place": "Sea"}]),
    ("ann", "books?select=count(),...shelf(...owner(name))", [{"count": 4, "name": "Ann"}]),
    (
        "ann",
        "books?select=count(),by:users!reader!inner(name)&order=by(name).desc",
        [
            {"count": 1, "by": {"name": "Bob"}},
            {"count": 1, "by": {"name": "Ann"}},
        ],
    ),
    ("ann", "books?select=lent,...shelf(title.max())", [{"lent": False, "max": "Sea"}, {"lent": True, "max": "Sea"}]),
    ("ann", "books?select=...shelf(count())", [{"count": 4}]),
    ("ann", "books?select=count(),shelf()&shelf=not.is.null&shelf.title=eq.Ice", [{"count": 1}]),
    # -- in what many lead from ------------------------------------------------------------------------------------------------
    (
        "ann",
        "shelves?select=title,books(count(),pages.sum())&order=title",
        [{"title": "Ice", "books": [{"count": 1, "sum": 453}]}, {"title": "Sea", "books": [{"count": 3, "sum": 960}]}],
    ),
    (
        "ann",
        "shelves?select=title,books(count(),pages.sum())&books.lent=is.true&order=title",
        [{"title": "Ice", "books": [{"count": 0, "sum": NULL}]}, {"title": "Sea", "books": [{"count": 1, "sum": 1}]}],
    ),
    (
        "ann",
        "shelves?select=title,books(lent,n:count())&books.order=n&books.limit=1&order=title",
        [{"title": "Ice", "books": [{"lent": False, "n": 1}]}, {"title": "Sea", "books": [{"lent": True, "n": 1}]}],
    ),
    ("ann", "shelves?select=title,books(count)&order=title&limit=1", [{"title": "Ice", "books": [{"count": 1}]}]),
    ("ann", "shelves?select=...books(count())&order=title", [{"count": [1]}, {"count": [3]}]),
    (
        "ann",
        "shelves?select=title,children(title,books(count()))&order=title.desc&limit=1",
        [
            {"title": "Sea", "children": [{"title": "Ice", "books": [{"count": 1}]}]},
        ],
    ),
    (
        "ann",
        "books?select=title,genres(count())&title=like.S*&order=title",
        [
            {"title": "Sea-Fever", "genres": [{"count": 2}]},
            {"title": "Smilla", "genres": [{"count": 0}]},
        ],
    ),
    # -- of parts of JSON --------------------------------------------------------------------------------------------------
    ("ann", "books?select=extra->cold->>0,count()&order=extra->cold->>0.desc&extra=not.is.null", [{"cold": "1", "count": 1}]),
    ("ann", "books?select=extra->cold->>1.max(),n:extra->cold.count()", [{"max": "2.5", "n": 1}]),
    # -- of values taken as another type ---------------------------------------------------------------------------------------
    ("ann", "books?select=pages::text.max(),n:pages::text.min()", [{"max": "635", "n": "1"}]),
    ("ann", "books?select=price::text.max(),n:price::text.min()", [{"max": "9.00", "n": "12.50"}]),
    ("ann", "books?select=price::int.sum(),n:price.sum()::int", [{"sum": 31, "n": 31}]),  # 13 + 9 + 9
    ("ann", "books?select=price::int.max(),m:price::int.median()", [{"max": 13, "m": 9.0}]),
    ("ann", "books?select=lent::int.sum(),m:lent::int.avg(),t:lent::text.max()", [{"sum": 1, "m": 0.25, "t": "true"}]),
    ("ann", "books?select=pages::numeric.sum(),pages::float8.max()::text", [{"sum": 1413, "max": "635.0"}]),
    ("ann", "books?select=colour::text.min(),n:title::text.count()", [{"min": "blue", "n": 4}]),
    ("ann", "books?select=extra->cold->0::numeric.sum(),n:extra->cold->1::numeric.max()", [{"sum": 1, "n": 2.5}]),
    ("ann", "books?select=extra->cold->1::int.sum(),n:extra->cold::float.count()", [{"sum": 3, "n": 0}]),
    ("cid", "books?select=seen_at::date.max(),n:published::text.min()", [{"max": "2026-01-02", "n": "1953-10-19"}]),
    ("cid", "books?select=published::timestamptz.min()", [{"min": "1953-10-19T00:00:00.000000+00:00"}]),
    ("", "books?select=pages::text.max(),lent::int.sum()", [{"max": NULL, "sum": NULL}]),
    (
        "ann",
        "shelves?select=title,books(pages::text.max(),lent::int.sum())&order=title",
        [{"title": "Ice", "books": [{"max": "453", "sum": 0}]}, {"title": "Sea", "books": [{"max": "635", "sum": 1}]}],
    ),
    ("ann", "books?select=...shelf(id::text.max()),p:pages::text.max()::int&lent=is.true", [{"max": "1", "p": 1}]),
    ("ann", "books?select=lent,m:pages::text.max()&order=m.desc", [{"lent": False, "m": "635"}, {"lent": True, "m": "1"}]),
    # -- buckets of time -------------------------------------------------------------------------------------------------------
    (
        "cid",
        "books?select=seen_at.year(),seen_at.quarter(),seen_at.month(),seen_at.week(),seen_at.day(),seen_at.hour()",
        [
            {
                "year": "2026-01-01",
                "quarter": "2026-01-01",
                "month": "2026-01-01",
                "week": "2025-12-29",
                "day": "2026-01-02",
                "hour": "2026-01-02T03:00:00.000000+00:00",
            }
        ],
    ),
    (
        "cid",
        "books?select=published.quarter(),w:published.week(),count()",
        [{"quarter": "1953-10-01", "w": "1953-10-19", "count": 1}],
    ),
    ("ann", "books?select=seen_at.month(),count()", [{"month": NULL, "count": 4}]),
]


@pytest.mark.parametrize(("who", "path", "answer"), ANSWERS)
def test_answers(readable: Library, who: str, path: str, answer: Any):
    reply = readable.get(path, who)
    assert reply.status_code == 200, reply.text
    assert reply.json() == answer


REFUSED: list[tuple[str, str, str]] = [
    ("books?select=title.sum()", "42883", "'sum()' cannot be asked of 'title', which is text"),
    ("books?select=lent.min()", "42883", "'min()' cannot be asked of 'lent', which is boolean"),
    ("books?select=published.hour()", "42883", "'hour()' cannot be asked of 'published', which is date"),
    ("books?select=pages::nonsense.max()", "42704", "'nonsense' is no type to cast to"),
    ("books?select=tags::int.sum()", "42846", "'tags' cannot be cast to int, for it is list of text"),
    ("books?select=title::int.sum()", "42846", "no aggregate takes 'title' as int, for it is text"),
    ("books?select=weight::text.max()", "42846", "no aggregate takes 'weight' as text, for it is float"),
    ("books?select=pages::text.sum()", "42883", "'sum()' cannot be asked of 'pages', which is text"),
    ("books?select=seen_at::date.month()", "42846", "only aggregates take values as another type, and 'month()' is none"),
    ("books?select=pages.month()", "42883", "'month()' cannot be asked of 'pages', which is integer"),
    ("books?select=pages.frob()", "42883", "'frob()' cannot be asked of 'pages', which is integer"),
    ("books?select=page.sum()", "42703", "no column 'page' on books; did you mean 'pages'?"),
    ("books?select=whisper.count()", "42703", "no column 'whisper' on books"),
    ("books?select=cost.sum()", "42703", "no column 'cost' on books"),
    ("books?select=count(),extra", "42883", "no groups can be made by 'extra', which is JSON"),
    ("books?select=count(),extra->cold", "42883", "no groups can be made by 'extra->cold', which is JSON"),
    ("books?select=extra.max()", "42883", "'max()' cannot be asked of 'extra', which is JSON"),
    ("books?select=count(),cover", "42883", "no groups can be made by 'cover', which is image"),
    ("books?select=count(),shelf(title,books(title))", "42803", "'books' leads to many records, by which no groups can be made"),
    ("books?select=count(),genres(code)", "42803", "'genres' leads to many records, by which no groups can be made"),
    ("books?select=title,shelf(count())", "42803", "'shelf' leads to one record, of which there are no aggregates"),
    ("books?select=count()&order=pages", "42803", "groups cannot be ordered by 'pages', which they do not show"),
    ("books?select=count()&order=whisper", "42803", "groups cannot be ordered by 'whisper', which they do not show"),
    ("books?select=count(),shelf(id)&order=shelf(title)", "42803", "groups cannot be ordered by 'title', which they do not show"),
    ("books?select=pages.median()&order=median", "42803", "groups cannot be ordered by 'median()'"),
    ("books?select=pages,m:pages.avg()&order=m", "42803", "groups cannot be ordered by 'avg()'"),
    ("books?select=pages.sum(),price.sum()", "PGRST100", "'sum' stands twice in 'select'"),
    ("books?select=count(),...shelf(count())", "PGRST100", "'count' stands twice in 'select'"),
    ("books?select=pages,count()&after=abc", "42803", "groups have no pages by 'after'"),
    ("books?select=pages.sum", "PGRST100", "'select' cannot be read: expected '()' at character 10"),
    ("books?select=pages.sum(title)", "PGRST100", "'select' cannot be read: expected '()' at character 10"),
    ("books?select=pages.sum().avg()", "PGRST100", "'select' cannot be read: expected nothing more at character 12"),
    (
        "shelves?select=books(count())&books.offset=1",
        "PGRST100",
        "'books' is one record of aggregates, of which no part can be taken",
    ),
    (
        f"books?select={','.join(f'a{number}:count()' for number in range(51))}",
        "54000",
        "51 aggregates are too many; at most 50 are taken",
    ),
]


@pytest.mark.parametrize(("path", "code", "message"), REFUSED)
def test_refusals(readable: Library, path: str, code: str, message: str):
    reply = readable.get(path, "ann")
    assert (reply.status_code, reply.json()["code"]) == (400, code), reply.text
    assert message in reply.json()["message"]


def test_a_refusal_lists_what_could_be_asked(readable: Library):
    assert readable.get("books?select=title.sum()", "ann").json()["hint"] == "functions for it are: count(), min(), max()"
    hint = readable.get("books?select=pages.sum(),price.sum()", "ann").json()["hint"]
    assert hint == "give one an alias: 'other:price.sum()'"


@pytest.mark.parametrize(
    ("path", "number", "extent"),
    [("lent,count()", "limit=1", "0-0/2"), ("price,count()", "offset=1", "1-2/3"), ("count()", "", "0-0/1")],
)
def test_groups_are_what_is_counted(readable: Library, path: str, number: str, extent: str):
    reply = readable.get(f"books?select={path}&{number}", "ann", prefer="count=exact")
    assert reply.headers["content-range"] == extent


def test_a_range_takes_a_part_of_the_groups(readable: Library):
    reply = readable.get("books?select=price,count()&order=price", "ann", range="1-1")
    assert reply.json() == [{"price": 12.50, "count": 1}]


def test_no_link_leads_from_groups_to_a_next_page(readable: Library):
    assert "link" in readable.get("books?limit=1", "ann").headers
    assert "link" not in readable.get("books?select=price,count()&limit=1", "ann").headers


def test_sums_are_exact(library: Library):
    records = library.as_("system")
    records.delete(models.Loan)
    for number in range(3):
        records.create(models.Loan, desk=2**63 - 1, number=number)
    records.create(models.Loan, desk=-(2**63), number=9)
    reply = library.get("loans?select=desk.sum(),desk.avg(),desk.variance()&desk=gt.0", "ann")
    assert reply.text == '[{"sum":27670116110564327421,"avg":9.223372036854776e18,"variance":0.0}]'
    reply = library.get("loans?select=desk.sum()&desk=gt.0&numbers=text", "ann")
    assert reply.json() == [{"sum": "27670116110564327421"}]
    assert library.get("loans?select=desk.sum()&desk=gt.0", "ann", accept="text/csv").text == "sum\r\n27670116110564327421\r\n"
    records.delete(models.Book)
    (shelf,) = records.all(models.Shelf, title="Sea")
    for price in ("0.10", "0.20", "12345678.90"):
        records.create(models.Book, shelf=shelf, title="x", price=price, weight=float(price))
    found = json.loads(library.get("books?select=price.sum(),w:weight.sum()", "ann").text, parse_float=Decimal)
    assert found == [{"sum": Decimal("12345679.20"), "w": Decimal("12345679.2")}]


def test_formats(readable: Library):
    path = "books?select=lent,count(),pages.sum(),p:price.sum()"
    assert readable.get(path, "ann", accept="text/csv").text == "lent,count,sum,p\r\nfalse,3,1412,30.50\r\ntrue,1,1,\r\n"
    lines = readable.get(path, "ann", accept="application/x-ndjson").text
    assert lines == '{"lent":false,"count":3,"sum":1412,"p":30.50}\n{"lent":true,"count":1,"sum":1,"p":null}\n'
    document = readable.get(path, "ann", accept="application/xml").text
    assert "<book><lent>false</lent><count>3</count><sum>1412</sum><p>30.50</p></book>" in document
    assert readable.get("books?select=count()", "ann", accept="application/vnd.pgrst.object+json").json() == {"count": 4}


def test_many_groups_are_sent_piece_by_piece(open_with: Open):
    library = open_with(page_rows=2)
    reply = library.get("books?select=title,count()&order=title", "ann", accept="text/csv", prefer="count=exact")
    assert (reply.status_code, reply.headers["content-range"]) == (200, "0-3/4")
    assert reply.text.splitlines() == ["title,count", "Moby Dick,1", "Sea-Fever,1", "Smilla,1", "The Waves,1"]
    assert len(library.get("books?select=title,count()", "ann").json()) == 2


def test_python_code_asks_too(readable: Library):
    ann, title = readable.as_("ann"), Embed("shelf", None, (Column("title", "place"),), spread=True)
    found = ann.groups(models.Book, Function("sum", "price"), Function("avg", "pages"), title, order=[Order("place", True)])
    assert found == [
        {"sum": Decimal("21.50"), "avg": 320.0, "place": "Sea"},
        {"sum": Decimal("9.00"), "avg": 453.0, "place": "Ice"},
    ]
    seen = readable.as_("cid").groups(models.Book, Function("month", "seen_at"), Function("count"), title="Fahrenheit 451")
    assert seen == [{"month": date(2026, 1, 1), "count": 1}]
    (lent,) = ann.groups(models.Book, Function("max", "pages"), where=[Condition("lent", "eq", True)])
    assert lent == {"max": 1}


def test_what_is_hidden_changes_no_aggregate(open_with: Open):
    """Two databases that differ in nothing but what Ann may not see give her the same answers, refusals included."""
    one, other = open_with(), open_with()
    system = other.as_("system")
    (fire,) = system.all(models.Shelf, title="Fire")
    system.update(models.Book, {"diary": "changed", "cost": "99.99", "whisper": "other"}, title="Sea-Fever")
    system.update(models.Book, {"cost": None, "whisper": None}, title="Moby Dick")
    system.update(models.Book, {"pages": 7, "price": "1.00", "lent": True}, shelf=fire)
    system.update(models.Shelf, {"title": "Water"}, title="Fire")
    for number in range(3):
        system.create(models.Book, shelf=fire, title=f"New {number}", pages=number + 1)
    assert one.get("books?select=count(),p:pages.sum()", "ann").json() == [{"count": 4, "p": 1413}]
    chance, answered = random.Random(1), 0
    functions = ("count", "sum", "avg", "min", "max", "median", "p90", "stddev", "variance", "month")
    fields = ("pages", "price", "diary", "diary", "cost", "whisper", "title", "lent", "seen_at", "created_at", "wisper")
    for _ in range(300):
        made = [f"a{number}:{chance.choice(fields)}.{chance.choice(functions)}()" for number in range(chance.randint(0, 2))]
        made += chance.sample(
            ("n:count()", "lent", "diary", "cost", "...shelf(place:title)", "shelf(title)"), chance.randint(1, 2)
        )
        pairs = [f"{chance.choice(fields)}={chance.choice(('is.null', 'not.is.null', 'gt.5', 'eq.changed'))}"]
        pairs += [f"order={chance.choice(('a0', 'diary', 'cost', 'count.desc', 'shelf(title)'))}"]
        path = "&".join([f"books?select={','.join(made)},count", *chance.sample(pairs, chance.randint(0, 2))])
        if chance.random() < 0.3:
            path = f"shelves?select=title,books({','.join(made)})"
        replies = [library.get(path, "ann", prefer="count=exact") for library in (one, other)]
        first, second = [(each.status_code, each.text, each.headers.get("content-range")) for each in replies]
        assert first == second, path
        answered += replies[0].status_code == 200
    assert answered > 60


@pytest.mark.parametrize("prefer", ["return=representation", "return=minimal"])
def test_a_change_shows_no_aggregates(library: Library, prefer: str):
    reply = library.patch("books?select=count()&lent=is.true", "ann", json={"pages": 2}, prefer=prefer)
    assert (reply.status_code, reply.json()["code"]) == (400, "42803")
    reply = library.post("genres?select=name,count()", "lib", json={"code": "x", "name": "X"}, prefer="return=representation")
    assert (reply.status_code, reply.json()["code"]) == (400, "42803")
    assert library.get("genres?code=eq.x").json() == []
