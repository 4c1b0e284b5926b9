"""What `dev` does after a save, what `serve` asks before it starts, and the tables of a test."""

import json
import os
import pty
import subprocess
import sys

import pytest

MODELS = """
class Book(Model):
    title: Mapped[str] = field()
    note: Mapped[str | None] = field()
"""

SETUP = """
import json, sys
import app
from pathlib import Path
from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.model.catalog import freeze
from mainspring.schema.compare import Rename
from mainspring.schema.create import create_all
from mainspring.schema.migrate import Migrations
from mainspring.schema.ready import reason_not_to_serve
from mainspring.schema.synchronise import synchronise

engine, catalog, folder = SqliteEngine(Path("data/app.sqlite")), freeze(), Path("migrations")
migrations = Migrations(engine, catalog, folder)
"""
SAVED = (
    SETUP
    + """
options = json.loads(sys.argv[1])
renames = [Rename.parse(each) for each in options.pop("renames", [])]
done = synchronise(migrations, renames, **options)
print(json.dumps({
    "applied": [each.words for each in done.applied.steps],
    "refused": [each.loss or each.problem for each in done.refused.steps if each.loss or each.problem],
    "questions": [each.address for each in done.difference.questions],
}))
"""
)
READY = SETUP + "print(reason_not_to_serve(engine, catalog, folder))"


def saved(project, models: str, **options) -> dict:
    project.models(models)
    done = project.python(SAVED, json.dumps(options))
    assert done.code == 0, done.errors
    return done.json


@pytest.fixture
def shop(project):
    assert "create the table books" in saved(project, MODELS)["applied"]
    project.insert("books", title="Old", note="good")
    return project


def test_saves_grow_one_draft_that_make_names(shop):
    first = saved(shop, MODELS + "    stars: Mapped[int] = field(default=1)\n")
    second = saved(
        shop, MODELS + "    stars: Mapped[int] = field(default=1, index=True)\n    pages: Mapped[int | None] = field()\n"
    )
    assert first["applied"] == ["books: add the column stars, filled with 1"]
    assert second["applied"] == ["books: add the column pages", "books: index stars"]
    assert shop.files == ["0001_draft.py"]
    assert shop.sql("SELECT title, stars, pages FROM books") == [("Old", 1, None)]
    shop.done("status", "make --name start", "status")
    assert shop.files == ["0001_start.py"]
    assert saved(shop, MODELS)["questions"] == []
    shop.sql("DROP TABLE books")
    shop.database.unlink()
    assert saved(shop, MODELS, allow_loss=True)["applied"][0] == "create the table users"


def test_a_closed_draft_is_followed_by_a_new_one(shop):
    shop.done("make --name start")
    saved(shop, MODELS + "    pages: Mapped[int | None] = field()\n")
    assert shop.files == ["0001_start.py", "0002_draft.py"]
    shop.models(MODELS + "    pages: Mapped[int | None] = field()\n    more: Mapped[int | None] = field()\n")
    shop.done("make", "up", "status")
    assert shop.files == ["0001_start.py", "0002_add_books_pages.py", "0003_add_books_more.py"]


def test_a_loss_is_not_done_unasked(shop):
    less = MODELS.replace("    note: Mapped[str | None] = field()\n", "")
    refused = saved(shop, less + "    pages: Mapped[int | None] = field()\n", dropped=["books.note"])
    assert refused == {"applied": [], "refused": ["1 value would be lost"], "questions": []}
    assert shop.sql("SELECT note FROM books") == [("good",)]
    done = saved(shop, less + "    pages: Mapped[int | None] = field()\n", dropped=["books.note"], allow_loss=True)
    assert done["applied"] == ["books: add the column pages", "books: drop the column note"]
    shop.done("status")


def test_a_possible_rename_is_asked(shop):
    renamed = MODELS.replace("note", "remark")
    assert saved(shop, renamed)["questions"] == ["books.note"]
    assert saved(shop, renamed, renames=["books.note=remark"])["applied"] == ["books: rename the column note to remark"]
    assert shop.sql("SELECT remark FROM books") == [("good",)]


def test_a_needed_value_is_refused(shop):
    (problem,) = saved(shop, MODELS + "    pages: Mapped[int] = field()\n")["refused"]
    assert "books.pages must not be null" in problem


def test_a_draft_that_its_author_edits_is_followed(shop):
    text = shop.read("0001_draft.py").replace('sa.Column("note", sa.Text())', 'sa.Column("note", sa.String(30))')
    shop.write("0001_draft.py", text)
    saved(shop, MODELS.replace("str | None] = field()", "str | None] = field(max_length=30)"))
    shop.done("status")
    assert shop.sql("SELECT note FROM books") == [("good",)]


def test_what_a_colleague_wrote_is_performed_first(shop):
    shop.done("make --name start")
    more = MODELS + "    pages: Mapped[int | None] = field()\n"
    shop.models(more)
    shop.done("make --name pages")
    assert saved(shop, more)["applied"] == ["books: add the column pages"]
    assert shop.files == ["0001_start.py", "0002_pages.py"]


def ready(project) -> str:
    done = project.python(READY)
    assert done.code == 0, done.errors
    return done.output.strip()


def test_what_serve_asks_needs_no_alembic(shop):
    code = READY + "\nassert not [name for name in sys.modules if name.startswith('alembic')]"
    done = subprocess.run([sys.executable, "-c", code], cwd=shop.folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "None\n", done.stderr
    assert done.returncode == 0, done.stderr


def test_serve_is_told_why_it_must_not_start(shop):
    shop.done("make --name start")
    assert ready(shop) == "None"
    shop.models(MODELS + "    pages: Mapped[int | None] = field()\n")
    assert "books: add the column pages" in ready(shop)
    assert "'mainspring migrate make'" in ready(shop)
    shop.done("make --name pages")
    assert "migrations are pending (0002_pages)" in ready(shop)
    shop.done("up")
    assert ready(shop) == "None"
    shop.sql('DROP TRIGGER "mainspring_dropped/users/avatar/delete"')
    assert "lacks triggers" in ready(shop)
    shop.done("up")
    assert ready(shop) == "None"


def test_the_tables_of_a_test_are_those_of_the_migrations(project):
    project.models(MODELS)
    code = """
create_all(engine, catalog)
from mainspring.schema.picture import picture_of
from mainspring.schema.triggers import missing_triggers
wanted = picture_of(catalog.metadata)
with migrations.builder.looked_at() as connection:
    assert migrations.difference().up
    made = migrations.builder.reflect(connection, wanted)
    assert not missing_triggers(connection, catalog)
engine.path.unlink()
migrations.make()
migrations.up()
with migrations.builder.looked_at() as connection:
    assert migrations.builder.reflect(connection, wanted) == made == wanted
"""
    done = project.python(SETUP + code)
    assert done.code == 0, done.errors


FOLLOW = "from mainspring.cli.migrate import follow_models; from mainspring.cli.project import Project; follow_models(Project())"


def at_a_terminal(project, *keys: str) -> tuple[int, str]:
    main, terminal = pty.openpty()
    command = [sys.executable, "-c", FOLLOW]
    with subprocess.Popen(
        command, cwd=project.folder, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        os.write(main, "".join(f"{key}\n" for key in keys).encode())
        output, _ = process.communicate(timeout=60)
    os.close(main)
    os.close(terminal)
    return process.returncode, output.decode()


def test_dev_asks_at_the_terminal(shop):
    shop.models(MODELS.replace("note", "remark").replace("    title: Mapped[str] = field()\n", ""))
    code, output = at_a_terminal(shop, "2", "1", "n")  # title is gone for good; note is remark; no, do not lose it
    assert code == 1
    assert "1 value would be lost" in output
    assert shop.sql("SELECT title, note FROM books") == [("Old", "good")]
    code, output = at_a_terminal(shop, "2", "1", "y")
    assert code == 0, output
    assert shop.sql("SELECT remark FROM books") == [("good",)]
    shop.done("status")


def test_dev_without_a_terminal_says_what_to_write(shop):
    shop.models(MODELS.replace("note", "remark"))
    done = shop.python(FOLLOW)
    assert done.code == 1
    assert "--rename books.note=remark" in done.errors
    shop.models(MODELS.replace("    title: Mapped[str] = field()\n", ""))
    done = shop.python(FOLLOW)
    assert done.code == 1
    assert "--allow-loss" in done.errors
