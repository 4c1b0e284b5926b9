"""A back end with the library's models, asked over HTTP without a server between. A defect, told as Failed, fails the test."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partialmethod
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image as Pictures
from tests.rest import models
from tests.servers import Databases

from mainspring.app import App, Backend, asgi, open_backend
from mainspring.auth.tables import Account
from mainspring.change.records import Records
from mainspring.context import Who
from mainspring.observe import Answered, Event
from mainspring.rest.http.room import PREFIX
from mainspring.schema.create import create_all
from mainspring.settings import Settings

PEOPLE = {
    "ann": Who.user(UUID(int=1)),
    "bob": Who.user(UUID(int=2)),
    "cid": Who.user(UUID(int=3)),
    "lib": Who.user(UUID(int=4), frozenset({"librarian"})),
    "tim": Who.user(UUID(int=5), frozenset({"trainee"})),
    "adm": Who.user(UUID(int=6), frozenset({"administrator"})),
    "key": Who.secret_key(),
    "": Who.anonymous(),
}
SYSTEM = Who.system("a test")

Tokens = dict[str, str]


@dataclass(repr=False)
class Library:
    """A running back end, as `app.py` joins it, and what its people sign requests with."""

    backend: Backend
    tokens: Tokens
    events: list[Event] = field(default_factory=list)
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.site = asgi(self.backend, self.events.append)

    def as_(self, name: str) -> Records:
        """The records as somebody may see and change them; as "system", all of them."""
        return self.backend.records.as_(PEOPLE.get(name, SYSTEM))

    def request(self, method: str, path: str, who: str = "", **options: Any) -> httpx.Response:
        """Ask; `path` is below `/rest/v1/`; `prefer`, `accept` and `range` are headers."""
        headers = httpx.Headers(options.pop("headers", None))
        headers.update({word: options.pop(word) for word in ("prefer", "accept", "range") if word in options})
        if who:
            headers["authorization"] = f"Bearer {self.tokens[who]}"
        url = path if path.startswith("/") else f"{PREFIX}/{path}"

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.site)) as client:
                return await client.request(method, f"http://test{url}", headers=headers, **options)

        self.events.clear()
        reply = self.runner.run(send())
        defects = [event for event in self.events if not isinstance(event, Answered)]
        assert defects == []
        assert b"Traceback" not in reply.content
        return reply

    get = partialmethod(request, "GET")
    head = partialmethod(request, "HEAD")
    post = partialmethod(request, "POST")
    patch = partialmethod(request, "PATCH")
    delete = partialmethod(request, "DELETE")

    def names(self, path: str, who: str = "", word: str = "title", **options: Any) -> list[Any]:
        """One field of each record."""
        reply = self.get(path, who, **options)
        assert reply.status_code in {200, 206}, reply.text
        return [record[word] for record in reply.json()]

    def contents(self) -> list[str]:
        """The hashes of all stored files."""
        return sorted(path.name for path in (self.backend.settings.data / "files").glob("??/??/*"))

    def close(self) -> None:
        self.runner.close()
        self.backend.close()


def open_library(settings: Settings, tokens: Tokens) -> Library:
    return Library(open_backend(App("library"), settings), tokens)


def sign_in(backend: Backend) -> Tokens:
    """The people, and a token of each."""
    tokens = {"key": backend.authority.keys.rotate().secret or ""}

    def begin(records: Records) -> None:
        for name, who in PEOPLE.items():
            if who.id is not None:
                values = {"email": f"{name}@example.org", "name": name.title(), "roles": sorted(who.roles)}
                user = records.create(models.User, id=who.id, **values)
                account = records.create(Account, user=user, password="-")
                tokens[name] = backend.authority.sessions.begin(records, user, account).access

    backend.records.as_(SYSTEM).transact(begin)
    return tokens


def fill(records: Records) -> None:
    """The library's things."""
    for code, name in (("novel", "Novel"), ("poem", "Poem"), ("play", "Play")):
        records.create(models.Genre, code=code, name=name)
    ann, bob, cid = (PEOPLE[name].id for name in ("ann", "bob", "cid"))
    sea = records.create(models.Shelf, title="Sea", owner=ann, keeper=bob, friends=[bob])
    ice = records.create(models.Shelf, title="Ice", owner=ann, parent=sea)
    fire = records.create(models.Shelf, title="Fire", owner=cid)
    rows = (
        (sea, "Moby Dick", {"pages": 635, "price": "12.50", "colour": "blue", "genres": ["novel"], "cost": "7.10"}),
        (sea, "The Waves", {"pages": 324, "price": "9.00", "colour": "green", "reader": ann, "diary": "slow", "whisper": "h"}),
        (sea, "Sea-Fever", {"pages": 1, "lent": True, "genres": ["poem", "play"], "reader": bob, "diary": "short"}),
        (ice, "Smilla", {"pages": 453, "price": "9.00", "extra": {"cold": [1, 2.50]}, "tags": ["snow", "ice"]}),
        (fire, "Fahrenheit 451", {"pages": 158, "published": "1953-10-19", "seen_at": "2026-01-02T03:04:05Z"}),
    )
    for shelf, title, values in rows:
        records.create(models.Book, shelf=shelf, title=title, **values)
    records.create(models.Loan, desk=1, number=1, note="first")
    records.create(models.Loan, desk=1, number=2)
    records.create(models.Remark, author=ann, text="for all", public=True)
    records.create(models.Remark, author=ann, text="mine")
    records.create(models.Ledger, amount="10.00", limit=5)
    records.create(models.Vault, word="closed")
    records.create(models.Sealed, word="sealed")


Template = tuple[Settings, Tokens]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Template:
    """A folder and a filled database, to be copied: quicker than to make it anew for each test."""
    settings = Settings(data=tmp_path_factory.mktemp("library"), database=databases.make())
    backend = open_backend(App("library"), settings)
    create_all(backend.engine, backend.catalog)
    tokens = sign_in(backend)
    fill(backend.records.as_(SYSTEM))
    backend.close()
    return settings, tokens


Open = Callable[..., Library]


def open_copy(template: Template, databases: Databases, folder: Path, **limits: Any) -> Library:
    """A library of one's own, in a folder that is not there yet; see `close_copy`."""
    filled, tokens = template
    shutil.copytree(filled.data, folder)
    settings = Settings(data=folder, database=databases.make(filled.database), **limits)
    return open_library(settings, tokens)


def close_copy(library: Library, databases: Databases) -> None:
    library.close()
    databases.drop(library.backend.settings.database)


@pytest.fixture
def open_with(template: Template, tmp_path: Path, databases: Databases) -> Iterator[Open]:
    """Opens a library of the test's own, under limits: `open_with(page_rows=2)`."""
    opened: list[Library] = []

    def make(**limits: Any) -> Library:
        opened.append(open_copy(template, databases, tmp_path / f"data{len(opened)}", **limits))
        return opened[-1]

    yield make
    for library in opened:
        close_copy(library, databases)


@pytest.fixture
def library(open_with: Open) -> Library:
    return open_with()


@pytest.fixture(scope="module")
def readable(template: Template, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library shared by the tests of a module, which only read."""
    library = open_copy(template, databases, tmp_path_factory.mktemp("readable") / "data")
    yield library
    close_copy(library, databases)


def double_remarks(library: Library, times: int) -> None:
    """Make two remarks to two to the power of so many and one more, all of them public, past the limits of time."""
    columns = "text, public, author_id, created_at, updated_at, version"
    with library.backend.engine.alchemy().begin() as connection:
        connection.exec_driver_sql("UPDATE remarks SET public = true")
        for time in range(times):
            more = f"SELECT id + {2 * 2**time}, {columns} FROM remarks"
            connection.exec_driver_sql(f"INSERT INTO remarks (id, {columns}) {more}")


@cache
def picture(colour: str = "gold", format: str = "PNG") -> bytes:
    """A small picture."""
    stream = BytesIO()
    Pictures.new("RGB", (4, 3), colour).save(stream, format)
    return stream.getvalue()
