"""Whatever is sent, the answer is one of the API's own: nothing breaks, and nothing is stored of what is refused.

The fixture fails a test in which anything escaped that nobody raised on purpose.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.rest.conftest import Library, Template, close_copy, open_copy
from tests.servers import Databases

ENGINES = ("sqlite", "postgresql", "mariadb")

ANSWERED = {200, 201, 204, 206, 400, 401, 403, 404, 405, 406, 409, 413, 415, 416}
TABLES = st.sampled_from(["books", "shelves", "loans", "remarks", "genres", "users", "pictures", "ledgers"])
PEOPLE = st.sampled_from(["ann", "bob", "tim", "lib", "adm", "key", ""])
FIELDS = st.sampled_from(
    [
        *(
            "id",
            "title",
            "pages",
            "weight",
            "price",
            "lent",
            "colour",
            "published",
            "seen_at",
            "code",
            "slug",
            "mail",
            "site",
            "notes",
        ),
        *(
            "extra",
            "tags",
            "cover",
            "scan",
            "cost",
            "reader",
            "reader_id",
            "diary",
            "whisper",
            "genres",
            "shelf",
            "shelf_id",
            "owner",
        ),
        *(
            "friends",
            "parent",
            "books",
            "text",
            "public",
            "desk",
            "number",
            "version",
            "created_at",
            "roles",
            "name",
            "email",
            "staff",
        ),
    ]
)
ODD = st.sampled_from(
    [
        *(
            "",
            "\0",
            "a\0b",
            "'; drop table books; --",
            "1",
            "-1",
            "1e400",
            "NaN",
            "null",
            "true",
            "2026-02-30",
            "2026-01-01T00:00:00Z",
        ),
        *(
            "9999-12-31T23:59:59.999999-14:00",
            "0001-01-01T00:00:00+14:00",
            "x" * 300,
            "\U0001f40b",
            "00000000-0000-0000-0000-000000000001",
        ),
        *(
            "novel",
            "../../app.sqlite",
            "javascript:alert(1)",
            "ann@example.org",
            "ſ@example.org",
            "http://[::1",
            "http://a:99999/",
            "١٢",
        ),
    ]
)
NUMBERS = st.sampled_from([0, 1, -1, 2, 3, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.1, 1e308, 5e-324, -0.0, 1.005])
SCALARS = st.one_of(
    st.none(), st.booleans(), NUMBERS, st.integers(), st.floats(allow_nan=False, allow_infinity=False), ODD, st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)
ROWS = st.dictionaries(st.one_of(FIELDS, st.text(max_size=6)), VALUES, max_size=6)


@pytest.fixture(scope="module")
def worn(template: Template, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library that all tests of this module wear down together."""
    folder = tmp_path_factory.mktemp("hostile") / "data"
    library = open_copy(template, databases, folder)
    yield library
    close_copy(library, databases)


@given(
    table=TABLES, who=PEOPLE, body=st.one_of(ROWS, st.lists(ROWS, max_size=3), VALUES), method=st.sampled_from(["POST", "PATCH"])
)
@settings(max_examples=600, deadline=None)
@example(table="books", who="ann", body={"shelf": 1, "title": "x", "reader": {}}, method="POST")
@example(table="shelves", who="ann", body={"title": "x", "friends": [[]]}, method="POST")
def test_bodies(worn: Library, table: str, who: str, body: Any, method: str):
    query = "?version=gt.0" if method == "PATCH" else ""
    reply = worn.request(method, f"{table}{query}", who, json=body, prefer="return=representation")
    assert reply.status_code in ANSWERED, reply.text
    if reply.status_code < 300:
        json.loads(reply.content)


@given(
    table=TABLES,
    who=PEOPLE,
    fields=st.dictionaries(FIELDS, st.one_of(ODD, st.text(max_size=8)), max_size=5),
    file=FIELDS,
    content=st.binary(max_size=40),
)
@settings(max_examples=200, deadline=None)
def test_forms(worn: Library, table: str, who: str, fields: dict[str, str], file: str, content: bytes):
    reply = worn.post(table, who, data=fields, files={file: ("name", content, "image/png")})
    assert reply.status_code in ANSWERED, reply.text


CONDITIONS = st.builds(
    lambda name, negation, operator, value: f"{name}={negation}{operator}.{value}",
    st.one_of(FIELDS, st.sampled_from(["extra->a", "extra->>0", "extra->a->>-1", 'extra->"x y"', "tags->0", "title->>x"])),
    st.sampled_from(["", "not."]),
    st.sampled_from(["eq", "neq", "gt", "lte", "in", "is", "like", "ilike", "match", "imatch", "isdistinct", "cs", "cd", "ov"]),
    st.one_of(
        ODD,
        st.sampled_from(
            ["(1,2)", "()", '(a,"b")', "null", "true", "*a*", "\\", "[", "*" * 50, "{a}", '{"a":[1]}', "[[]]", "(a*)*b"]
        ),
        st.text(max_size=6),
    ),
)
SHOWN = st.sampled_from(
    [
        *(
            "select=*",
            "select=*,shelf(*)",
            "select=id,books(*,shelf(owner(*)))",
            "select=genres(*),reader(*)",
            "select=a:title,b:title",
        ),
        *(
            "select=friends(*),children(*),parent(*)",
            "select=books()",
            "select=*,*",
            "order=title.desc",
            "order=diary,extra,cover,tags",
        ),
        *("limit=3", "offset=1", "limit=0", "columns=title"),
        *(
            "select=count(),pages.sum(),price.avg()",
            "select=lent,diary,n:count(),m:title.max(),pages.median(),weight.p90(),price.stddev(),weight.variance()",
            "select=count,extra,tags,cover",
            "select=seen_at.week(),seen_at.hour(),published.quarter(),count()",
            "select=title,books(count(),pages.sum(),shelf(title)),...genres(code.min())",
            "select=...shelf(title.max(),...owner(count())),count()::text",
            "select=count().sum(),.sum(),sum(),a:.()",
            "select=id.sum(),version.avg(),extra->>0.max(),tags.count()::date",
            "order=n.desc,count,shelf(title)",
            "select=extra->a,b:extra->>0::int,pages::text,d:title::date",
            "order=extra->a.desc,extra->>0",
            "select=tags::text,lent::int",
        ),
    ]
)


@given(table=TABLES, who=PEOPLE, parts=st.lists(st.one_of(CONDITIONS, SHOWN), max_size=4, unique=True), count=st.booleans())
@settings(max_examples=600, deadline=None)
def test_questions(worn: Library, table: str, who: str, parts: list[str], count: bool):
    query = "&".join(quote(part, safe="=.,:*()") for part in parts)
    reply = worn.get(f"{table}?{query}", who, **({"prefer": "count=exact"} if count else {}))
    assert reply.status_code in ANSWERED, reply.text


HEADERS = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    st.lists(
        st.sampled_from(
            [
                ",",
                ";",
                "=",
                "return",
                "count",
                "exact",
                "minimal",
                "application/json",
                "*/*",
                "q=0",
                "0-",
                "items=",
                "-",
                "9" * 30,
                " ",
            ]
        ),
        max_size=6,
    ).map("".join),
)


@given(prefer=HEADERS, accept=HEADERS, range=HEADERS, media=HEADERS, tag=HEADERS)
@settings(max_examples=300, deadline=None)
def test_headers(worn: Library, prefer: str, accept: str, range: str, media: str, tag: str):
    words = {"prefer": prefer, "accept": accept, "range": range, "content-type": media, "if-none-match": tag}
    headers = {name: value.encode("latin-1") for name, value in words.items()}
    for method, path in (("GET", "books"), ("POST", "remarks"), ("HEAD", "books?id=eq.1")):
        reply = worn.request(method, path, "ann", headers=headers, content=b'{"text": "x"}' if method == "POST" else b"")
        assert reply.status_code in ANSWERED, reply.text


@given(header=HEADERS, key=HEADERS)
@settings(max_examples=200, deadline=None)
def test_credentials(worn: Library, header: str, key: str):
    for value in (header, f"Bearer {header}", f"Bearer {worn.tokens['ann']}{header}", "Bearer a.b.c"):
        reply = worn.get("books", headers={"authorization": value.encode("latin-1"), "apikey": key.encode("latin-1")})
        assert reply.status_code in {200, 401}, reply.text
        assert reply.status_code == 401 or value == f"Bearer {worn.tokens['ann']}" or reply.json() == []


PATHS = st.lists(
    st.one_of(
        st.sampled_from(
            ["books", "files", "1", "cover", "0" * 64, "..", ".", "%2e%2e", "%2f", "%00", "%ff", "x.png", "loans", "1,2", ""]
        ),
        st.text(max_size=4),
    ),
    max_size=7,
).map("/".join)


@given(path=PATHS, method=st.sampled_from(["GET", "HEAD", "POST", "DELETE", "OPTIONS"]), who=PEOPLE)
@settings(max_examples=400, deadline=None)
def test_paths(worn: Library, path: str, method: str, who: str):
    reply = worn.request(method, f"/rest/v1/{quote(path, safe='/%')}", who)
    assert reply.status_code in ANSWERED, reply.text
