"""How commands find the app, and what they say where they do not."""

import os

import pytest

from mainspring import __name__ as package


def test_the_app_may_be_a_package(project):
    text = (project.folder / "app.py").read_text("utf-8")
    (project.folder / "app.py").unlink()
    (project.folder / "app").mkdir()
    project.write(text, "app/__init__.py")
    project.run("migrate", "make")


def test_it_may_stand_elsewhere(project):
    text = (project.folder / "app.py").read_text("utf-8")
    (project.folder / "app.py").unlink()
    project.write(text.replace("app = App", "notes = App"), "main.py")
    project.run("migrate", "make", "--app", "main:notes")


@pytest.mark.parametrize("module", ["lengths", "parts.lengths"])
def test_a_save_right_after_another_is_seen(project, monkeypatch, module):
    """Python alone takes bytecode for that of a source which has the same length and was saved in the same second."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    text = (project.folder / "app.py").read_text("utf-8").replace("max_length=100", "max_length=LENGTH")
    (project.folder / "parts").mkdir()
    project.write(f"from {module} import LENGTH\n{text}")
    saved = project.folder / f"{module.replace('.', '/')}.py"
    for length in ("100", "200"):
        saved.write_text(f"LENGTH = {length}\n", "utf-8")
        os.utime(saved, (1_000_000_000, 1_000_000_000))
        project.run("migrate", "make")
    assert "200" in max((project.folder / "migrations").glob("*.py")).read_text("utf-8")
    assert not list(project.folder.glob("**/lengths*.pyc"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, ["there is no app.py in", "--app module:name"]),
        ("", ["'app' has no app named 'app'", 'app = App("…")']),
        ("app = 1", ["'app' has no app named 'app'"]),
        ("import nothing_of_that_name", ['app.py", line 1', "No module named 'nothing_of_that_name'"]),
        ("x = 1\nif True print(x)", ['app.py", line 2', "SyntaxError"]),
        ("def f():\n    raise ValueError('odd')\n\nf()", ['app.py", line 4', 'app.py", line 2', "ValueError: odd"]),
    ],
)
def test_what_is_wrong_is_told_in_the_author_s_own_lines(project, text, told):
    if text is None:
        (project.folder / "app.py").unlink()
    else:
        project.write(text)
    error = project.run("migrate", "status", code=1).stderr
    assert [word for word in told if word not in error] == []
    assert "importlib" not in error
    assert package not in error.replace("'mainspring", "")


def test_a_wrong_declaration_names_file_and_line(project):
    project.write((project.folder / "app.py").read_text("utf-8").replace("field(max_length=100)", "field(default=[])"))
    error = project.run("migrate", "status", code=1).stderr
    assert "app.py:8" in error
