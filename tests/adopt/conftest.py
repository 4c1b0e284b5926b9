"""Databases that were there before, adopted and served by the real commands."""

import json
import lzma
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pymysql
import pytest
from pymysql.constants import CLIENT
from pysqlite3 import dbapi2 as driver
from tests.cli.conftest import ProjectFolder, Server
from tests.servers import Databases

DATA = Path(__file__).with_name("data")


@dataclass
class Adopted:
    """A folder into which a database was adopted, and its server once it is started."""

    project: ProjectFolder
    address: str
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
    def database(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.address)

    def adopt(self, *words: str, code: int = 0) -> str:
        """Adopt once more; gives what is told."""
        done = self.project.run("adopt", self.address, *words, code=code)
        return done.stdout + done.stderr

    def sql(self, *statements: str) -> None:
        """Change the database as somebody else does."""
        run(self.address, *statements)

    @property
    def models(self) -> str:
        return (self.project.folder / "models.py").read_text("utf-8")

    def write_models(self, old: str, new: str) -> None:
        """Let the owner write something into the models."""
        assert old in self.models
        (self.project.folder / "models.py").write_text(self.models.replace(old, new), "utf-8")


Adopt = Callable[..., Adopted]


def run(address: str, *statements: str) -> None:
    """Run SQL, of several statements, in a database."""
    if address.startswith("postgresql:"):
        with psycopg.connect(address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())
    elif address.startswith("mariadb:"):
        parts = urlsplit(address)
        with (
            pymysql.connect(
                host=parts.hostname,
                port=parts.port or 0,
                user=parts.username,
                database=parts.path[1:],
                client_flag=CLIENT.MULTI_STATEMENTS,
                autocommit=True,
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
                while cursor.nextset():
                    pass
    else:
        with closing(driver.connect(address)) as connection:
            for statement in statements:
                connection.executescript(statement)


def adopt(folder: Path, address: str, *options: str) -> Adopted:
    """A database, adopted into a project of its own."""
    project = ProjectFolder(folder / "project")
    project.folder.mkdir(parents=True)
    project.run("adopt", address, *options)
    return Adopted(project, address)


@pytest.fixture
def adopted(tmp_path: Path) -> Iterator[Adopt]:
    """Adopts a new SQLite database, made by SQL or given as a file's content: `adopted("CREATE TABLE …")`."""
    made: list[Adopted] = []

    def make(sql: str | bytes, *options: str) -> Adopted:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        database = folder / "some.sqlite"
        if isinstance(sql, bytes):
            database.write_bytes(sql)
        else:
            run(str(database), sql)
        made.append(adopt(folder, str(database), *options))
        return made[-1]

    yield make
    for each in made:
        each.project.close()


@pytest.fixture
def adopted_there(tmp_path: Path, databases: Databases) -> Iterator[Adopt]:
    """Adopts a new database of a server, made by SQL."""
    made: list[Adopted] = []

    def make(sql: str, *options: str) -> Adopted:
        address = databases.make()
        run(address, sql)
        made.append(adopt(tmp_path / str(len(made)), address, *options))
        return made[-1]

    yield make
    for each in made:
        each.project.close()
        databases.drop(each.address)


def chinook_file() -> bytes:
    return lzma.decompress((DATA / "chinook.sqlite.xz").read_bytes())


def make_chinook(engine: str, databases: Databases, folder: Path) -> str:
    """A new database with Chinook in it, by the script or file of its authors; gives its address."""
    if engine == "sqlite":
        (folder / "chinook.sqlite").write_bytes(chinook_file())
        return str(folder / "chinook.sqlite")
    name, start = {"postgresql": ("postgres", "\\c chinook_serial;"), "mariadb": ("mysql", "USE `Chinook_AutoIncrement`;")}[
        engine
    ]
    script = lzma.decompress((DATA / f"chinook.{name}.sql.xz").read_bytes()).decode()
    address = databases.make()
    run(address, script.partition(start)[2])
    return address


@pytest.fixture(scope="module")
def chinook(engine: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    """Chinook, adopted and served."""
    folder = tmp_path_factory.mktemp("chinook")
    made = adopt(folder, make_chinook(engine, databases, folder)).start()
    yield made
    made.project.close()
    if engine != "sqlite":
        databases.drop(made.address)
