"""What generators make of the description compiles, and is as exact as the models."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.rest.conftest import Library

CLIENT = Path(__file__).parents[1] / "client"
PACKAGES = CLIENT / "node_modules"


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def description(readable: Library, tmp_path: Path) -> Path:
    """The description, as a librarian sees it, in a file."""
    path = tmp_path / "openapi.json"
    path.write_bytes(readable.get("", "lib").content)
    return path


def test_types_for_typescript(description: Path, tmp_path: Path):
    options = ("--output", "api.d.ts", "--default-non-nullable=false")  # what has a default may be left out
    run("node", PACKAGES / "openapi-typescript" / "bin" / "cli.js", description, *options, folder=tmp_path)
    (tmp_path / "library.ts").write_text((CLIENT / "library.ts").read_text("utf-8"), "utf-8")
    options = ("--strict", "--noEmit", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler")
    run("node", PACKAGES / "typescript" / "bin" / "tsc", *options, "library.ts", folder=tmp_path)


PROGRAM = """
from library_client import Client
from library_client.api.books import create_books, delete_books, read_books, replace_books, update_books
from library_client.models import Books, BooksInsert, MainspringError

book = Books.from_dict({"id": 1, "title": "Summer", "price": 9.5, "shelf": {"title": "Sea"}, "genres": [{"code": "novel"}]})
assert (book.title, book.shelf.title, book.genres[0].code) == ("Summer", "Sea", "novel")
assert BooksInsert(title="Winter", shelf_id=1).to_dict() == {"title": "Winter", "shelf_id": 1, "lent": False}
assert MainspringError.from_dict({"code": "42501", "message": "no", "details": None, "hint": None}).code == "42501"
"""


def test_a_client_for_python(description: Path, tmp_path: Path):
    generator = "from openapi_python_client.cli import app; app()"
    options = ("generate", "--path", str(description), "--meta", "none", "--output-path", str(tmp_path / "library_client"))
    run(sys.executable, "-c", generator, *options, folder=tmp_path)
    run(sys.executable, "-c", PROGRAM, folder=tmp_path)
