"""What `mainspring adopt` writes, and that what it wrote serves the database without one change to it."""

import hashlib
import subprocess
import sys
from urllib.parse import quote

from tests.adopt.conftest import Adopt, Adopted, chinook_file

ALBUM = """
class Album(Adopted):
    __tablename__ = "Album"

    album_id: Mapped[int] = field(column="AlbumId", key=True, default=by_database)
    title: Mapped[str] = field(column="Title", max_length=160)
    artist_id: Mapped[int] = field(column="ArtistId", index=True)

    artist: Mapped[Artist] = one(on=artist_id, back="albums")
    tracks: Mapped[list[Track]] = many(back="album")
"""


def test_models_are_what_a_person_would_write(chinook: Adopted):
    assert ALBUM in chinook.models
    assert '    tracks: Mapped[list[Track]] = many(join="PlaylistTrack", back="playlists")\n' in chinook.models
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "models.py"],
        cwd=chinook.project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_files_that_are_written(chinook: Adopted):
    folder = chinook.project.folder
    assert {".env", "app.py", "models.py"} <= {each.name for each in folder.iterdir()}
    assert (folder / ".env").read_text() == f"MAINSPRING_ADOPTED=sqlite:///{chinook.database}\n"
    assert (folder / ".env").stat().st_mode & 0o077 == 0


def test_reading_changes_nothing(adopted: Adopt):
    made = adopted(chinook_file()).start()
    assert len(made.records("Track?select=Name,album(Title,artist(Name)),playlists(Name)&limit=10")) == 10
    assert hashlib.sha256(made.database.read_bytes()).digest() == hashlib.sha256(chinook_file()).digest()
    assert [each.name for each in made.database.parent.glob("some*")] == ["some.sqlite"]


def test_only_an_administrator_reads_until_there_are_rules(adopted: Adopt):
    made = adopted(chinook_file())
    made.write_models('    __tablename__ = "Genre"\n', '    __tablename__ = "Genre"\n\n    access = Access(read=anyone)\n')
    made.write_models("import Adopted, ", "import Access, Adopted, anyone, ")
    made.start()
    assert made.get("Genre?limit=1", administrator=False).json() == [{"GenreId": 1, "Name": "Rock"}]
    refused = made.get("Album", administrator=False)
    assert (refused.status_code, refused.json()["code"]) == (404, "PGRST205")
    assert made.get("Genre?select=tracks(Name)", administrator=False).status_code == 400


def test_some_tables_only(adopted: Adopt):
    made = adopted(chinook_file(), "--tables", "Album,Artist").start()
    assert made.records("Artist?select=albums(Title)&ArtistId=eq.2") == [
        {"albums": [{"Title": "Balls to the Wall"}, {"Title": "Restless and Wild"}]}
    ]
    assert made.get("Track").status_code == 404


def test_values_come_in_their_form(chinook: Adopted):
    assert chinook.records("Invoice?select=InvoiceDate,Total&Total=in.(1.98,0.99)&InvoiceDate=lt.2021-01-04T00:00:00Z") == [
        {"InvoiceDate": "2021-01-01T00:00:00.000000+00:00", "Total": 1.98}
    ]
    assert '"Total":13.86' in chinook.get("Invoice?InvoiceId=eq.5&select=Total").text.replace(" ", "")


def test_values_that_the_column_s_type_does_not_hold_are_shown(adopted: Adopt):
    made = adopted("""
        CREATE TABLE t
          (id INTEGER PRIMARY KEY, day DATE, at DATETIME, price NUMERIC(8,2), data JSON, flag BOOLEAN, n INTEGER, s TEXT);
        INSERT INTO t VALUES (1, 'soon', 'never', 'dear', '{not json', 1, 'many', x'00ff');
        INSERT INTO t VALUES (2, '2020-02-03', '2020-02-03T04:05:06+01:00', 0.1 + 0.2, '{"a": 1.50}', 0, 7, 'x');
        INSERT INTO t VALUES (3, '2020-02-03 11:12:13', 0, 2, 'null', NULL, 9223372036854775807, '');
    """).start()
    assert made.get("t?order=id").text.replace(" ", "") == (
        '[{"id":1,"day":"soon","at":"never","price":"dear","data":"{notjson","flag":true,"n":"many","s":"00ff"},'
        '{"id":2,"day":"2020-02-03","at":"2020-02-03T03:05:06.000000+00:00","price":0.30,"data":{"a":1.50},"flag":false,"n":7,"s":"x"},'
        '{"id":3,"day":"2020-02-03","at":"1970-01-01T00:00:00.000000+00:00","price":2.00,"data":null,"flag":null,'
        '"n":9223372036854775807,"s":""}]'
    )
    for media in ("application/xml", "text/csv", "application/x-ndjson"):
        assert made.get("t", headers={"Accept": media}).status_code == 200


def test_what_has_no_key_can_only_be_read(adopted: Adopt):
    made = adopted("""
        CREATE TABLE log (at TEXT, word TEXT);
        CREATE TABLE coded (code TEXT NOT NULL UNIQUE, n INT);
        CREATE VIEW loud AS SELECT upper(word) AS word FROM log;
        INSERT INTO log VALUES ('b', 'two'), ('a', 'one'), (NULL, 'one');
        INSERT INTO coded VALUES ('x', 1);
    """).start()
    assert made.records("log") == [{"at": "a", "word": "one"}, {"at": "b", "word": "two"}, {"at": None, "word": "one"}]
    assert made.records("loud?limit=1&offset=2") == [{"word": "TWO"}]
    assert made.records("log?select=word,count()") == [{"word": "one", "count": 2}, {"word": "two", "count": 1}]
    for method, path in (("POST", "log"), ("PATCH", "log?at=eq.a"), ("DELETE", "loud?word=eq.x"), ("PUT", "log?at=eq.a")):
        reply = made.ask(method, path, json={"word": "three"})
        assert (reply.status_code, "can only be read" in reply.json()["message"]) == (405, True), reply.text
    assert made.ask("PATCH", "coded?code=eq.x", json={"n": 2}, headers={"Prefer": "return=representation"}).json() == [
        {"code": "x", "n": 2}
    ]


def test_a_join_table_s_rule_holds_for_what_it_joins(adopted: Adopt):
    made = adopted("""
        CREATE TABLE a (id INTEGER PRIMARY KEY);
        CREATE TABLE b (id INTEGER PRIMARY KEY);
        CREATE TABLE ab (a INTEGER REFERENCES a, b INTEGER REFERENCES b, PRIMARY KEY (a, b));
        INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (1), (2); INSERT INTO ab VALUES (1, 1), (1, 2), (2, 2);
    """)
    assert made.models.count("(join=") == 2
    made.write_models("import Adopted, ", "import Access, Adopted, anyone, rule, ")
    for name in "ab":
        made.write_models(f'    __tablename__ = "{name}"\n', f'    __tablename__ = "{name}"\n    access = Access(read=anyone)\n')
    made.start()
    assert made.get("a?select=id,bs(id)", administrator=False).json()["code"] == "PGRST200"
    made.stop()
    rule = "    access = Access(read=rule(lambda who: Ab.a == Ab.b))\n"
    made.write_models('    __tablename__ = "ab"\n', f'    __tablename__ = "ab"\n{rule}')
    made.start()
    assert made.get("a?select=id,bs(id)", administrator=False).json() == [
        {"id": 1, "bs": [{"id": 1}]},
        {"id": 2, "bs": [{"id": 2}]},
    ]
    assert made.get("a?select=id,bs!inner(id)&bs.id=eq.2", administrator=False).json() == [{"id": 2, "bs": [{"id": 2}]}]


SHOP = """
    CREATE TABLE customer ("Customer Id" INTEGER PRIMARY KEY, "class" TEXT NOT NULL DEFAULT 'new', naïve TEXT, "a""b" INT UNIQUE);
    CREATE TABLE purchase (
      number INTEGER, line INTEGER, customer INTEGER NOT NULL REFERENCES customer,
      price NUMERIC(8, 2) NOT NULL CHECK (price >= 0),
      amount INTEGER NOT NULL DEFAULT 1, total NUMERIC(8, 2) GENERATED ALWAYS AS (price * amount) VIRTUAL,
      state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'it''s paid')), created DATETIME DEFAULT CURRENT_TIMESTAMP,
      PRIMARY KEY (number, line)
    );
    INSERT INTO customer VALUES (1, 'old', 'ï', 1);
"""
SHOWN = {"Prefer": "return=representation"}


def test_writing(adopted: Adopt):
    made = adopted(SHOP).start()
    (ann,) = made.ask("POST", "customer", json={"naïve": "so", 'a"b': 2}, headers=SHOWN).json()
    assert ann == {"Customer Id": 2, "class": "new", "naïve": "so", 'a"b': 2}
    rows = [
        {"number": 7, "line": 1, "customer": 2, "price": "1.50", "amount": 3},
        {"number": 7, "line": 2, "customer": 1, "price": 2},
    ]
    select = "purchase?select=line,price,amount,total,state,customer(class)"
    made_rows = made.ask("POST", select, json=rows, headers=SHOWN).json()
    assert made_rows == [
        {"line": 1, "price": 1.5, "amount": 3, "total": 4.5, "state": "open", "customer": {"class": "new"}},
        {"line": 2, "price": 2.0, "amount": 1, "total": 2.0, "state": "open", "customer": {"class": "old"}},
    ]
    changed = made.ask(
        "PATCH", "purchase?number=eq.7&line=eq.2&select=state,total", json={"state": "it's paid", "amount": 4}, headers=SHOWN
    )
    assert changed.json() == [{"state": "it's paid", "total": 8.0}]
    upsert = {"Prefer": "resolution=merge-duplicates,return=representation"}
    merged = made.ask(
        "POST", "purchase?select=amount,price", json={"number": 7, "line": 2, "customer": 1, "price": 9}, headers=upsert
    )
    assert merged.json() == [{"amount": 4, "price": 9.0}]
    assert made.ask("DELETE", "purchase?line=eq.1").status_code == 204
    assert made.records('customer?select="Customer Id",purchases(line)&order="Customer Id"') == [
        {"Customer Id": 1, "purchases": [{"line": 2}]},
        {"Customer Id": 2, "purchases": []},
    ]


def test_refused_writing(adopted: Adopt):
    made = adopted(SHOP).start()
    row = {"number": 1, "line": 1, "customer": 1, "price": 1}
    cases = [
        ({"total": 5}, 400, "428C9"),
        ({"state": "lost"}, 400, "23514"),
        ({"price": -1}, 400, "23514"),
        ({"price": "1.234"}, 400, "23514"),
        ({"customer": 9}, 409, "23503"),
        ({"colour": 1}, 400, "PGRST204"),
        ({"number": None}, 400, "23502"),
    ]
    for wrong, status, code in cases:
        reply = made.ask("POST", "purchase", json=row | wrong)
        assert (reply.status_code, reply.json()["code"]) == (status, code), reply.text
    reply = made.ask("POST", "customer", json={'a"b': 1})
    assert (reply.status_code, reply.json()["code"]) == (409, "23505")
    assert made.ask("DELETE", "customer?class=eq.old").status_code == 204
    assert made.records("purchase") == []
    refused = made.ask("POST", "purchase", json=row, headers={"Idempotency-Key": "1"})
    assert (refused.status_code, "--join" in refused.json()["hint"]) == (400, True)
    assert made.get("").status_code == 200


def test_what_has_changed_since_is_shown_and_written_only_when_told(adopted: Adopt):
    made = adopted("CREATE TABLE shop (id INTEGER PRIMARY KEY, name VARCHAR(10)); CREATE TABLE gone (id INTEGER PRIMARY KEY);")
    made.write_models('    __tablename__ = "shop"\n', '    __tablename__ = "shop"\n    access = Access(read=anyone)  # for all\n')
    made.write_models("import Adopted, ", "import Access, Adopted, anyone, ")
    assert "Nothing has changed" in made.adopt()
    own = made.models
    made.sql(
        "ALTER TABLE shop ADD COLUMN town TEXT; DROP TABLE gone;"
        "CREATE TABLE bill (id INTEGER PRIMARY KEY, shop REFERENCES shop, price NUMERIC(8, 2));",
    )
    shown = made.adopt()
    assert "+    town: Mapped[str | None] = field()\n" in shown
    assert "-class Gone(Adopted):\n" in shown
    assert "+class Bill(Adopted):\n" in shown
    assert made.models == own
    made.adopt("--write")
    assert "access = Access(read=anyone)  # for all" in made.models
    assert "class Bill(" in made.models
    assert "class Gone(" not in made.models
    assert "Nothing has changed" in made.adopt()
    made.start()
    assert made.get("shop?select=town,bills(id)", administrator=False).status_code == 400
    assert made.records("shop?select=town,bills(id)") == []


def test_what_the_owner_changed_too_is_named(adopted: Adopt):
    made = adopted("CREATE TABLE shop (id INTEGER PRIMARY KEY, name VARCHAR(10), rest TEXT);")
    made.write_models("max_length=10)", "max_length=10, read=nobody)")
    own = made.models
    made.sql(
        "CREATE TABLE other (id INTEGER PRIMARY KEY, name VARCHAR(20), rest TEXT);"
        "DROP TABLE shop; ALTER TABLE other RENAME TO shop;",
    )
    assert "you have changed what changed in the database too" in made.adopt("--write", code=1)
    assert made.models == own


HOSTILE = [
    'a"b',
    "a'b",
    "a\\b",
    "a\nimport os",
    'x"""\nraise SystemExit(3)\n"""',
    "class",
    "print",
    "field",
    "metadata",
    "__init__",
    "1st",
    "naïve",
    "名前",
    "🙂",
    "with space",
    "a]b",
    "%s :name {x}",
    "select",
    "a,b",
    "a.b",
    "Mapped",
    "int",
    "id",
]


def test_any_name_survives(adopted: Adopt):
    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    columns = ", ".join(f"{quoted(name)} TEXT DEFAULT 'x\ny'" for name in HOSTILE)
    tables = [f"CREATE TABLE {quoted(name)} ({columns}, PRIMARY KEY ({quoted(HOSTILE[0])}));" for name in HOSTILE]
    made = adopted("\n".join(tables)).start()
    for name in HOSTILE:
        path, row = quote(name, safe=""), {each: f"of {each}" for each in HOSTILE}
        reply = made.ask("POST", path, json=row, headers=SHOWN)
        assert (reply.status_code, reply.json()) == (201, [row]), reply.text
        assert made.records(path) == [row]
    assert made.get("").status_code == 200
    assert made.get("schema.xsd").status_code == 200


def test_many_columns(adopted: Adopt):
    made = adopted(
        f"CREATE TABLE wide (id INTEGER PRIMARY KEY, {', '.join(f'c{number} INTEGER' for number in range(1_990))});"
    ).start()
    assert made.ask("POST", "wide", json={"id": 1, "c1989": 5}).status_code == 201
    assert made.records("wide?select=id,c1989") == [{"id": 1, "c1989": 5}]
    assert made.get("wide").json()["code"] == "54000"


def test_a_table_of_ours_and_one_of_theirs_by_one_name(adopted: Adopt):
    made = adopted("CREATE TABLE users (id INTEGER PRIMARY KEY, nick TEXT); INSERT INTO users VALUES (1, 'ann');").start()
    assert made.records("users") == [{"id": 1, "nick": "ann"}]


def test_what_cannot_be_adopted_is_told(adopted: Adopt):
    made = adopted("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)")
    (made.project.folder / "models.py").unlink()
    assert "no table 'tt'; did you mean 't'?" in made.adopt("--tables", "tt", code=1)
    assert "no schema 's'" in made.adopt("--schema", "s", code=1)
    wrong = made.database.with_name("wrong.sqlite")
    assert "there is no database" in made.project.run("adopt", str(wrong), code=1).stderr
    wrong.write_bytes(b"no database" * 100)
    assert "file is not a database" in made.project.run("adopt", str(wrong), code=1).stderr
    wrong.write_bytes(chinook_file()[:4096])
    assert "malformed" in made.project.run("adopt", str(wrong), code=1).stderr
    assert "cannot be adopted" in made.project.run("adopt", "oracle://here/x", code=1).stderr


def test_full_text_has_no_index_in_an_adopted_table(adopted: Adopt):
    made = adopted("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)").start()
    refused = made.get("t?word=fts.x")
    assert (refused.status_code, "ilike" in refused.json()["hint"]) == (400, True)
    made.stop()
    made.write_models("word: Mapped[str | None] = field()", "word: Mapped[str | None] = field(search=True)")
    assert "leave 'search' of 'word' out" in made.project.run("serve", code=1).stderr


def test_a_foreign_key_of_several_columns_is_told(adopted: Adopt):
    made = adopted("""
        CREATE TABLE a (x INT, y INT, PRIMARY KEY (x, y));
        CREATE TABLE b (id INTEGER PRIMARY KEY, x INT, y INT, FOREIGN KEY (x, y) REFERENCES a (x, y));
    """)
    assert "    # No relation yet follows (x, y) to a, which is several columns.\n" in made.models
    made.start()
    assert made.ask("POST", "b", json={"id": 1, "x": 1, "y": 1}).json()["code"] == "23503"
    assert made.ask("POST", "a", json={"x": 1, "y": 1}).status_code == 201
    assert made.ask("POST", "b", json={"id": 1, "x": 1, "y": 1}).status_code == 201
