"""Records in every format, over HTTP: what is read back is what was written."""

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.rest.conftest import Library, Open

ENGINES = ("sqlite", "postgresql", "mariadb")

CSV, NDJSON, FORM = "text/csv", "application/x-ndjson", "application/x-www-form-urlencoded"
FIELDS = (
    "shelf_id,title,pages,weight,price,lent,colour,published,seen_at,code,slug,mail,site,notes,extra,tags"  # what ann may write
)
EACH_KIND: dict[str, Any] = {
    "shelf_id": 1,
    "title": "Nights, \"days\"\nand 'tides'",
    "pages": 635,
    "weight": 1.5e-7,
    "price": 12345678.90,
    "lent": True,
    "colour": "blue",
    "published": "1851-10-18",
    "seen_at": "2026-01-02T03:04:05.000006+00:00",
    "code": "0191e3f2-7b7a-7c3e-8a51-3d1f0f1b2c3d",
    "slug": "moby-dick",
    "mail": "ann@example.org",
    "site": "https://example.org/?a=1&b=<2>",
    "notes": " \t spaces and\r\nlines ",
    "extra": {"deep": [1, 2.5, None, "ä", {"-": "="}]},
    "tags": ["a,b", "", "=1"],
}
NOTHING = {name: None for name in EACH_KIND if name not in {"shelf_id", "title", "lent", "tags"}}
EMPTY = {**NOTHING, "shelf_id": 1, "title": "", "lent": False, "notes": "", "tags": [], "extra": "null"}
ROWS = [EACH_KIND, {**NOTHING, "shelf_id": 1, "title": "NULL", "lent": False, "tags": ["x"]}, EMPTY]


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


@pytest.fixture
def filled(library: Library) -> Library:
    """The library with records of every kind of field, full and empty, and no others."""
    assert library.delete("books?id=not.is.null", "ann").status_code == 204
    assert library.post("books", "ann", json=ROWS).status_code == 201
    return library


def read(library: Library, accept: str = "application/json") -> str:
    reply = library.get(f"books?select={FIELDS}&order=id", "ann", accept=accept)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == f"{accept}; charset=utf-8"
    return reply.content.decode()


@pytest.mark.parametrize("media", [CSV, NDJSON, "application/json"])
def test_what_was_read_can_be_written_and_is_the_same(filled: Library, media: str):
    whole, before = read(filled), read(filled, media)
    assert filled.delete("books?shelf_id=eq.1", "ann").status_code == 204
    made = filled.post("books", "ann", content=before.encode(), headers={"content-type": media})
    assert made.status_code == 201, made.text
    assert read(filled, media) == before
    assert exact(read(filled)) == exact(whole)


@pytest.mark.parametrize("media", [CSV, NDJSON, "application/json", "application/xml"])
def test_an_export_that_is_imported_changes_nothing(library: Library, media: str):
    assert library.post("genres", "lib", json=[{"code": "=1", "name": "'-"}, {"code": "void", "name": ""}]).status_code == 201
    before = library.get("genres?select=code,name&order=code", "lib", accept=media).content
    headers, prefer = {"content-type": media}, "resolution=merge-duplicates"
    done = library.post("genres", "lib", content=before, headers=headers, prefer=prefer)
    assert done.status_code in {200, 201}, done.text
    assert library.get("genres?select=code,name&order=code", "lib", accept=media).content == before


def test_a_csv_is_read_by_other_programs(filled: Library):
    header, first, second, third = csv.reader(io.StringIO(read(filled, CSV), newline=""))
    assert header == FIELDS.split(",")
    shown = dict(zip(header, first, strict=True))
    assert shown["title"] == EACH_KIND["title"]
    assert (shown["price"], shown["lent"], json.loads(shown["extra"])) == ("12345678.90", "true", EACH_KIND["extra"])
    assert dict(zip(header, second, strict=True))["title"] == "NULL"
    assert dict(zip(header, third, strict=True))["notes"] == ""


def test_ndjson_is_one_record_a_line(filled: Library):
    assert [exact(line) for line in read(filled, NDJSON).splitlines()] == exact(read(filled))


FORMULAS = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''@", "'", "'x", "x=", "NULL", "", " ", '"', "\ufeffx"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_csv_becomes_a_formula(library: Library, text: str):
    library.delete("remarks?author_id=not.is.null", "ann")
    assert library.post("remarks", "ann", json={"text": text}).status_code == 201
    out = library.get("remarks?select=text&author_id=not.is.null&public=is.false", "ann", accept=CSV).content
    ((_,), (cell,)) = csv.reader(io.StringIO(out.decode(), newline=""))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert library.delete("remarks?public=is.false", "ann").status_code == 204
    back = library.post("remarks", "ann", content=out, headers={"content-type": CSV}, prefer="return=representation")
    assert [each["text"] for each in back.json()] == [text]


def test_numbers_below_zero_stay_numbers_in_a_csv(library: Library):
    assert library.post("ledgers", "lib", content=b"amount,limit\n-1.50,-7\n", headers={"content-type": CSV}).status_code == 201
    reply = library.get("ledgers?select=amount,limit&limit=1&order=id.desc", "lib", accept=CSV)
    assert reply.text == "amount,limit\r\n-1.50,-7\r\n"


def test_the_header_of_a_csv_is_guarded_too(readable: Library):
    assert readable.get('genres?select="=x":name&limit=1', "ann", accept=CSV).text.startswith("'=x\r\n")


def test_what_is_hidden_is_an_empty_cell(readable: Library):
    text = readable.get("books?select=title,diary&order=id&limit=3", "bob", accept=CSV).text
    assert text == "title,diary\r\nMoby Dick,\r\nThe Waves,\r\nSea-Fever,short\r\n"


def test_embeds_and_files_are_json_in_a_csv(readable: Library):
    rows = list(csv.DictReader(io.StringIO(readable.get("shelves?select=title,books(title)&id=eq.2", "ann", accept=CSV).text)))
    assert rows == [{"title": "Ice", "books": '[{"title":"Smilla"}]'}]


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=50)


@pytest.mark.parametrize("media", [CSV, NDJSON])
def test_any_text_comes_back(open_with: Open, media: str):
    library = open_with()

    @settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(values=st.lists(st.tuples(texts, st.none() | texts, st.lists(texts, max_size=3)), min_size=1, max_size=5))
    def round_trip(values: list[tuple[str, str | None, list[str]]]) -> None:
        library.delete("books?shelf_id=eq.1", "ann")
        rows = [{"shelf_id": 1, "title": title, "notes": notes, "tags": tags} for title, notes, tags in values]
        assert library.post("books", "ann", json=rows).status_code == 201
        out = library.get("books?select=shelf_id,title,notes,tags&shelf_id=eq.1&order=id", "ann", accept=media).content
        library.delete("books?shelf_id=eq.1", "ann")
        assert library.post("books", "ann", content=out, headers={"content-type": media}).status_code == 201
        back = library.get("books?select=shelf_id,title,notes,tags&shelf_id=eq.1&order=id", "ann").json()
        assert back == rows

    round_trip()


def test_a_form_is_one_record(library: Library):
    form = {"shelf": "1", "title": "A form", "pages": "", "price": "1.50", "tags": '["a"]', "genres": '["novel"]'}
    made = library.post("books", "ann", data=form, prefer="return=representation", params={"select": "title,pages,price,tags"})
    assert made.json() == [{"title": "A form", "pages": None, "price": 1.5, "tags": ["a"]}]
    changed = library.patch("books?title=eq.A form", "ann", data={"title": "Changed"})
    assert changed.status_code == 204


def test_columns_choose_of_each_format(library: Library):
    bodies = {CSV: b"text,public\nseen,true\n", NDJSON: b'{"text":"seen","public":true}\n', FORM: b"text=seen&public=true"}
    for media, body in bodies.items():
        made = library.post(
            "remarks?columns=text", "ann", content=body, headers={"content-type": media}, prefer="return=representation"
        )
        assert [(each["text"], each["public"]) for each in made.json()] == [("seen", False)]


def test_a_change_takes_one_record_of_each_format(library: Library):
    for media, body in ((CSV, b"text\nnew\n"), (NDJSON, b'{"text":"new"}\n'), (FORM, b"text=new")):
        options = {
            "headers": {"content-type": media},
            "prefer": "return=representation",
            "params": {"text": "eq.mine", "select": "text"},
        }
        assert library.patch("remarks", "ann", content=body, **options).json() == [{"text": "new"}]
        assert library.patch("remarks?text=eq.new", "ann", json={"text": "mine"}).status_code == 204
    two = library.patch("remarks?text=eq.mine", "ann", content=b"text\na\nb\n", headers={"content-type": CSV})
    assert (two.status_code, two.json()["code"]) == (400, "PGRST102")


def test_changes_are_answered_in_the_format_that_was_asked_for(library: Library):
    options = {"prefer": "return=representation", "accept": CSV, "params": {"select": "text"}}
    assert library.post("remarks", "ann", json=[{"text": "one"}, {"text": "two"}], **options).text == "text\r\none\r\ntwo\r\n"
    options = {"prefer": "return=representation", "accept": NDJSON, "params": {"select": "text", "text": "eq.two"}}
    assert library.patch("remarks", "ann", json={"text": "three"}, **options).text == '{"text":"three"}\n'


REFUSED = [
    (CSV, b"", "PGRST102"),
    (CSV, b"text\na,b\n", "PGRST102"),
    (CSV, b"text,text\na,b\n", "PGRST102"),
    (CSV, b'text\n"a\n', "PGRST102"),
    (CSV, b'text\na"b\n', "PGRST102"),
    (CSV, b"text,\na,b\n", "PGRST102"),
    (CSV, b"text\n\xff\n", "PGRST102"),
    (CSV, b"text\na\0\n", "22P02"),
    (CSV, b"text\n\n\n,\n", "PGRST102"),
    (CSV, b"text,public\n,perhaps\n", "23502"),
    (NDJSON, b"[]\n", "PGRST102"),
    (NDJSON, b'{"text":"a"}\n{"text":\n', "PGRST102"),
    (NDJSON, b'{"text":"a"}\n1\n', "PGRST102"),
    (FORM, b"text=%ff", "PGRST102"),
    (FORM, b"&".join(b"a=" for _ in range(1_001)), "PGRST102"),
    (FORM, b"text=a&text=b", "42701"),
]


@pytest.mark.parametrize(("media", "body", "code"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_read_is_refused(library: Library, media: str, body: bytes, code: str):
    reply = library.post("remarks", "ann", content=body, headers={"content-type": media})
    assert (reply.status_code, reply.json()["code"]) == (400, code), reply.text
    assert len(library.names("remarks", "ann", "text")) == 2


def test_an_endless_quote_is_refused_quickly(library: Library):
    for body in (b'a\n"' + b'""' * 400_000, b'a\n"' + b"x" * 900_000, b"a\n" + b'""' * 400_000 + b'"'):
        reply = library.post("remarks", "ann", content=body, headers={"content-type": CSV})
        assert (reply.status_code, reply.json()["code"]) in {(400, "PGRST102"), (400, "PGRST204")}
        assert reply.elapsed.total_seconds() < 1


def test_another_charset_is_refused(library: Library):
    for media in (CSV, NDJSON, FORM, "application/json"):
        reply = library.post("remarks", "ann", content=b"text\na\n", headers={"content-type": f"{media}; charset=latin1"})
        assert (reply.status_code, reply.json()["code"]) == (415, "PGRST107")


def test_numbers_as_text(readable: Library):
    path = "books?select=id,pages,weight,price,lent,shelf(id,books(version))&id=eq.1&numbers=text"
    assert readable.get(path, "ann").json() == [
        {
            "id": "1",
            "pages": "635",
            "weight": None,
            "price": "12.50",
            "lent": False,
            "shelf": {"id": "1", "books": [{"version": "1"}] * 3},
        }
    ]
    assert readable.get("books?select=id,price&id=eq.1&numbers=text", "ann", accept=NDJSON).text == '{"id":"1","price":"12.50"}\n'
    assert readable.get("books?numbers=words", "ann").json()["code"] == "PGRST100"


NEGOTIATED = [
    ("text/csv", CSV),
    ("text/csv;q=0.1, application/x-ndjson", NDJSON),
    ("text/*", "text/xml"),
    ("application/*", "application/json"),
    ("application/json, text/csv", "application/json"),
    ("text/csv, */*", CSV),
    ("text/csv, application/json;q=0.9", CSV),
    ("text/csv;q=0, */*", "application/json"),
    ("application/problem+json", "application/json"),
    ("TEXT/CSV", CSV),
]


@pytest.mark.parametrize(("accept", "media"), NEGOTIATED)
def test_the_best_of_what_is_accepted_is_given(readable: Library, accept: str, media: str):
    reply = readable.get("genres", accept=accept)
    assert (reply.status_code, reply.headers["content-type"]) == (200, f"{media}; charset=utf-8")


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "application/json;q=0, image/*"])
def test_what_cannot_be_given_names_what_can(readable: Library, accept: str):
    reply = readable.get("genres", accept=accept)
    assert (reply.status_code, reply.json()["code"]) == (406, "PGRST107")
    assert "text/csv" in reply.json()["hint"]


# -- what is spread --------------------------------------------------------------------------------------------------------------

SPREAD = "books?select=title,...shelf(place:title,...keeper(keeper:name)),...genres(code)&id=in.(1,3)"


def test_what_is_spread_has_its_columns(readable: Library):
    assert readable.get(SPREAD, "ann", accept="text/csv").text == (
        'title,place,keeper,code\r\nMoby Dick,Sea,Bob,"[""novel""]"\r\nSea-Fever,Sea,Bob,"[""play"",""poem""]"\r\n'
    )


def test_what_is_spread_has_its_elements(readable: Library):
    text = readable.get(SPREAD, "ann", accept="application/xml").text
    assert "<place>Sea</place><keeper>Bob</keeper><code><item>play</item><item>poem</item></code>" in text
    nothing = readable.get("books?select=...reader(by:name,shelves:email)&id=eq.1", "ann", accept="application/xml").text
    assert '<by xsi:nil="true"/><shelves xsi:nil="true"/>' in nothing


def test_numbers_that_are_spread_are_text_too(readable: Library):
    path = "shelves?select=id,...books(id_of:id,pages,genres(code)),...parent(up:id,children(id))&id=in.(1,2)&numbers=text"
    assert readable.get(path, "ann").json() == [
        {
            "id": "1",
            "id_of": ["1", "2", "3"],
            "pages": ["635", "324", "1"],
            "genres": [[{"code": "novel"}], [], [{"code": "play"}, {"code": "poem"}]],
            "up": None,
            "children": None,
        },
        {"id": "2", "id_of": ["4"], "pages": ["453"], "genres": [[]], "up": "1", "children": [{"id": "2"}]},
    ]


@pytest.mark.parametrize(
    ("media", "found"),
    [
        ("application/vnd.pgrst.array+json;nulls=stripped", [{"title": "Moby Dick", "price": 12.5, "shelf": {"id": 1}}]),
        ("application/vnd.pgrst.object+json; nulls=stripped", {"title": "Moby Dick", "price": 12.5, "shelf": {"id": 1}}),
    ],
)
def test_what_is_null_is_left_out_where_that_is_asked_for(readable: Library, media: str, found: Any):
    path = "books?select=title,price,published,shelf(id,parent_id),reader(name)&id=eq.1"
    reply = readable.get(path, "ann", accept=media)
    assert reply.json() == found
    assert reply.headers["content-type"] == f"{media.replace(' ', '')}; charset=utf-8"
    assert readable.get(f"{path}&numbers=text", "ann", accept=media).text.count('"12.50"') == 1
