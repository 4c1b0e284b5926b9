"""Databases of servers, with what only their engines have, adopted and served without one change to them."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.adopt.conftest import Adopt, Adopted, adopt, run
from tests.servers import Databases

ENGINES = ("postgresql", "mariadb")
SHOWN = {"Prefer": "return=representation"}

SHOP = {
    "postgresql": """
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'so-so');
        CREATE DOMAIN price AS numeric(8, 2) CHECK (VALUE >= 0);
        CREATE TABLE shop (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), code char(4) NOT NULL UNIQUE, name text NOT NULL);
        COMMENT ON TABLE shop IS 'Where things are sold.';
        CREATE TABLE item (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          "class" text NOT NULL DEFAULT 'new', "Full name" varchar(40) NOT NULL, naïve text,
          mood mood NOT NULL DEFAULT 'ok', made date, seen timestamptz NOT NULL DEFAULT now(), changed timestamp,
          wage numeric, cost price, ratio real, score double precision CHECK (score > -1), flag boolean,
          tags text[], words varchar(10)[], data jsonb, raw json, photo bytea, small smallint,
          colour text CHECK (colour IN ('red', 'it''s')), shop_code char(4) REFERENCES shop (code),
          twice numeric(9, 2) GENERATED ALWAYS AS (cost * 2) STORED, at time, UNIQUE (made, small)
        );
        COMMENT ON COLUMN item.mood IS 'How it is.';
        CREATE TABLE felt (mood mood PRIMARY KEY, number int);
        CREATE TABLE mixed (mood mood, code char(3), bits bytea, number int, PRIMARY KEY (mood, code, bits));
        CREATE TABLE timed (id int, at time, PRIMARY KEY (id, at));
        CREATE TABLE log (word text);
        CREATE VIEW sad AS SELECT id, "Full name" FROM item WHERE mood = 'sad';
        CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS number FROM item;
        CREATE TABLE part (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
        CREATE TABLE part_2020 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
          AS $$ BEGIN RAISE EXCEPTION 'not on Sundays' USING HINT = 'try Monday'; END $$;
        CREATE TRIGGER t BEFORE INSERT ON log FOR EACH STATEMENT EXECUTE FUNCTION refuse();
        CREATE TABLE stubborn (id int PRIMARY KEY);
        CREATE TRIGGER t BEFORE INSERT ON stubborn FOR EACH ROW EXECUTE FUNCTION refuse();
    """,
    "mariadb": """
        CREATE TABLE shop (id uuid PRIMARY KEY DEFAULT uuid(), code char(4) NOT NULL UNIQUE, name text NOT NULL)
          COMMENT 'Where things are sold.';
        CREATE TABLE item (
          id bigint unsigned AUTO_INCREMENT PRIMARY KEY,
          `class` varchar(10) NOT NULL DEFAULT 'new', `Full name` varchar(40) NOT NULL, naïve text,
          mood enum('sad', 'ok', 'so-so') NOT NULL DEFAULT 'ok' COMMENT 'How it is.',
          made date, seen timestamp NOT NULL DEFAULT current_timestamp(), changed datetime,
          wage decimal(30, 3), cost decimal(8, 2), ratio float, score double CHECK (score > -1), flag tinyint(1), bit1 bit(1),
          bits bit(5), days set('mo', 'tu'), data json, photo blob, small tinyint unsigned, made_in year,
          colour varchar(10) CHECK (colour IN ('red', 'it''s')), shop_code char(4),
          latin varchar(20) CHARACTER SET latin1, twice decimal(9, 2) AS (cost * 2) STORED, at time, place point,
          UNIQUE (made, small), FOREIGN KEY (shop_code) REFERENCES shop (code)
        );
        CREATE TABLE felt (mood enum('sad', 'ok') PRIMARY KEY, number int);
        CREATE TABLE mixed (mood enum('sad', 'ok'), code char(3), bits binary(2), number int, PRIMARY KEY (mood, code, bits));
        CREATE TABLE timed (id int, at time, PRIMARY KEY (id, at));
        CREATE TABLE log (word text);
        CREATE VIEW sad AS SELECT id, `Full name` FROM item WHERE mood = 'sad';
        CREATE TABLE old (id int PRIMARY KEY) ENGINE = MyISAM;
        CREATE TABLE stubborn (id int PRIMARY KEY);
        CREATE TRIGGER t BEFORE INSERT ON stubborn FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not on Sundays';
    """,
}
MODELS = {
    "postgresql": """
    id: Mapped[int] = field(key=True, generated=True)
    class_: Mapped[str] = field(column="class", default=by_database)
    full_name: Mapped[str] = field(column="Full name", max_length=40)
    naïve: Mapped[str | None] = field()
    mood: Mapped[Mood] = field(default=by_database)
    \"""How it is.\"""
    made: Mapped[date | None] = field()
    seen: Mapped[datetime] = field(default=by_database)
    changed: Mapped[datetime | None] = field()
    wage: Mapped[Decimal | None] = field(places=None)
    cost: Mapped[Decimal | None] = field(digits=8, places=2)
    ratio: Mapped[float | None] = field()
    score: Mapped[float | None] = field()
    flag: Mapped[bool | None] = field()
    tags: Mapped[list[str] | None] = field()
    words: Mapped[list[str] | None] = field()
    data: Mapped[JSON | None] = field()
    raw: Mapped[JSON | None] = field()
    photo: Mapped[bytes | None] = field()
    small: Mapped[int | None] = field()
    colour: Mapped[str | None] = field(choices=["red", "it's"])
    shop_code: Mapped[str | None] = field(max_length=4)
    twice: Mapped[Decimal | None] = field(digits=9, places=2, generated=True)
    # The column at is left out: no field holds its type, time without time zone.

    shop: Mapped[Shop | None] = one(on=shop_code, to="code", back="items")

    constraints = [unique(made, small)]
    # The database holds: score > '-1'::integer::double precision
""",
    "mariadb": """
    id: Mapped[int] = field(key=True, default=by_database)
    class_: Mapped[str] = field(column="class", max_length=10, default=by_database)
    full_name: Mapped[str] = field(column="Full name", max_length=40)
    naïve: Mapped[str | None] = field()
    mood: Mapped[ItemMood] = field(default=by_database)
    \"""How it is.\"""
    made: Mapped[date | None] = field()
    seen: Mapped[datetime] = field(default=by_database)
    changed: Mapped[datetime | None] = field()
    wage: Mapped[Decimal | None] = field(digits=30, places=3)
    cost: Mapped[Decimal | None] = field(digits=8, places=2)
    ratio: Mapped[float | None] = field()
    score: Mapped[float | None] = field()
    flag: Mapped[bool | None] = field()
    bit1: Mapped[bool | None] = field()
    bits: Mapped[int | None] = field()
    days: Mapped[str | None] = field()
    data: Mapped[JSON | None] = field()
    photo: Mapped[bytes | None] = field()
    small: Mapped[int | None] = field()
    made_in: Mapped[int | None] = field()
    colour: Mapped[str | None] = field(max_length=10, choices=["red", "it's"])
    shop_code: Mapped[str | None] = field(max_length=4, index=True)
    latin: Mapped[str | None] = field(max_length=20)
    twice: Mapped[Decimal | None] = field(digits=9, places=2, generated=True)
    # The column at is left out: no field holds its type, time.
    # The column place is left out: no field holds its type, point.

    shop: Mapped[Shop | None] = one(on=shop_code, to="code", back="items")

    constraints = [unique(made, small)]
    # The database holds: `score` > -1
""",
}
WHOLE: dict[str, Any] = {
    "class": "old",
    "Full name": "Ännchen",
    "naïve": "ï",
    "mood": "so-so",
    "made": "1990-01-02",
    "seen": "2020-01-01T10:00:00+01:00",
    "changed": "2020-01-01T10:00:00+01:00",
    "wage": "12345678901234567890.125",
    "cost": 1.5,
    "ratio": 0.1,
    "score": 0.1,
    "flag": True,
    "data": {"b": 1, "a": ["ï"]},
    "photo": "AP8=",
    "small": 5,
    "colour": "it's",
    "shop_code": "ab",
}
OF_ONE = {
    "postgresql": {"tags": ["a", "b"], "words": ["x"], "raw": {"b": 1, "a": 2}},
    "mariadb": {"bit1": True, "bits": 5, "days": "mo,tu", "made_in": 1999, "latin": "ä"},
}


EMPTYING = {
    "postgresql": "TRUNCATE item, shop, felt, mixed RESTART IDENTITY",
    "mariadb": "TRUNCATE item; DELETE FROM shop; DELETE FROM felt; DELETE FROM mixed",
}


@pytest.fixture(scope="module")
def served(engine: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    address = databases.make()
    run(address, SHOP[engine])
    made = adopt(tmp_path_factory.mktemp("served"), address).start()
    yield made
    made.project.close()
    databases.drop(address)


@pytest.fixture
def shop(engine: str, served: Adopted) -> Iterator[Adopted]:
    """The shop, adopted and served, without rows."""
    yield served
    served.sql(EMPTYING[engine])


def test_models_of_an_engine_s_own_types(engine: str, shop: Adopted):
    assert MODELS[engine] in shop.models
    assert '\n    """Where things are sold."""\n' in shop.models
    assert "    # A view: it can only be read.\n" in shop.models
    assert "    # It has no key, so it can only be read.\n" in shop.models
    assert "    # Its key has the column at, which no field holds, so it can only be read.\n" in shop.models
    assert "part_2020" not in shop.models
    if engine == "mariadb":
        assert "    # Its storage engine, MyISAM, has no transactions, so it can only be read.\n" in shop.models
    else:
        assert shop.models.count("(Enum)") == 1
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "models.py"],
        cwd=shop.project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_values_of_every_type(engine: str, shop: Adopted):
    assert shop.ask("POST", "shop", json={"code": "ab", "name": "Here"}).status_code == 201
    row = WHOLE | OF_ONE[engine]
    made = shop.ask("POST", "item", json=row, headers=SHOWN)
    assert made.status_code == 201, made.text
    moment = "2020-01-01T09:00:00.000000+00:00"
    told = {"id": 1, "seen": moment, "changed": moment, "wage": float(row["wage"]), "twice": 3.0}
    assert made.json() == [row | told]
    assert '"wage":12345678901234567890.125' in made.text.replace(" ", "")
    (bare,) = shop.ask("POST", "item?select=id,class,mood,flag", json={"Full name": "x"}, headers=SHOWN).json()
    assert bare == {"id": 2, "class": "new", "mood": "ok", "flag": None}
    for media in ("application/xml", "text/csv", "application/x-ndjson"):
        assert shop.get("item", headers={"Accept": media}).status_code == 200
    assert shop.get("").status_code == 200


CONDITIONS = [
    "mood=eq.so-so",
    "mood=in.(so-so,sad)",
    "mood=gt.ok",
    "mood=neq.ok",
    "ratio=lt.0.2",
    "score=eq.0.1",
    "score=in.(0.1)",
    "wage=eq.12345678901234567890.125",
    "wage=in.(12345678901234567890.125)",
    "cost=eq.1.50",
    "made=eq.1990-01-02",
    "changed=eq.2020-01-01T09:00:00Z",
    "changed=in.(2020-01-01T09:00:00Z)",
    "seen=lt.2021-01-01T00:00:00Z",
    "data->>b=eq.1",
    'data=cs.{"b":1}',
    "photo=eq.AP8=",
    "photo=in.(AP8=)",
    "shop_code=eq.ab",
    "shop_code=in.(ab,cd)",
    "shop_code=like.a*",
    "colour=eq.it's",
    '"Full name"=eq.Ännchen',
    '"Full name"=like.Ä*',
    '"Full name"=ilike.ÄNN*',
    "flag=is.true",
    "small=eq.5",
    "small=lt.99999999999",
    "class=eq.old",
    "class=neq.new",
]
CONDITIONS_OF_ONE = {
    "postgresql": ["ratio=eq.0.1", "ratio=in.(0.1)", "tags=cs.{a}", "words=cs.{x}", "words=ov.{x,y}", "words=cd.{x,y}"],
    "mariadb": ["bit1=is.true", "bits=eq.5", "days=eq.mo,tu", "made_in=gt.1998", "latin=eq.ä", "latin=in.(ä,€)"],
}


def test_conditions_on_every_type(engine: str, shop: Adopted):
    shop.ask("POST", "shop", json=[{"code": "ab", "name": "Here"}, {"code": "cd", "name": "There"}])
    assert shop.ask("POST", "item", json=WHOLE | OF_ONE[engine]).status_code == 201
    assert shop.ask("POST", "item", json={"Full name": "x"}).status_code == 201
    for condition in (*CONDITIONS, *CONDITIONS_OF_ONE[engine]):
        assert shop.records(f"item?select=id&{condition}") == [{"id": 1}], condition
    assert shop.records("item?select=id&class=in.(OLD,New)") == []
    assert shop.records("shop?select=code,items(id)&order=code") == [
        {"code": "ab", "items": [{"id": 1}]},
        {"code": "cd", "items": []},
    ]
    assert shop.records("item?select=id,shop(name)&shop=not.is.null") == [{"id": 1, "shop": {"name": "Here"}}]
    assert shop.records("item?select=mood,count()&order=mood") == [{"mood": "ok", "count": 1}, {"mood": "so-so", "count": 1}]
    assert shop.records("item?select=changed.month(),wage.sum(),mood.max()&changed=not.is.null") == [
        {"month": "2020-01-01", "sum": float(WHOLE["wage"]), "max": "so-so"}
    ]


def test_order_and_sameness_are_by_code_point(shop: Adopted):
    names = ["b", "a", "B", "ä", "A"]
    assert shop.ask("POST", "item", json=[{"Full name": name} for name in names]).status_code == 201
    assert [row["Full name"] for row in shop.records('item?order="Full name"')] == ["A", "B", "a", "b", "ä"]
    assert [row["Full name"] for row in shop.records('item?"Full name"=gt.a&order="Full name"')] == ["b", "ä"]
    assert len(shop.records('item?"Full name"=eq.a')) == 1
    assert len(shop.records('item?"Full name"=like.a*')) == 1
    assert len(shop.records('item?select="Full name",count()')) == 5
    pages = [shop.get('item?select="Full name"&order="Full name"&limit=2')]
    while link := pages[-1].links.get("next"):
        pages.append(shop.get(link["url"].removeprefix("/rest/v1/")))
    assert [row["Full name"] for page in pages for row in page.json()] == ["A", "B", "a", "b", "ä"]


def test_refusals(engine: str, shop: Adopted):
    for wrong, status, code in (
        ({"mood": "mad"}, 400, "23514"),
        ({"cost": "1.234"}, 400, "23514"),
        ({"small": 99999}, 400, "22003"),
        ({"score": -2}, 400, "23514"),
        ({"colour": "blue"}, 400, "23514"),
        ({"shop_code": "no"}, 409, "23503"),
        ({"photo": "?"}, 400, "22P02"),
        ({"twice": 1}, 400, "428C9"),
        ({"Full name": None}, 400, "23502"),
        ({"at": "10:00"}, 400, "PGRST204"),
    ):
        reply = shop.ask("POST", "item", json={"Full name": "x"} | wrong)
        assert (reply.status_code, reply.json()["code"]) == (status, code), reply.text
    raised = shop.ask("POST", "stubborn", json={"id": 1})
    assert (raised.status_code, raised.json()["code"], raised.json()["message"]) == (400, "P0001", "not on Sundays")
    for table in ("log", "timed", "sad", *(["counted"] if engine == "postgresql" else ["old"])):
        assert shop.get(table).status_code == 200
        assert shop.ask("POST", table, json={}).status_code == 405


def test_changes_go_by_keys_of_every_type(shop: Adopted):
    assert shop.ask("POST", "felt", json={"mood": "ok", "number": 1}).status_code == 201
    assert shop.ask("PATCH", "felt?mood=eq.ok", json={"number": 2}, headers=SHOWN).json() == [{"mood": "ok", "number": 2}]
    merge = {"Prefer": "resolution=merge-duplicates,return=representation"}
    rows = [{"mood": "ok", "number": 3}, {"mood": "sad", "number": 4}]
    merged = shop.ask("POST", "felt", json=rows, headers=merge).json()
    assert sorted(merged, key=lambda row: row["number"]) == rows
    assert shop.ask("PUT", "felt?mood=eq.sad", json={"mood": "sad", "number": 5}).status_code in {200, 204}
    assert shop.ask("DELETE", "felt?mood=eq.ok").status_code == 204
    assert shop.records("felt") == [{"mood": "sad", "number": 5}]
    mixed = {"mood": "ok", "code": "a", "bits": "AP8=", "number": 1}
    assert shop.ask("POST", "mixed", json=mixed, headers=SHOWN).json() == [mixed]
    assert shop.ask("PATCH", "mixed?code=eq.a", json={"number": 2}, headers=SHOWN).json() == [mixed | {"number": 2}]
    assert shop.ask("POST", "mixed", json=mixed | {"number": 3}, headers=merge).json() == [mixed | {"number": 3}]
    (made,) = shop.ask("POST", "shop", json={"code": "ab", "name": "Here"}, headers=SHOWN).json()
    assert shop.ask("PATCH", f"shop?id=eq.{made['id']}", json={"name": "There"}).status_code == 204
    assert shop.records("shop?select=name") == [{"name": "There"}]


def test_nothing_of_ours_comes_into_the_database(shop: Adopted):
    shop.ask("POST", "shop", json={"code": "ab", "name": "Here"})
    assert "Nothing has changed" in shop.adopt()
    for table in ("mainspring_sessions", "users"):
        assert f"no table '{table}'" in shop.adopt("--tables", table, code=1)


def test_what_has_changed_since_is_shown(engine: str, adopted_there: Adopt):
    shop = adopted_there(SHOP[engine])
    shop.write_models('    __tablename__ = "log"\n', '    __tablename__ = "log"\n    access = Access(read=anyone)\n')
    shop.write_models("import JSON, Adopted, ", "import JSON, Access, Adopted, anyone, ")
    shop.sql("ALTER TABLE log ADD COLUMN extra int; DROP TABLE felt;")
    assert "+    extra: Mapped[int | None] = field()\n" in shop.adopt()
    shop.adopt("--write")
    assert "    access = Access(read=anyone)\n" in shop.models
    assert "class Felt(" not in shop.models
    shop.start()
    assert shop.get("log?select=extra", administrator=False).json() == []


HOSTILE = [
    "a'b",
    "class",
    "print",
    "metadata",
    "__init__",
    "1st",
    "naïve",
    "名前",
    "with space",
    "%s :name {x}",
    "select",
    "a.b",
    "Id",
]


def test_any_name_survives(engine: str, adopted_there: Adopt):
    sign = '"' if engine == "postgresql" else "`"

    def quoted(name: str) -> str:
        return sign + name + sign

    columns = ", ".join(f"{quoted(name)} varchar(20) DEFAULT 'x\ny'" for name in HOSTILE)
    key = f"PRIMARY KEY ({quoted(HOSTILE[0])})"
    made = adopted_there("\n".join(f"CREATE TABLE {quoted(name)} ({columns}, {key});" for name in HOSTILE)).start()
    for name in HOSTILE:
        path, row = name.replace("%", "%25").replace("/", "%2F"), {each: f"of {each}" for each in HOSTILE}
        reply = made.ask("POST", path, json=row, headers=SHOWN)
        assert (reply.status_code, reply.json()) == (201, [row]), reply.text
        assert made.records(path) == [row]


def test_a_database_that_is_not_there(adopted_there: Adopt):
    made = adopted_there("CREATE TABLE t (id int PRIMARY KEY);")
    nowhere = f"{made.address}_nowhere"
    assert "the database cannot be reached" in made.project.run("serve", code=1, adopted=nowhere).stderr
    (made.project.folder / "models.py").unlink()
    told = made.project.run("adopt", nowhere, code=1).stderr
    assert "the database cannot be reached" in told
    assert "names no database" in made.project.run("adopt", made.address.rpartition("/")[0], code=1).stderr
