"""A project folder as its author has it. Models live in a process-wide registry, so every command is a process of its own."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as driver

HEAD = """
from datetime import datetime
from decimal import Decimal
from mainspring import *
from mainspring.app import App
import mainspring.change.files

app = App("test")
"""

STAMPS = {"created_at": "2026-01-01 00:00:00.000000", "updated_at": "2026-01-01 00:00:00.000000", "version": 1}


COMMANDS = """
import json, shlex, sys
from click.testing import CliRunner
from mainspring.cli.migrate import migrate
results = [CliRunner().invoke(migrate, shlex.split(each)) for each in sys.argv[1:]]
for each in results:
    if each.exception is not None and not isinstance(each.exception, SystemExit):
        raise each.exception
print(json.dumps([(each.exit_code, each.stdout, each.stderr) for each in results]))
"""


@dataclass
class Done:
    code: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        return json.loads(self.output)


class Project:
    def __init__(self, folder: Path, forks: Any) -> None:
        self.folder = folder
        self.forks = forks

    @property
    def database(self) -> Path:
        return self.folder / "data" / "app.sqlite"

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "migrations").glob("*"))

    def read(self, name: str) -> str:
        return (self.folder / "migrations" / name).read_text("utf-8")

    def write(self, name: str, text: str) -> None:
        (self.folder / "migrations").mkdir(exist_ok=True)
        (self.folder / "migrations" / name).write_text(text, "utf-8")

    def models(self, text: str) -> None:
        (self.folder / "app.py").write_text(HEAD + text, "utf-8")

    def python(self, code: str, *arguments: object) -> Done:
        """A program in a process of its own."""
        output, errors = self.folder / ".output", self.folder / ".errors"
        work = {"folder": self.folder, "code": code, "arguments": arguments, "output": output, "errors": errors}
        self.forks.stdin.write(json.dumps(work, default=str) + "\n")
        self.forks.stdin.flush()
        result = int(self.forks.stdout.readline())
        return Done(result, output.read_text("utf-8"), errors.read_text("utf-8"))

    def migrate(self, *commands: str) -> list[Done]:
        """Several commands, one after the other, in one process: starting one takes longer than most of them."""
        done = self.python(COMMANDS, *commands)
        assert done.code == 0, done.errors
        return [Done(*each) for each in done.json]

    def fails(self, command: str) -> Done:
        """One command that must not succeed."""
        (done,) = self.migrate(command)
        assert done.code != 0
        return done

    def done(self, *commands: str) -> list[Done]:
        """Commands that have to succeed."""
        results = self.migrate(*commands)
        for each in results:
            assert each.code == 0, each.errors + each.output
        return results

    def made(self, options: str = "") -> None:
        """Write the migration, and perform it."""
        self.done(f"make {options}", "up --allow-loss")

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        connection = driver.connect(str(self.database), isolation_level=None)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            return connection.execute(statement, parameters).fetchall()
        finally:
            connection.close()

    def insert(self, table: str, **values: Any) -> None:
        values |= STAMPS
        marks = ", ".join("?" * len(values))
        self.sql(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", *values.values())


@pytest.fixture(scope="session")
def forks() -> Iterator[Any]:
    command = [sys.executable, str(Path(__file__).with_name("forks.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


@pytest.fixture(scope="session")
def project_in(forks: Any) -> Callable[[Path], Project]:
    """Makes a project in a folder of the test's own choice."""
    return lambda folder: Project(folder, forks)


@pytest.fixture
def project(tmp_path: Path, project_in: Callable[[Path], Project]) -> Project:
    return project_in(tmp_path)


@pytest.fixture
def copy_of(tmp_path: Path, project_in: Callable[[Path], Project]) -> Callable[[Project], Project]:
    """Copies a project, so that a test can do with it what it wants."""
    return lambda project: project_in(Path(shutil.copytree(project.folder, tmp_path / "copy")))
