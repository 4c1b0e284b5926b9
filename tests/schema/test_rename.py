"""A rename is a rename: said, asked for, never guessed, and no value is lost by it."""

import os
import pty
import subprocess
import sys

import pytest

BEFORE = """
class Album(Model):
    title: Mapped[str] = field(max_length=120, index=True)
    owner: Mapped[User] = one()
    cover: Mapped[Image | None] = field()
    constraints = [check(title != ""), unique(title, owner)]

class Photo(Model):
    album: Mapped[Album] = one(on_delete="cascade")
"""

RENAMED = BEFORE.replace("title", "name")


@pytest.fixture
def filled(project):
    project.models(BEFORE)
    project.made()
    project.insert("users", id="ann", email="ann@example.com", roles="[]", staff=0, disabled=0)
    project.insert("albums", title="Summer", owner_id="ann", cover="a" * 64 + " 1 image/png 1x1 a.png")
    project.insert("photos", album_id=1)
    return project


def test_the_model_says_it(filled):
    filled.models(RENAMED.replace("field(max_length", 'field(was="title", max_length').replace("owner:", "maker:").replace(
        "= one()\n    cover", '= one(was="owner")\n    cover').replace("owner)", "maker)"))  # fmt: skip
    filled.done("make", "up", "status")
    assert filled.sql("SELECT id, name, maker_id FROM albums") == [(1, "Summer", "ann")]
    assert 'op.rename_column("albums", "title", "name")' in filled.read("0002_rename_albums_name.py")
    again = filled.done("make")[0]
    assert "nothing to write" in again.output


def test_the_option_says_it_and_down_takes_it_back(filled):
    filled.models(RENAMED)
    filled.done("make --rename albums.title=name", "up", "status")
    assert filled.sql("SELECT name FROM albums") == [("Summer",)]
    filled.done("down")
    assert filled.sql("SELECT title FROM albums") == [("Summer",)]
    filled.done("up")


def test_without_a_terminal_it_stops_and_names_the_options(filled):
    filled.models(RENAMED)
    done = filled.fails("make")
    assert done.code == 5
    assert "--rename albums.title=name" in done.errors
    assert "--drop albums.title" in done.errors
    assert filled.files == ["0001_create_photos.py"]


def test_what_is_said_to_be_gone_is_dropped_with_consent(filled):
    filled.models(RENAMED.replace("field(max_length=120, index=True)", 'field(default="none", max_length=120, index=True)'))
    filled.done("make --drop albums.title")
    refused = filled.fails("up")
    assert refused.code == 4
    assert "1 value would be lost" in refused.errors
    filled.done("up --allow-loss", "status")
    assert filled.sql("SELECT name FROM albums") == [("none",)]


def test_a_table_is_renamed_with_what_refers_to_it(filled):
    filled.models(BEFORE.replace("Album", "Collection").replace("album:", "collection:"))
    done = filled.fails("make")
    assert "--rename albums=collections" in done.errors
    filled.done("make --rename albums=collections --rename photos.album_id=collection_id", "up", "status")
    assert filled.sql("SELECT title, cover IS NULL FROM collections") == [("Summer", 0)]
    assert filled.sql("SELECT collection_id FROM photos") == [(1,)]
    filled.sql("DELETE FROM collections")
    assert filled.sql("SELECT * FROM photos") == []
    assert filled.sql("SELECT hash FROM mainspring_dropped_files") == [("a" * 64,)]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--rename albums.titel=name", "'titel' is not what went; it is unknown"),
        ("--rename albums.cover=name", "'cover' is not what went; it stays"),
        ("--rename albums.title=cover", "'cover' is not what came; it was there"),
        ("--rename title", "cannot be read"),
    ],
)
def test_a_rename_of_something_else_is_refused(filled, option: str, message: str):
    filled.models(RENAMED)
    done = filled.fails(f"make {option}")
    assert done.code == 1
    assert message in done.errors


def test_at_a_terminal_it_is_asked(filled):
    filled.models(RENAMED)
    main, terminal = pty.openpty()
    code = "from mainspring.cli.migrate import migrate; migrate()"
    process = subprocess.Popen([sys.executable, "-c", code, "make"], cwd=filled.folder, stdin=terminal, stdout=subprocess.PIPE)
    os.write(main, b"1\n")
    output, _ = process.communicate(timeout=60)
    os.close(main)
    os.close(terminal)
    assert process.returncode == 0
    assert b"the field title is gone" in output
    filled.done("up")
    assert filled.sql("SELECT name FROM albums") == [("Summer",)]
