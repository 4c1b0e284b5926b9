"""Valid requests, and what becomes of them when they are changed at random places: for test_mutations.py."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

Headers = tuple[tuple[bytes, bytes], ...]
PEOPLE = ("ann", "bob", "tim", "lib", "adm", "key", "")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as it goes over the line."""

    method: str
    path: str
    query: bytes
    headers: Headers
    body: bytes
    who: str


def asked(method: str, path: str, body: bytes = b"", who: str = "ann", **headers: str) -> Asked:
    path, _, query = path.partition("?")
    raw = tuple((name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items())
    return Asked(method, path, quote(query, "=&(),.*:!\"{}[]%'<>+@/-").encode(), raw, body, who)


QUESTIONS = (
    "books?select=title,pages&title=eq.Smilla",
    "books?select=*,shelf(title,owner(name)),genres(*)&pages=gt.100&order=title.desc.nullslast,id&limit=10&offset=1",
    "books?select=name:title,...shelf(place:title)&or=(pages.gt.5,and(lent.is.true,not.or(id.eq.1,id.in.(2,3))))",
    "shelves?select=title,books!inner(title,pages)&books.pages=gte.10&books.order=pages.desc&books.limit=2&order=id",
    "shelves?select=title,books(title,genres(name),reader(name))&books.or=(lent.is.true,price.gt.9.50)&books.offset=1",
    "shelves?select=title,children(title),parent(title,parent(title)),friends(name),keeper(name)",
    "books?tags=cs.{snow,ice}&title=ilike(any).{*a*,s*}&price=not.isdistinct.9",
    "books?published=gte.1900-01-01&seen_at=lt.2030-01-01T00:00:00Z&code=is.null&numbers=text",
    "books?id=in.(1,2,3)&weight=lte.1.5e3&extra=not.is.null&colour=eq.blue&not.and=(id.gt.1,id.lt.4)",
    "books?select=title&order=shelf(title).desc,title.asc.nullsfirst&shelf.title=eq.Sea&select=title,shelf(title)",
    "loans?desk=eq.1&number=eq.2",
    "users?select=id,name&name=like.A*",
    "genres?code=eq.novel",
    "remarks?public=is.true&text=fts.all",
    "books?diary=not.is.null&reader_id=eq.00000000-0000-0000-0000-000000000001",
    "books?extra->cold->>0=eq.1&select=title,extra->cold",
    "shelves?select=title,books(count(),pages.avg(),pages.max())",
    "books?title=match.^S&notes=imatch.sea",
    "books?select=id,title&order=id&after=eyJpZCI6MX0",
    "books?select=title&or=(title.fts.sea,notes.plfts.moby dick)&diary=not.wfts.slow -short",
    "genres?name=phfts.novel&select=code,name::text",
    "cards?select=name,label,more,dear&dear=is.true&label=like.C*&order=more.desc",
    "shelves?select=title,thickest(title,pages),noted(title,equals(title))&noted.pages=gt.5&noted.limit=2",
    "books?select=shelf_id,count(),price.sum(),pages.median(),weight.p90(),...shelf(title)&order=count.desc",
    "books?select=created_at.month(),seen_at.week(),pages.sum()::text,n:count()&lent=is.false",
)
ACCEPTED = (
    "application/json",
    "text/csv",
    "application/xml",
    "application/x-ndjson",
    "application/vnd.pgrst.object+json",
    "application/vnd.pgrst.array+json;nulls=stripped",
    "application/problem+json",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
)
PARTS = b"--line"
FORM = b"""--line\r
Content-Disposition: form-data; name="title"\r
\r
New\r
--line\r
Content-Disposition: form-data; name="shelf_id"\r
\r
1\r
--line\r
Content-Disposition: form-data; name="scan"; filename="a.txt"\r
Content-Type: text/plain\r
\r
hello\r
--line--\r
"""
CHANGES = (
    asked(
        "POST",
        "books?select=id,title,shelf(title)",
        b'{"title": "New", "shelf_id": 1, "pages": 12, "price": 9.50, "tags": ["a", "b"], "extra": {"a": [1, {"b": null}]}, '
        b'"published": "2020-02-29", "seen_at": "2026-01-02T03:04:05Z", "genres": ["novel"], "weight": 1e3, "colour": "red"}',
        content_type="application/json",
        prefer="return=representation",
    ),
    asked(
        "POST",
        "books?columns=title,shelf_id",
        b'[{"title": "a", "shelf_id": 1}, {"title": "b", "shelf_id": 1}]',
        content_type="application/json; charset=utf-8",
        prefer="missing=default, count=exact",
    ),
    asked(
        "POST",
        "shelves?on_conflict=title",
        b'[{"title": "Sea"}, {"title": "Lake", "friends": ["00000000-0000-0000-0000-000000000002"]}]',
        content_type="application/json",
        prefer="resolution=merge-duplicates",
    ),
    asked("POST", "books", b'title,shelf_id,pages,tags\nNew,1,7,"[""a""]"\nOther,1,,[]\n', content_type="text/csv"),
    asked(
        "POST",
        "books",
        b'<?xml version="1.0" encoding="UTF-8"?><books><book><title>New</title><shelf_id>1</shelf_id><tags><tag>a</tag></tags>'
        b'<pages xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/></book></books>',
        content_type="application/xml",
    ),
    asked(
        "POST", "books", b'{"title": "New", "shelf_id": 1}\n{"title": "b", "shelf_id": 1}\n', content_type="application/x-ndjson"
    ),
    asked("POST", "books", b"title=New&shelf_id=1&pages=7", content_type="application/x-www-form-urlencoded"),
    asked("POST", "books", FORM, content_type="multipart/form-data; boundary=line"),
    asked("PATCH", "books?id=eq.1&select=title", b'{"title": "Changed", "pages": 5}', prefer="return=representation"),
    asked("PATCH", "books?pages=gt.5&order=id&limit=2", b"<book><title>x</title></book>", content_type="text/xml"),
    asked("PATCH", "books?id=eq.1", FORM, content_type="multipart/form-data; boundary=line"),
    asked("PUT", "genres?code=eq.saga", b'{"name": "Saga"}', who="lib", content_type="application/json"),
    asked("PUT", "loans?desk=eq.4&number=eq.5", b"note=hello", content_type="application/x-www-form-urlencoded"),
    asked(
        "POST",
        "shelves?select=title,books(title,genres(name))&books.order=title.desc",
        b'{"title": "Whole", "friends": ["00000000-0000-0000-0000-000000000002"], "books": [{"title": "a", "genres": ["novel"]}, '
        b'{"title": "b", "pages": 3}]}',
        prefer="return=representation, tx=rollback",
    ),
    asked("PATCH", "books?id=eq.1&select=pages,price", b'{"pages": {"$inc": -1, "$min": 1}, "price": {"$inc": 0.5, "$max": 99}}'),
    asked("PATCH", "books?id=eq.1", b'{"title": "Tagged"}', if_match="*", prefer="return=minimal"),
    asked("DELETE", "books?id=eq.3&select=title", prefer="return=representation, handling=strict, max-affected=5"),
    asked("DELETE", "remarks?or=(text.eq.mine,id.eq.9)"),
    asked(
        "POST",
        "",
        b'[{"method": "POST", "path": "shelves", "body": {"title": "Pond"}}, {"method": "POST", "path": "books", "body": '
        b'{"title": "x", "shelf_id": {"$ref": "/0/id"}}}, {"method": "PATCH", "path": "books?id=eq.1", "body": {"pages": 3}, '
        b'"prefer": "return=representation"}, {"method": "DELETE", "path": "books?id=eq.2"}]',
        content_type="application/json",
    ),
)
CORPUS = (
    *(
        asked("GET", question, accept=ACCEPTED[number % len(ACCEPTED)], prefer="count=exact", range="0-9")
        for number, question in enumerate(QUESTIONS)
    ),
    *(asked("GET", question) for question in QUESTIONS),
    *CHANGES,
)

NUMBERS = (b"0", b"-1", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"1e308", b"1e400", b"1e-400")
NUMBERS = (*NUMBERS, b"9" * 400, b"0.1", b"1." + b"0" * 300, b"NaN", b"Infinity", b"-0", b"1_000", "٣".encode(), b"0x10", b" 1")
CHARACTERS = (b"\x00", b"%00", b"%ED%A0%80", b"\xed\xa0\x80", b"\\ud800", b"\xff", b"%FF", b"%", b"%2", b"\\u0000", b"&#0;")
CHARACTERS = (*CHARACTERS, b"\xef\xbb\xbf", "\u202e".encode(), "\U0001f40b".encode(), b"\\", b'"', b"'", b"\r\n", b"\t", b"+")
MARKS = tuple(b"( ) , . : ! { } [ ] * = & ? ; - ; < > / -> ->> :: ... () (any) | @ $ #".split(b" "))
WORDS = tuple(
    b"id title pages shelf books genres shelf_id owner owner_id friends whisper cost extra tags diary cover scan nothing "
    b"not and or eq neq in is like ilike cs cd ov fts plfts wfts match isdistinct null true false select order limit offset "
    b"columns on_conflict numbers inner left asc desc nullsfirst nullslast count sum avg min max after any all text "
    b"label equals noted $inc $min".split(b" ")
)
WHOLE = (
    b"2026-13-45",
    b"9999-12-31T23:59:60Z",
    b"0000-00-00",
    b"[" * 600,
    b"((((((((((((((((((((((((((((((",
    b"or=" + b"(or" * 25 + b"(id.eq.1" + b")" * 26,
    b"not.and=" + b"(not.or" * 12 + b"(id.eq.1,id.eq.2" + b")" * 13,
    b"select=" + b"shelf(books(" * 12 + b"id" + b"))" * 12,
    b"select=" + b",".join(b"a%d:shelf(title)" % number for number in range(30)),
    b"id=in.(" + b",".join(b"%d" % number for number in range(1200)) + b")",
    b"title=like." + b"*a" * 200 + b"b",
    b"title=match.(a*)*(a|aa)%2B$",
    b'{"a":' * 300 + b"1" + b"}" * 300,
    b"<a>" * 300,
    b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
)
TOKENS = (*NUMBERS, *CHARACTERS, *MARKS, *WORDS, *WORDS, *WHOLE)
PREFERENCES = (
    *("return=representation", "return=headers-only", "return=minimal", "count=exact", "count=planned", "missing=default"),
    *("resolution=merge-duplicates", "resolution=ignore-duplicates", "tx=rollback", "handling=strict", "max-affected=1"),
    *("max-affected=99999999999999999999", "count=", "return", ",,", "foo=bar", "\x7f\xff", "timezone=UTC"),
)
RANGES = ("0-9", "9-0", "5-", "-5", "items=0-1", "bytes=0-1", "999999999999999999-", "0-99999999999999999999", "a-b", "\xe9")
TYPES = (
    *("application/json", "application/json; charset=latin-1", "application/json;charset=utf-16", "text/csv", "text/xml"),
    *("application/xml; charset=ISO-8859-1", "application/x-ndjson", "application/x-www-form-urlencoded", "image/png"),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary=line",
        'multipart/form-data; boundary=""',
        "",
        "\xff",
        "a/b; charset",
    ),
)
TAGS = ("*", '"1.00000000"', 'W/"1.abcdef01"', '"1", "2"', "1", "", '"\xff"')
PROFILES = ("public", "private", "", "\xff", "pg_catalog")


def cut(chance: random.Random, text: bytes) -> bytes:
    start = chance.randrange(len(text) + 1)
    return text[:start] + text[start + chance.randint(1, 8) :]


def put(chance: random.Random, text: bytes) -> bytes:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(TOKENS) + text[at:]


def swap(chance: random.Random, text: bytes) -> bytes:
    """One word or number for another, mostly of the same kind."""
    spans = _words(text)
    if not spans:
        return put(chance, text)
    start, end = chance.choice(spans)
    alike = NUMBERS if text[start:end].isdigit() else WORDS
    return text[:start] + chance.choice(alike if chance.random() < 0.7 else TOKENS) + text[end:]


def flip(chance: random.Random, text: bytes) -> bytes:
    if not text:
        return put(chance, text)
    at = chance.randrange(len(text))
    return text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]


def double(chance: random.Random, text: bytes) -> bytes:
    start = chance.randrange(len(text) + 1)
    piece = text[start : start + chance.randint(1, 30)]
    return text[:start] + piece * chance.choice((2, 2, 3, 60)) + text[start:]


def _words(text: bytes) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = None
    for at, byte in enumerate(text + b"&"):
        inside = bytes([byte]).isalnum() or byte == ord("_")
        if inside and start is None:
            start = at
        elif not inside and start is not None:
            spans.append((start, at))
            start = None
    return spans


def join(chance: random.Random, text: bytes) -> bytes:
    """The beginning of one request with the end of another."""
    other = chance.choice(CORPUS)
    foreign = other.body if text[:1] in b"{[<" and other.body else other.query
    return text[: chance.randrange(len(text) + 1)] + foreign[chance.randrange(len(foreign) + 1) :]


MUTATORS: Sequence[Callable[[random.Random, bytes], bytes]] = (cut, put, put, swap, swap, swap, flip, double, join)


def mutate(chance: random.Random, request: Asked) -> Asked:
    """The request with one to three changes, most of them where a parser reads."""
    request = replace(request, who=chance.choice(PEOPLE) if chance.random() < 0.3 else request.who)
    for _ in range(chance.choice((1, 1, 2, 3))):
        place = chance.random()
        if place < 0.15:
            request = replace(request, headers=_headers(chance, request.headers))
        elif place < 0.18:
            request = replace(request, method=chance.choice(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")))
        elif request.body and place < 0.65:
            request = replace(request, body=chance.choice(MUTATORS)(chance, request.body))
        else:
            request = replace(request, query=chance.choice(MUTATORS)(chance, request.query))
    return request


def _headers(chance: random.Random, headers: Headers) -> Headers:
    name, values = chance.choice(
        (
            ("prefer", PREFERENCES),
            ("prefer", PREFERENCES),
            ("range", RANGES),
            ("accept", ACCEPTED),
            ("content-type", TYPES),
            ("accept-profile", PROFILES),
            ("content-profile", PROFILES),
            ("if-match", TAGS),
            ("if-none-match", TAGS),
        )
    )
    value = chance.choice(values)
    if name == "prefer" and chance.random() < 0.5:
        value = f"{value},{chance.choice(values)}"
    raw = value.encode("latin-1")
    if chance.random() < 0.1:
        raw = chance.choice(MUTATORS)(chance, raw).translate(None, b"\r\n\x00")
    kept = tuple(each for each in headers if each[0] != name.encode())
    return (*kept, (name.encode(), raw))
