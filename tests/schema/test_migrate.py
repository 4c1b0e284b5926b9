"""What stands in the database comes through a migration: children, counters, triggers, foreign keys; also when it is killed."""

import pytest

BEFORE = """
class Album(Model):
    title: Mapped[str] = field(max_length=120)
    cover: Mapped[Image | None] = field()

class Photo(Model):
    album: Mapped[Album] = one(on_delete="cascade")
    image: Mapped[Image] = field()
    caption: Mapped[str | None] = field(max_length=500)
"""

REBUILT = BEFORE.replace("max_length=120", "max_length=80, unique=True")

CONTENT = "{:064x} 12 image/png 1x1 a.png"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory, project_in):
    """Three albums, of which the last is gone again, and a thousand photos in the first."""
    project = project_in(tmp_path_factory.mktemp("gallery"))
    project.models(BEFORE)
    project.made("--name start")
    for title in ("Summer", "Winter", "Gone"):
        project.insert("albums", title=title)
    project.sql("DELETE FROM albums WHERE title = 'Gone'")
    project.sql(
        """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
        INSERT INTO photos(album_id, image, caption, created_at, updated_at, version)
        SELECT 1, printf('%064x 12 image/png 1x1 a.png', i), 'photo ' || i, '', '', 1 FROM n"""
    )
    return project


@pytest.fixture
def album(gallery, copy_of):
    return copy_of(gallery)


def test_a_changed_parent_keeps_its_thousand_children(album):
    album.models(REBUILT)
    album.made()
    assert album.sql("SELECT count(*), sum(album_id), count(caption) FROM photos") == [(1000, 1000, 1000)]
    album.sql("DELETE FROM albums WHERE id = 1")
    assert album.sql("SELECT count(*) FROM photos") == [(0,)]


def test_a_number_is_never_given_twice_also_not_after_a_rebuild(album):
    album.models(REBUILT)
    album.made()
    album.insert("albums", title="New")
    assert album.sql("SELECT id FROM albums WHERE title = 'New'") == [(4,)]


def test_the_authors_own_triggers_and_all_indexes_survive_a_rebuild(album):
    album.sql("CREATE TRIGGER mine AFTER DELETE ON albums BEGIN DELETE FROM photos WHERE album_id = old.id; END")
    album.models(REBUILT.replace("class Photo", "    indexes = [index(title, cover)]\n\nclass Photo"))
    album.made()
    names = {name for (name,) in album.sql("SELECT name FROM sqlite_master WHERE tbl_name = 'albums'")}
    assert {"mine", "ix_albums_cover", "ix_albums_title_cover"} <= names


def test_the_triggers_of_files_note_what_is_dropped(album):
    album.models(REBUILT.replace("image: Mapped[Image] = field()", 'picture: Mapped[Image] = field(was="image")'))
    album.made()
    assert album.sql("SELECT * FROM mainspring_dropped_files") == []
    album.sql("UPDATE photos SET caption = 'same picture' WHERE id = 1")
    album.sql("UPDATE photos SET picture = ? WHERE id = 2", CONTENT.format(5000))
    album.sql("DELETE FROM photos WHERE id = 3")
    assert album.sql("SELECT hash FROM mainspring_dropped_files") == [(f"{2:064x}",), (f"{3:064x}",)]


def test_a_dropped_field_notes_its_files(album):
    album.models(BEFORE.replace("    image: Mapped[Image] = field()\n", ""))
    album.made()
    assert album.sql("SELECT count(DISTINCT hash) FROM mainspring_dropped_files") == [(1000,)]
    assert album.sql("SELECT count(*) FROM sqlite_master WHERE name LIKE 'mainspring_dropped/photos/%'") == [(0,)]


def test_a_migration_that_would_break_references_is_rolled_back(album):
    album.write("0002_orphans.py", MIGRATION.format(up='op.execute("DELETE FROM albums WHERE id = 1")', down="pass"))
    done = album.fails("up")
    assert done.code == 1
    assert "photos → albums" in done.errors
    assert album.sql("SELECT count(*) FROM albums") == [(2,)]
    assert album.fails("status").code == 3


def test_a_statement_that_the_database_refuses_changes_nothing(album):
    album.write(
        "0002_wrong.py",
        MIGRATION.format(up='op.drop_column("photos", "caption")\n    op.execute("DELETE FROM nowhere")', down="pass"),
    )
    done = album.fails("up --allow-loss")
    assert "no such table: nowhere" in done.errors
    assert album.sql("SELECT count(caption) FROM photos") == [(1000,)]


def test_rows_that_break_a_new_constraint_are_told(album):
    album.insert("albums", title="Summer")
    album.models(REBUILT)
    album.done("make")
    done = album.fails("up")
    assert "albums: add the constraint uq_albums_title': UNIQUE constraint failed: albums.title" in done.errors
    assert album.sql("SELECT count(*) FROM albums") == [(3,)]


def test_data_move_by_statements_of_the_author(album):
    up = """op.add_column("photos", sa.Column("words", sa.BigInteger()))
    op.execute("UPDATE photos SET words = length(caption) - length(replace(caption, ' ', '')) + 1 WHERE caption <> ':x'")
    op.alter_column("photos", "words", nullable=False)"""
    album.write("0002_words.py", "import sqlalchemy as sa\n" + MIGRATION.format(up=up, down='op.drop_column("photos", "words")'))
    album.models(BEFORE + "    words: Mapped[int] = field()\n")
    album.done("plan", "up", "status")
    assert album.sql("SELECT DISTINCT words FROM photos") == [(2,)]


MIGRATION = """
after = "0001_start"

def up(op):
    {up}

def down(op):
    {down}
"""

CHANGED = """
class Album(Model):
    name: Mapped[str] = field(was="title", max_length=80, unique=True)
    cover: Mapped[Image | None] = field()
    stars: Mapped[int] = field(default=3)
    constraints = [check(stars > 0)]

class Photo(Model):
    album: Mapped[Album | None] = one(on_delete="set null")
    image: Mapped[Image] = field()

class Label(Model):
    photo: Mapped[Photo] = one(on_delete="cascade")
"""

KILLED_AT_EACH_STATEMENT = """
import os, shutil, signal
from pathlib import Path
import alembic.migration, alembic.operations  # once for all processes
import app
from pysqlite3 import dbapi2 as driver
from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.model.catalog import freeze
from mainspring.schema.migrate import Migrations

catalog = freeze()
OLD = "SELECT count(*), count(caption), sum(album_id) FROM photos"
NEW = "SELECT count(*), sum(album_id), (SELECT sum(stars) FROM albums) FROM photos"

class Killing(SqliteEngine):
    def __init__(self, path, at):
        super().__init__(path)
        self.left = at

    def open_writer(self):
        connection = super().open_writer()
        connection.set_trace_callback(self.count)
        return connection

    def count(self, statement):
        self.left -= not statement.startswith(("SELECT", "PRAGMA", "--"))  # what only reads changes nothing on the disk
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

def in_a_process(work):
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1]

def state(path):
    connection = driver.connect(str(path))
    old = "caption" in {row[1] for row in connection.execute("PRAGMA table_info(photos)")}
    row = connection.execute(OLD if old else NEW).fetchone()
    migrations = connection.execute("SELECT count(*) FROM mainspring_migrations").fetchone()[0]
    sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    sound = sound and not connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    assert sound and row == ((1000, 1000, 1000) if old else (1000, 1000, 6)), row
    assert migrations == (1 if old else 2)
    return "old" if old else "new"

def up(folder, at):
    migrations = Migrations(Killing(folder / "app.sqlite", at), catalog, Path("migrations"))
    return lambda: migrations.up(allow_loss=True)

at, seen = 0, []
while True:
    at += 1
    folder = Path(f"killed-{at}")
    shutil.copytree("data", folder)
    status = in_a_process(up(folder, at))
    seen.append(state(folder / "app.sqlite"))
    assert in_a_process(up(folder, 1_000_000)) == 0
    assert state(folder / "app.sqlite") == "new"
    shutil.rmtree(folder)
    if status == 0:
        break
    assert os.WTERMSIG(status) == signal.SIGKILL
print(len(seen), seen.index("new"))
"""


def test_killed_at_any_statement_it_leaves_the_old_or_the_new_schema_and_a_restart_finishes(album):
    album.models(CHANGED)
    album.done("make --name change")
    done = album.python(KILLED_AT_EACH_STATEMENT)
    assert done.code == 0, done.errors
    statements, first_new = map(int, done.output.split())
    assert first_new > 40
    assert statements >= first_new


def test_down_goes_back_to_a_number(album):
    album.models(REBUILT)
    album.made("--name second")
    album.models(REBUILT + "    stars: Mapped[int | None] = field()\n")
    album.made("--name third")
    assert "there is nothing to take back" in album.fails("down --to 3").errors
    album.done("down --to 1")
    status = album.fails("status --json").json
    assert (status["applied"], status["pending"]) == (["0001_start"], ["0002_second", "0003_third"])
    refused = album.fails("down")
    assert refused.code == 4
    assert "1000 rows would be lost" in refused.errors
    album.done("down --allow-loss")
    assert "there is nothing to take back" in album.fails("down").errors
    assert album.sql("SELECT name FROM sqlite_master WHERE name LIKE '%photos%'") == []
    album.done("up", "status")
