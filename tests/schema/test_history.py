"""The chain of migration files: what does not fit is told, with what to do."""

import pytest

MODELS = "class Book(Model):\n    title: Mapped[str] = field()\n"
TWO = """
after = {after!r}

def up(op):
    op.execute("SELECT 1")

def down(op):
    pass
"""


@pytest.fixture
def library(project):
    project.models(MODELS)
    project.made("--name start")
    return project


def broken(project, command: str = "up") -> str:
    done = project.fails(command)
    assert done.code == 7
    return done.errors


def test_an_applied_file_that_was_changed(library):
    library.write("0001_start.py", library.read("0001_start.py").replace("Text()", "String(9)"))
    assert "0001_start.py was changed after it was applied" in broken(library)
    assert "was changed" in broken(library, "plan")


def test_down_and_the_docstring_may_be_improved_and_the_file_renamed(library):
    text = (
        library.read("0001_start.py")
        .replace('"""Start.', '"""The first tables.')
        .replace('op.drop_table("books")', 'op.drop_table("books")  # all')
    )
    library.write("0001_start.py", text)
    (library.folder / "migrations" / "0001_start.py").rename(library.folder / "migrations" / "0001_first.py")
    library.done("up", "status")


def test_an_applied_file_that_is_gone(library):
    (library.folder / "migrations" / "0001_start.py").unlink()
    assert "0001_start was applied to this database, but its file is not there" in broken(library)


def test_two_files_with_one_number(library):
    library.write("0002_mine.py", TWO.format(after="0001_start"))
    library.write("0002_yours.py", TWO.format(after="0001_start"))
    errors = broken(library)
    assert "0002_mine.py and migrations/0002_yours.py have one number" in errors
    assert "the number 0003" in errors


def test_a_number_that_is_missing(library):
    library.write("0003_far.py", TWO.format(after="0002_gone"))
    assert "migration 0002 is missing before 0003_far.py" in broken(library)


def test_a_file_behind_another_than_it_says(library):
    library.write("0002_other.py", TWO.format(after="0001_begin"))
    assert "after = '0001_begin'" in broken(library)


def test_a_file_without_up(library):
    library.write("0002_empty.py", "after = '0001_start'\n")
    assert "there is no 'def up(op: Operations) -> None:'" in broken(library)


def test_a_file_with_a_slip_of_the_pen(library):
    library.write("0002_slip.py", "after = '0001_start'\ndef up(op)\n")
    done = library.fails("up")
    assert done.code == 1
    assert "0002_slip.py:2:" in done.errors


def test_a_strange_name(library):
    library.write("2_short.py", "")
    assert "2_short.py has a name that no migration has" in broken(library)


def test_status_tells_where_a_new_project_stands(project):
    project.models(MODELS)
    status = project.fails("status --json")
    assert status.code == 3
    assert status.json["applied"] == []
    assert "create the table books" in status.json["unwritten"]
    assert not project.database.exists()


def test_a_name_that_no_file_can_have(project):
    project.models(MODELS)
    assert "write it with letters" in project.fails("make --name '../x'").errors
