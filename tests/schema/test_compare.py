"""What changes in the models is found, and found to be done afterwards."""

import pytest

BEFORE = """
class Author(Model):
    name: Mapped[str] = field(max_length=50)

class Book(Model):
    title: Mapped[str] = field(max_length=100)
    pages: Mapped[int] = field(index=True)
    author: Mapped[Author] = one()
    note: Mapped[str | None] = field()
    isbn: Mapped[str] = field(max_length=20)
    constraints = [check(pages > 0)]
"""


def changed(old: str, new: str) -> str:
    assert old in BEFORE
    return BEFORE.replace(old, new)


GONE_RELATION = changed("    author: Mapped[Author] = one()\n", "")

CHANGES = {
    "a new table": (BEFORE + "class Shelf(Model):\n    label: Mapped[str] = field()\n", "create the table shelfs"),
    "a new field": (changed("    note:", "    stars: Mapped[int | None] = field()\n    note:"), "books: add the column stars"),
    "a field gone": (changed("    note: Mapped[str | None] = field()\n", ""), "books: drop the column note"),
    "a longer text": (changed("max_length=100", "max_length=200"), "books: the column title becomes String(200)"),
    "text without limit": (changed("field(max_length=100)", "field()"), "books: the column title becomes Text()"),
    "another type": (
        changed("note: Mapped[str | None]", "note: Mapped[float | None]"),
        "books: the column note becomes Float(53)",
    ),
    "may be empty": (changed("isbn: Mapped[str]", "isbn: Mapped[str | None]"), "books: the column isbn may be null"),
    "must not be empty": (changed("note: Mapped[str | None]", "note: Mapped[str]"), "books: the column note must not be null"),
    "an index": (changed("max_length=100", "max_length=100, index=True"), "books: index title"),
    "an index gone": (changed("field(index=True)", "field()"), "books: drop the index ix_books_pages"),
    "unique": (changed("max_length=20", "max_length=20, unique=True"), "books: add the constraint uq_books_isbn"),
    "unique together": (
        changed("check(pages > 0)", "check(pages > 0), unique(title, author)"),
        "books: add the constraint uq_books_title_author_id",
    ),
    "another check": (changed("pages > 0", "pages >= 0"), "books: add the constraint ck_books_check_1"),
    "a check gone": (changed("    constraints = [check(pages > 0)]\n", ""), "books: drop the constraint ck_books_check_1"),
    "on delete": (changed("= one()", '= one(on_delete="cascade")'), "books: add the constraint fk_books_author_id"),
    "a relation gone": (GONE_RELATION, "books: drop the constraint fk_books_author_id"),
    "many to many": (
        changed("class Book(Model):", "class Book(Model):\n    readers: Mapped[list[User]] = many()"),
        "create the table books_readers",
    ),
}


@pytest.fixture(scope="module")
def started(tmp_path_factory, project_in):
    """A project with a book in it, made once and copied by each test."""
    project = project_in(tmp_path_factory.mktemp("started"))
    project.models(BEFORE)
    project.made("--name start")
    project.insert("authors", name="Ann")
    project.insert("books", title="Old", pages=3, author_id=1, note="4.5", isbn="1")
    return project


@pytest.mark.parametrize(("after", "words"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found_written_performed_and_taken_back(started, copy_of, after: str, words: str):
    project = copy_of(started)
    project.models(after)
    before, _, _, current, down, end = project.migrate(
        "status --json", "make --name change", "up --allow-loss", "status --json", "down --allow-loss", "status --json"
    )
    assert words in before.json["unwritten"]
    assert current.json["current"]
    if after is GONE_RELATION:
        assert down.code == 6  # nobody knows the authors any more
        return
    assert down.code == 0, down.errors
    assert end.json["foreign"] == []
    assert end.json["pending"] == ["0002_change"]
    assert project.sql("SELECT title, pages, isbn FROM books") == [("Old", 3, "1")]


def test_tables_that_refer_to_each_other(project):
    project.models("""
class Person(Model):
    boss: Mapped["Person | None"] = one(on_delete="set null")
    team: Mapped["Team | None"] = one(on_delete="set null")

class Team(Model):
    head: Mapped[Person] = one()
""")
    project.made()
    project.done("status")
    project.models("""
class Person(Model):
    boss: Mapped["Person | None"] = one(on_delete="set null")
    team: Mapped["Team | None"] = one(on_delete="restrict")

class Team(Model):
    head: Mapped[Person] = one(on_delete="cascade")
""")
    project.made()
    project.done("status")


def test_a_changed_key_is_refused_with_a_way_out(project):
    project.models("class Book(Model):\n    title: Mapped[str] = field()\n")
    project.made()
    project.models("class Book(Model):\n    title: Mapped[str] = field(key=True)\n")
    done = project.fails("make")
    assert done.code == 1
    assert "make a new model with the new key" in done.errors


def test_what_was_changed_by_hand_is_told(project):
    project.models(BEFORE)
    project.made()
    project.sql("DROP INDEX ix_books_pages")
    status = project.fails("status")
    assert status.code == 3
    assert "by hand" in status.output
    assert "drop the index ix_books_pages" in status.output
