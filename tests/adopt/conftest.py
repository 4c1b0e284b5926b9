"""Databases that were there before, adopted and served by the real commands."""

import json
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pysqlite3 import dbapi2 as driver
from tests.cli.conftest import ProjectFolder, Server

DATA = Path(__file__).with_name("data")


@dataclass
class Adopted:
    """A folder into which a database was adopted, and its server once it is started."""

    project: ProjectFolder
    database: Path
    secret: str = ""
    server: Server | None = None

    def start(self, **settings: str) -> "Adopted":
        self.secret = json.loads(self.project.run("keys", "--json").stdout)["secret"] if not self.secret else self.secret
        self.server = self.project.start("serve", **settings)
        return self

    def stop(self) -> None:
        assert self.server is not None, "it is started"
        assert self.server.stop() == 0

    def ask(self, method: str, path: str, *, administrator: bool = True, **options: Any) -> httpx.Response:
        """Ask as the administrator, or as nobody."""
        assert self.server is not None, "it is started"
        headers = ({"apikey": self.secret} if administrator else {}) | options.pop("headers", {})
        return httpx.request(method, f"http://127.0.0.1:{self.server.port}/rest/v1/{path}", headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def records(self, path: str, **options: Any) -> Any:
        reply = self.get(path, **options)
        assert reply.status_code in {200, 206}, reply.text
        return reply.json()

    @property
    def models(self) -> str:
        return (self.project.folder / "models.py").read_text("utf-8")

    def write_models(self, old: str, new: str) -> None:
        """Let the owner write something into the models."""
        assert old in self.models
        (self.project.folder / "models.py").write_text(self.models.replace(old, new), "utf-8")


Adopt = Callable[..., Adopted]


def adopt(folder: Path, sql: str | bytes, *options: str) -> Adopted:
    """A database of its own, made by SQL or given as a file's content, and adopted."""
    folder.mkdir(parents=True)
    database = folder / "some.sqlite"
    if isinstance(sql, bytes):
        database.write_bytes(sql)
    else:
        connection = driver.connect(str(database))
        connection.executescript(sql)
        connection.close()
    project = ProjectFolder(folder / "project")
    project.folder.mkdir()
    project.run("adopt", str(database), *options)
    return Adopted(project, database)


@pytest.fixture
def adopted(tmp_path: Path) -> Iterator[Adopt]:
    """Adopts a database: `adopted("CREATE TABLE …")`."""
    made: list[Adopted] = []

    def make(sql: str | bytes, *options: str) -> Adopted:
        made.append(adopt(tmp_path / str(len(made)), sql, *options))
        return made[-1]

    yield make
    for each in made:
        each.project.close()


def chinook_file() -> bytes:
    return lzma.decompress((DATA / "chinook.sqlite.xz").read_bytes())


@pytest.fixture(scope="module")
def chinook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    """Chinook, adopted and served."""
    made = adopt(tmp_path_factory.mktemp("chinook") / "here", chinook_file()).start()
    yield made
    made.project.close()
