"""XML as a full peer: valid against the published schema, everything comes back, and nothing hostile is read."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.rest.conftest import PEOPLE, Library, Open, picture
from tests.rest.test_formats import FIELDS, ROWS, exact

ENGINES = ("sqlite", "postgresql", "mariadb")

XML = "application/xml"
ONE = "application/vnd.pgrst.object+xml"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
START = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

Validate = Callable[[Library, str, bytes], None]


@pytest.fixture
def validate(tmp_path: Path) -> Validate:
    """Holds a document to the schema that somebody sees."""

    def check(library: Library, who: str, document: bytes) -> None:
        schema = library.get("schema.xsd", who)
        assert (schema.status_code, schema.headers["content-type"]) == (200, "application/xml; charset=utf-8")
        (tmp_path / "schema.xsd").write_bytes(schema.content)
        command = ["xmllint", "--noout", "--nonet", "--schema", str(tmp_path / "schema.xsd"), "-"]
        done = subprocess.run(command, input=document, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()[:2_000] + document.decode()[:2_000]

    return check


@pytest.fixture
def filled(library: Library) -> Library:
    """The library with records of every kind of field, full and empty, and no others."""
    assert library.delete("books?id=not.is.null", "ann").status_code == 204
    assert library.post("books", "ann", json=ROWS).status_code == 201
    return library


def send(library: Library, path: str, body: str | bytes, who: str = "ann", **options: Any) -> Any:
    content = body if isinstance(body, bytes) else body.encode()
    return library.post(path, who, content=content, headers={"content-type": XML}, **options)


def test_what_was_read_can_be_written_and_is_the_same(filled: Library, validate: Validate):
    path = f"books?select={FIELDS}&order=id"
    whole, before = filled.get(path, "ann").text, filled.get(path, "ann", accept=XML)
    assert (before.status_code, before.headers["content-type"]) == (200, "application/xml; charset=utf-8")
    validate(filled, "ann", before.content)
    assert filled.delete("books?shelf_id=eq.1", "ann").status_code == 204
    made = send(filled, "books", before.content)
    assert made.status_code == 201, made.text
    assert filled.get(path, "ann", accept=XML).content == before.content
    assert exact(filled.get(path, "ann").text) == exact(whole)


def test_the_form_of_a_page(readable: Library):
    assert readable.get("genres?select=code,name,icon&order=code&limit=2", "ann", accept=XML).text == (
        f'{START}<genres {SPACE}><genre><code>novel</code><name>Novel</name><icon xsi:nil="true"/></genre>'
        f'<genre><code>play</code><name>Play</name><icon xsi:nil="true"/></genre></genres>'
    )
    assert readable.get("genres?code=eq.none", "ann", accept=XML).text == f"{START}<genres {SPACE}></genres>"


def test_one_record_alone(readable: Library, validate: Validate):
    reply = readable.get("genres?select=name&code=eq.poem", "ann", accept=ONE)
    assert reply.text == f"{START}<genre {SPACE}><name>Poem</name></genre>"
    validate(readable, "ann", reply.content)
    assert readable.get("genres?select=name", "ann", accept=ONE).status_code == 406


QUESTIONS = [
    ("books", "ann"),
    ("books?select=*,shelf(*,owner(name),friends(name),children(title)),genres(*),reader(name)", "ann"),
    ("shelves?select=*,books(title,tags),parent(title),friends(id)", "bob"),
    ("loans", "tim"),
    ("ledgers", "lib"),
    ("vaults", "adm"),
    ("remarks", ""),
    ("sealed", "adm"),
    ("books?select=count(),pages.sum(),price.avg(),title.max(),seen_at.month()", "ann"),
    ("shelves?select=title,books(count(),pages.median(),lent),thickest(title)", "ann"),
    ("books?select=lent,tags.count(),notes.min(),published.year(),weight.stddev()&title=eq.none", "ann"),
]


@pytest.mark.parametrize(("path", "who"), QUESTIONS)
def test_answers_are_valid(readable: Library, validate: Validate, path: str, who: str):
    reply = readable.get(path, who, accept=XML)
    if reply.status_code == 404:
        assert path == "sealed"  # closed to everybody: the error is valid too
    validate(readable, who, reply.content)


def test_nulls_and_hidden_fields(readable: Library):
    books = ET.fromstring(readable.get("books?select=title,pages,diary&order=id&limit=3", "bob", accept=XML).content)
    assert [[child.tag for child in book] for book in books] == [["title", "pages"]] * 2 + [["title", "pages", "diary"]]
    found = ET.fromstring(readable.get("books?select=weight&limit=1", "ann", accept=XML).content).find("book/weight")
    assert found is not None
    assert (found.text, found.get(NIL)) == (None, "true")


def test_files_are_elements(library: Library, validate: Validate):
    form = {"shelf": "1", "title": "Seen"}
    made = library.post(
        "books", "ann", data=form, files={"cover": ("a & b.png", picture())}, prefer="return=representation", accept=XML
    )
    assert made.status_code == 201
    validate(library, "ann", made.content)
    cover = ET.fromstring(made.content).find("book/cover")
    assert cover is not None
    assert [part.tag for part in cover] == ["url", "name", "size", "type", "width", "height"]
    assert cover.findtext("name") == "a & b.png"


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=50)
controls = st.text(st.sampled_from("\x01\x08\x0b\x1f\x7f\x85\ufffe\uffff\r\n\t <>&\"'ä𝄞]"), max_size=10)


def test_any_text_comes_back(open_with: Open, validate: Validate):
    library = open_with()

    @settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(title=texts | controls, notes=st.none() | texts | controls, tags=st.lists(texts | controls, max_size=3))
    def round_trip(title: str, notes: str | None, tags: list[str]) -> None:
        library.delete("books?shelf_id=eq.1", "ann")
        row = {"shelf_id": 1, "title": title, "notes": notes, "tags": tags, "extra": {title: tags}}
        assert library.post("books", "ann", json=row).status_code == 201
        path = "books?select=shelf_id,title,notes,tags,extra&shelf_id=eq.1"
        out = library.get(path, "ann", accept=XML).content
        ET.fromstring(out)
        library.delete("books?shelf_id=eq.1", "ann")
        assert send(library, "books", out).status_code == 201
        assert library.get(path, "ann").json() == [row]

    round_trip()
    validate(library, "ann", library.get("books", "ann", accept=XML).content)


BODIES = [
    "<remark><text>one</text></remark>",
    "<remarks><remark><text>one</text></remark></remarks>",
    f"{START}<remarks {SPACE}>\n  <remark>\n    <text><![CDATA[one]]></text>\n  </remark>\n</remarks>\n",
    '<remark><text encoding="base64">b25l</text></remark>',
    "<remark><text>&#111;n&#x65;</text><!-- a remark --><?target data?></remark>",
    b"\xef\xbb\xbf<remark><text>one</text></remark>",
    "<remark><text>one</text></remark>".encode("utf-16"),  # which every reader of XML takes, by its byte-order mark
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_bodies(library: Library, body: str | bytes):
    assert [each["text"] for each in send(library, "remarks", body, prefer="return=representation").json()] == ["one"]


def test_null_empty_and_absent(library: Library):
    path = "books?id=eq.1&select=notes,tags,pages"
    options = {"headers": {"content-type": XML}, "prefer": "return=representation"}
    body = f'<book {SPACE}><notes></notes><tags/><pages xsi:nil="true"/></book>'
    assert library.patch(path, "ann", content=body, **options).json() == [{"notes": "", "tags": [], "pages": None}]
    body = f'<book {SPACE}><notes xsi:nil="1"/><tags><item></item><item>b</item></tags></book>'
    assert library.patch(path, "ann", content=body, **options).json() == [{"notes": None, "tags": ["", "b"], "pages": None}]


def test_many_to_many_fields_and_columns(library: Library):
    body = "<book><shelf>1</shelf><title>T</title><genres><item>novel</item><item>play</item></genres><pages>x</pages></book>"
    made = send(library, "books?columns=shelf,title,genres&select=genres(code)", body, prefer="return=representation")
    assert made.json() == [{"genres": [{"code": "novel"}, {"code": "play"}]}]
    shelf = "<shelf><title>With friends</title><friends><item>00000000-0000-0000-0000-000000000002</item></friends></shelf>"
    made = send(library, "shelves?select=friends(name)", shelf, prefer="return=representation")
    assert made.json() == [{"friends": [{"name": "Bob"}]}]


def test_a_table_and_its_record_called_alike(library: Library):
    for body in ("<sealed><sealed><word>a</word></sealed></sealed>", "<sealed><word>a</word></sealed>"):
        assert send(library, "sealed", body, "adm").status_code == 404  # the path is closed, whatever the body


REFUSED = [
    ("", "PGRST102"),
    ("<remark>", "PGRST102"),
    ("<remark/><remark/>", "PGRST102"),
    ("{}", "PGRST102"),
    ("<genre/>", "PGRST102"),
    ("<remarks><book/></remarks>", "PGRST102"),
    ("<remarks>text</remarks>", "PGRST102"),
    ("<remark>text</remark>", "PGRST102"),
    ("<remark><text>a<b/>c</text></remark>", "PGRST102"),
    ("<remark><text>a</text><text>b</text></remark>", "42701"),
    ("<remark><text>&#0;</text></remark>", "PGRST102"),
    ("<remark><text>\x01</text></remark>", "PGRST102"),
    ('<remark><text encoding="base64">AA==</text></remark>', "22P02"),
    ('<remark><text encoding="base64">?</text></remark>', "PGRST102"),
    ('<remark><text encoding="base64">/w==</text></remark>', "PGRST102"),
    ('<remark><text encoding="rot13">a</text></remark>', "PGRST102"),
    ('<remark id="1"><text>a</text></remark>', "PGRST102"),
    ('<remark xmlns="urn:x"><text>a</text></remark>', "PGRST102"),
    ('<?xml version="1.0" encoding="ISO-8859-1"?><remark><text>a</text></remark>', "PGRST102"),
    (b"<remark><text>\xff</text></remark>", "PGRST102"),
    ("<remark><text>&author;</text></remark>", "PGRST102"),
    ("<remark><texts>a</texts></remark>", "PGRST204"),
    (f'<remark {SPACE}><text xsi:nil="true"/></remark>', "23502"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_read_is_refused(library: Library, body: str | bytes, code: str):
    reply = send(library, "remarks", body)
    assert (reply.status_code, reply.json()["code"]) == (400, code), reply.text
    assert len(library.names("remarks", "ann", "text")) == 2


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "bomb": f'<!DOCTYPE r [<!ENTITY a0 "ha">{BOMB}]><remark><text>&a9;</text></remark>',
    "blow-up": f'<!DOCTYPE r [<!ENTITY a "{"x" * 100_000}">]><remark><text>{"&a;" * 10_000}</text></remark>',
    "external": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><remark><text>&a;</text></remark>',
    "parameter": '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x">%a;]><remark><text>a</text></remark>',
    "dtd": '<!DOCTYPE remark SYSTEM "http://127.0.0.1:9/x.dtd"><remark><text>a</text></remark>',
    "public": '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/x.dtd"><remark/>',
    "deep": "<a>" * 100_000,
    "deep-inside": "<remark><text>" + "<a>" * 100_000 + "</a>" * 100_000,
    "attribute": f'<remark a="{"x" * 900_000}"/>',
    "many-attributes": "<remark " + " ".join(f"a{n}=''" for n in range(20_000)) + "/>",
    "long-name": f"<{'a' * 900_000}/>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_at_once(library: Library, name: str):
    send(library, "remarks", "<remark/>")  # so that nothing is made for the first time
    seconds = []
    for _ in range(3):  # the best of three, since other tests run beside this one
        began = time.process_time()
        reply = send(library, "remarks", HOSTILE[name])
        seconds.append(time.process_time() - began)
    assert (reply.status_code, reply.json()["code"]) == (400, "PGRST102")
    assert len(reply.content) < 1_000
    assert "root:" not in reply.text
    assert min(seconds) < 0.05, seconds


def test_errors_are_xml_where_xml_is_asked_for(library: Library, validate: Validate):
    reply = library.post("books", "ann", json={"titel": "<x>", "version": 7}, accept=XML)
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/xml; charset=utf-8")
    validate(library, "ann", reply.content)
    error = ET.fromstring(reply.content)
    assert (error.tag, error.findtext("code")) == ("error", "PGRST204")
    assert [fault.findtext("pointer") for fault in error.iterfind("errors/error")] == ["/titel", "/version", "/title", "/shelf"]
    for path in ("nowhere", "books?id=eq.x", "books?%01=eq.%02", "books?select=none", "shelves?select=users(id)"):
        reply = library.get(path, "ann", accept="text/xml")
        assert reply.headers["content-type"] == "application/xml; charset=utf-8"
        validate(library, "ann", reply.content)
        assert ET.fromstring(reply.content).findtext("message") is not None
    links = [each.findtext("cardinality") for each in ET.fromstring(reply.content).iterfind("details/choice")]
    assert links == ["many-to-one", "many-to-one", "many-to-many"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/xml", "application/xml; charset=utf-8"),
        ("application/json, application/xml", "application/json; charset=utf-8"),
        ("application/json;q=0.5, application/xml", "application/xml; charset=utf-8"),
        ("application/xml, application/problem+json", "application/problem+json"),
        ("text/csv, application/xml;q=0.1", "application/json; charset=utf-8"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json; charset=utf-8"),
        ("application/xml;q=0", "application/json; charset=utf-8"),
    ],
)
def test_the_form_of_an_error(readable: Library, accept: str, media: str):
    assert readable.get("nowhere", accept=accept).headers["content-type"] == media


def test_records_in_a_record_are_valid(library: Library, validate: Validate):
    """Keys and records stand beside each other where the schema says so."""
    genres = "<genres><genre><code>novel</code></genre><item>poem</item><genre><code>play</code></genre></genres>"
    books = f"<books><book><title>A</title>{genres}</book><book><title>B</title></book></books>"
    document = f"<shelves><shelf><title>New</title><owner><id>{PEOPLE['ann'].id}</id></owner>{books}</shelf></shelves>"
    validate(library, "ann", document.encode())
    assert send(library, "shelves", document).status_code == 201
    (shelf,) = library.get("shelves?title=eq.New&select=books(title,genres(code))&books.order=title", "ann").json()
    assert [(book["title"], len(book["genres"])) for book in shelf["books"]] == [("A", 3), ("B", 0)]


def test_the_schema_tells_no_more_than_the_caller_may_know(readable: Library):
    anonymous, ann, lib = (readable.get("schema.xsd", who).text for who in ("", "ann", "lib"))
    for hidden in ("vault", "ledger", "whisper"):
        assert hidden not in anonymous + ann
    assert "ledger" in lib
    assert '"cost"' in lib
    assert '"cost"' not in ann
    assert readable.post("schema.xsd", "ann").status_code == 405
    assert readable.head("schema.xsd", "ann").content == b""
