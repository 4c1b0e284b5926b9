"""The indexes of full-text search follow from the models, whatever a migration does to the tables."""

import time

import pysqlite3
import pytest

from mainspring.database.engines.sqlite.search import fill_index, index_name, make_index, write_search
from mainspring.database.search import Words

BEFORE = """
class Album(Model):
    title: Mapped[str] = field(max_length=120)
    notes: Mapped[str | None] = field()
"""
SEARCHED = BEFORE.replace("max_length=120", "max_length=120, search=True").replace("= field()", "= field(search=True)")

MIGRATION = """
after = "{before}"

def up(op):
    op.execute("UPDATE albums SET notes = 'storm'")

def down(op):
    pass
"""

ASK = """
import sys
from app import app
from mainspring.app import open_backend
from mainspring.context import Who
from mainspring.query.ask import Condition
from mainspring.settings import Settings
from pathlib import Path
backend = open_backend(app, Settings(data=Path("data")))
assert backend.faults() == [], backend.faults()
model = next(each.model for each in backend.catalog.entities.values() if each.name == sys.argv[1])
records = backend.records.as_(Who.system("a test"))
print([each.id for each in records.all(model, Condition(sys.argv[2], "plfts", sys.argv[3]))])
"""


def found(project, table, field, words):
    done = project.python(ASK, table, field, words)
    assert done.code == 0, done.errors
    return done.output.strip()


@pytest.fixture
def albums(project):
    project.models(BEFORE)
    project.made()
    project.insert("albums", title="Summer by the sea", notes="warm")
    project.insert("albums", title="Winter", notes=None)
    return project


@pytest.fixture
def searched(albums):
    albums.models(SEARCHED)
    albums.done("up")
    return albums


def test_the_rows_that_are_there_are_found_when_a_field_becomes_searchable(searched):
    assert found(searched, "albums", "title", "sea") == "[1]"
    assert found(searched, "albums", "notes", "warm") == "[1]"
    searched.sql("UPDATE albums SET title = 'Sea in winter' WHERE id = 2")  # by any other program
    assert found(searched, "albums", "title", "sea") == "[1, 2]"
    searched.sql("DELETE FROM albums WHERE id = 1")
    assert found(searched, "albums", "title", "sea") == "[2]"
    assert "nothing to write" in searched.done("make")[0].output


def test_serve_is_told_what_is_missing(albums):
    albums.models(SEARCHED)
    ready = """
from app import app
from mainspring.app import open_backend
from mainspring.settings import Settings
from pathlib import Path
print(open_backend(app, Settings(data=Path("data"))).faults())
"""
    assert "search indexes" in albums.python(ready).output
    albums.done("up")
    assert albums.python(ready).output == "[]\n"
    albums.models(BEFORE)
    assert "search indexes" in albums.python(ready).output
    albums.done("up")
    assert albums.sql("SELECT name FROM sqlite_master WHERE name LIKE 'mainspring_search%'") == []


def test_a_rename_of_the_column(searched):
    searched.models(SEARCHED.replace("title:", "name:"))
    searched.made("--rename albums.title=name")
    assert found(searched, "albums", "name", "sea") == "[1]"


def test_a_rename_of_the_table(searched):
    searched.models(SEARCHED.replace("Album", "Collection"))
    searched.made("--rename albums=collections")
    assert found(searched, "collections", "title", "sea") == "[1]"
    searched.insert("collections", title="The sea")
    assert found(searched, "collections", "title", "sea") == "[1, 3]"


def test_a_table_that_is_made_anew(searched):
    searched.models(SEARCHED.replace("max_length=120", "max_length=60") + "    stars: Mapped[int] = field(default=3, min=0)\n")
    searched.made()
    assert found(searched, "albums", "title", "sea") == "[1]"
    searched.sql("UPDATE albums SET notes = 'cold' WHERE id = 1")
    assert (found(searched, "albums", "notes", "warm"), found(searched, "albums", "notes", "cold")) == ("[]", "[1]")


def test_a_searchable_column_that_goes_and_one_that_comes(searched):
    searched.models(
        BEFORE.replace("notes: Mapped[str | None] = field()", 'words: Mapped[str] = field(default="new", search=True)')
    )
    searched.made("--drop albums.notes")
    assert found(searched, "albums", "words", "new") == "[1, 2]"


def test_what_an_authors_statement_writes_is_found(searched):
    searched.write("0002_words.py", MIGRATION.format(before=searched.files[0].removesuffix(".py")))
    searched.done("up")
    assert found(searched, "albums", "notes", "storm") == "[1, 2]"


def test_only_text_is_searched(project):
    project.models("class Album(Model):\n    stars: Mapped[int] = field(search=True)\n")
    done = project.python("import app")
    assert "'stars' is integer; 'search=True' is for text" in done.errors


def test_it_is_still_right_after_the_file_was_packed(project):
    project.models("class Genre(Model):\n    code: Mapped[str] = field(key=True)\n    name: Mapped[str] = field(search=True)\n")
    project.made()
    for number in range(20):
        project.insert("genres", code=f"g{number}", name=f"name{number} of many")
    project.sql("DELETE FROM genres WHERE code IN ('g3', 'g4', 'g5')")
    project.sql("VACUUM")
    found = project.python(ASK.replace("each.id for", "each.code for"), "genres", "name", "name17")
    assert found.output.strip() == "['g17']", found.errors


def test_how_many_words_begin_so_costs_little():
    """Nothing stops SQLite while it gathers the words that a prefix stands for, so the index has them gathered."""
    connection = pysqlite3.connect(":memory:")
    connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
    rows = [(" ".join(f"w{(at * 7 + place * 1009) % 20_000}" for place in range(10)),) for at in range(20_000)]
    connection.executemany("INSERT INTO notes (text) VALUES (?)", rows)
    for statement in (*make_index("notes", ("id",), ("text",)).values(), fill_index("notes", ("text",))):
        connection.execute(statement)

    def seconds(text: str) -> float:
        began = time.process_time()
        question = f'SELECT count(*) FROM "{index_name("notes")}"(?)'
        assert connection.execute(question, [write_search(Words(text, prefix=True))]).fetchone()[0] > 10_000
        return time.process_time() - began

    for text in ("w", "w1"):
        assert min(seconds(text) for _ in range(5)) < 0.008  # looking each of them up takes 0.017 and 0.030
    connection.close()
