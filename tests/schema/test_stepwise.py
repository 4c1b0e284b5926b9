"""Migrations on MariaDB, which commits each change of a table by itself: a killed one goes on where it stood."""

import itertools
import random

import pytest
from tests.schema.test_servers import ALBUM, BEFORE, PHOTO, sql

ENGINES = ("mariadb",)

CHANGE = """
import sqlalchemy as sa

after = "0001_start"


def up(op):
    op.add_column("albums", sa.Column("stars", sa.BigInteger(), nullable=False), fill=3)
    op.execute("UPDATE albums SET pages = pages * 2")
    op.execute("CREATE VIEW mine AS SELECT title FROM albums")
    op.drop_column("albums", "cover")
    op.rename_column("albums", "note", "remark")
    op.add_column("albums", sa.Column("note", sa.Text()))
    op.create_index("ix_albums_stars", "albums", ["stars"])


def down(op):
    op.drop_index("ix_albums_stars", "albums")
    op.drop_column("albums", "note")
    op.rename_column("albums", "remark", "note")
    op.add_column("albums", sa.Column("cover", sa.String(500)))
    op.create_index("ix_albums_cover", "albums", ["cover"])
    op.execute("DROP VIEW mine")
    op.execute("UPDATE albums SET pages = pages / 2")
    op.drop_column("albums", "stars")
"""
MODELS = """
class Album(Model):
    title: Mapped[str] = field(max_length=120)
    price: Mapped[Decimal] = field(digits=10, places=2, default=Decimal("1.50"))
    pages: Mapped[int] = field(default=7)
    stars: Mapped[int] = field(default=3, index=True)
    remark: Mapped[str | None] = field()
    note: Mapped[str | None] = field()
    constraints = [check(price >= Decimal("0.50"))]

class Photo(Model):
    album: Mapped[Album] = one(on_delete="cascade")
    image: Mapped[Image] = field()
"""

KILLED = """
import os, sys
import sqlalchemy as sa
from mainspring.cli.migrate import migrate

word, moment, left = sys.argv[1], sys.argv[2], int(sys.argv[3])


@sa.event.listens_for(sa.engine.Engine, moment)
def count(connection, cursor, statement, *_):
    global left
    left -= not statement.lstrip().startswith(("SELECT", "SHOW", "DESCRIBE"))
    if left < 0:
        os._exit(9)


migrate([word, "--allow-loss"])
"""
"""A command that is killed before or behind its n-th statement that changes something."""


@pytest.fixture
def begun(project, databases):
    """A project with rows, and a second migration to perform."""
    project.address = databases.make()
    (project.folder / ".env").write_text(f"MAINSPRING_DATABASE={project.address}\n")
    project.models(BEFORE)
    project.done("make --name start", "up")
    sql(project, ALBUM, "Summer", f"{1:064x} 12 image/png 1x1 a.png")
    sql(project, PHOTO, f"{2:064x} 12 image/png 1x1 b.png")
    project.models(MODELS)
    project.write("0002_change.py", CHANGE)
    yield project
    databases.drop(project.address)


def killed_again_and_again(project, word: str, chance: random.Random) -> int:
    """Let a command be killed at random, until it is done; gives how many times."""
    for number in itertools.count():
        moment = chance.choice(("before_cursor_execute", "after_cursor_execute"))
        if not project.python(KILLED, word, moment, chance.randint(4, 10)).code:
            return number
    raise AssertionError


@pytest.mark.timeout(600)
def test_killed_at_any_moment_it_goes_on(begun):
    chance = random.Random(4)
    assert killed_again_and_again(begun, "up", chance) > 4
    begun.done("status")
    assert sql(begun, "SELECT title, pages, stars, remark, note FROM albums") == [("Summer", 10, 3, None, None)]
    assert sql(begun, "SELECT title FROM mine") == [("Summer",)]
    assert set(sql(begun, "SELECT hash FROM mainspring_dropped_files")) == {(f"{1:064x}",)}
    assert killed_again_and_again(begun, "down", chance) > 2
    assert sql(begun, "SELECT title, pages, note, cover FROM albums") == [("Summer", 5, None, None)]
    status = begun.fails("status --json").json
    assert (status["applied"], status["under_way"], status["foreign"]) == (["0001_start"], None, [])


def test_what_is_under_way_is_told_and_its_rest_may_be_changed(begun):
    sql(begun, ALBUM, "Sea", None)
    begun.write("0002_change.py", CHANGE.replace("pages * 2", "title * 2"))  # which the server refuses
    refused = begun.fails("up --allow-loss").errors
    assert "1 of 7 steps of 0002_change are done and stay" in refused
    told = "0002_change is being applied: 1 of its steps are done, and 'mainspring migrate up' goes on"
    assert begun.fails("status --json").json["under_way"] == told
    assert told in begun.fails("down").errors
    steps = begun.migrate("plan --json")[0].json["steps"]
    assert [each["words"] for each in steps][:2] == [
        "run UPDATE albums SET pages = title * 2",
        "run CREATE VIEW mine AS SELECT title FROM albums",
    ]
    begun.write("0002_change.py", CHANGE.replace("fill=3", "fill=4"))
    changed = begun.fails("up --allow-loss")
    assert (changed.code, "the first 1 steps of 'up' are done, and were changed since" in changed.errors) == (7, True)
    begun.write("0002_change.py", CHANGE)
    begun.done("up --allow-loss", "status")
    assert sql(begun, "SELECT pages, stars FROM albums ORDER BY id") == [(10, 3), (10, 3)]


WIDE = "class Album(Model):\n" + "".join(f"    text{number}: Mapped[str] = field(max_length=768)\n" for number in range(30))
LONG = """
class Album(Model):
    title: Mapped[str] = field(max_length=500)
    place: Mapped[str] = field(max_length=500)
    indexes = [index(title, place)]
"""
ROUND = """
class Folder(Model):
    inside: Mapped["Folder | None"] = one(on_delete="cascade")
    cover: Mapped[Image | None] = field()
"""


@pytest.mark.parametrize(
    ("models", "told"),
    [
        (WIDE, "albums: its texts together are longer than a row of MariaDB"),
        (LONG, "over title, place is longer than MariaDB takes"),
        (ROUND, "records of 'folders' delete one another in a circle"),
    ],
)
def test_what_the_server_cannot_hold_is_told_before_anything_is_done(project, databases, models, told):
    project.address = databases.make()
    (project.folder / ".env").write_text(f"MAINSPRING_DATABASE={project.address}\n")
    project.models(models)
    project.done("make --name start")
    assert told in project.fails("up").errors
    assert [name for (name,) in sql(project, "SHOW TABLES")] == ["mainspring_locks"]
    databases.drop(project.address)
