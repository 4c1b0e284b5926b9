"""A back end with the library's models, asked over HTTP without a server between. A defect, told as Failed, fails the test."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partialmethod
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image as Pictures
from tests.rest import models

from mainspring.access.conditions import Conditions
from mainspring.change.apply import Applier
from mainspring.change.changer import Changer
from mainspring.change.check import Checker
from mainspring.change.files import Sweeper
from mainspring.change.records import Records
from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.errors import Unauthenticated
from mainspring.files.stores.disk import DiskStore
from mainspring.model.catalog import Catalog, freeze
from mainspring.observe import Answered, Event
from mainspring.query.reader import Reader
from mainspring.rest.http.download import Downloads
from mainspring.rest.http.room import PREFIX, Rest
from mainspring.rest.openapi import describe
from mainspring.rest.http.upload import Uploads
from mainspring.schema.create import create_all
from mainspring.settings import Settings
from mainspring.web.site import Site

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


def identify(authorization: bytes | None, apikey: bytes | None) -> Who:
    """Tokens are names here."""
    name = (authorization or b"").removeprefix(b"Bearer ").decode()
    if name not in PEOPLE:
        raise Unauthenticated("the token is not one of ours")
    return PEOPLE[name]


@dataclass
class Library:
    """A running back end and its data."""

    catalog: Catalog
    conditions: Conditions
    settings: Settings
    database: Database
    store: DiskStore
    reader: Reader
    records: Records
    site: Site
    events: list[Event]
    loop: asyncio.AbstractEventLoop

    def as_(self, name: str) -> Records:
        return self.records.as_(PEOPLE[name])

    def request(self, method: str, path: str, who: str = "", **options: Any) -> httpx.Response:
        """Ask; `path` is below `/rest/v1/`, `prefer` and `accept` are headers."""
        headers = dict(options.pop("headers", {}))
        headers |= {word: options.pop(word) for word in ("prefer", "accept", "range") if word in options}
        if who:
            headers["authorization"] = f"Bearer {who}"
        url = path if path.startswith("/") else f"{PREFIX}/{path}"

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.site)) as client:
                return await client.request(method, f"http://test{url}", headers=headers, **options)

        reply = self.loop.run_until_complete(send())
        wrong = [event for event in self.events if not isinstance(event, Answered)]
        assert wrong == [], wrong
        assert b"Traceback" not in reply.content
        return reply

    get = partialmethod(request, "GET")
    head = partialmethod(request, "HEAD")
    post = partialmethod(request, "POST")
    patch = partialmethod(request, "PATCH")
    delete = partialmethod(request, "DELETE")

    def names(self, path: str, who: str = "", word: str = "title") -> list[Any]:
        """One field of each record."""
        reply = self.get(path, who)
        assert reply.status_code in {200, 206}, reply.text
        return [record[word] for record in reply.json()]

    def contents(self) -> list[str]:
        """The hashes of all stored files."""
        return sorted(path.name for path in (self.settings.data / "files").glob("??/??/*"))


def open_library(folder: Path, **limits: Any) -> Library:
    """The back end of a folder, put together as `app.py` does it."""
    settings = Settings(data=folder, **limits)
    catalog, engine = freeze(), SqliteEngine(folder / "app.sqlite")
    database = Database(engine, settings.statement_seconds)
    store = DiskStore(folder / "files", settings.image_pixels)
    conditions = Conditions(catalog)
    reader, checker = Reader(catalog, conditions, engine, settings), Checker(catalog, conditions, settings)
    changer = Changer(database, store, reader, checker, Applier(reader, conditions), Sweeper(catalog, database, store))
    rest = Rest(
        catalog=catalog,
        conditions=conditions,
        reader=reader,
        changer=changer,
        database=database,
        uploads=Uploads(store, checker, database, settings),
        downloads=Downloads(catalog, conditions, reader, database, store),
        describe=describe(catalog, conditions, name="library", version="1", paths={}),
        identify=identify,
        settings=settings,
    )
    events: list[Event] = []
    site = Site(settings, rooms={PREFIX: rest}, routes=(), observe=events.append, close=lambda: None)
    records = Records(reader, changer, database, Who.system("a test"))
    loop = asyncio.new_event_loop()
    return Library(catalog, conditions, settings, database, store, reader, records, site, events, loop)


def fill(records: Records) -> None:
    """The library's people and things."""
    for name, who in PEOPLE.items():
        if who.id is not None:
            records.create(models.User, id=who.id, email=f"{name}@example.org", name=name.title(), roles=sorted(who.roles))
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
    records.create(models.Ledger, amount="10.00")
    records.create(models.Vault, word="closed")
    records.create(models.Sealed, word="sealed")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the filled database, to be copied: quicker than to make it anew for each test."""
    folder = tmp_path_factory.mktemp("library")
    create_all(SqliteEngine(folder / "app.sqlite"), freeze())
    library = open_library(folder)
    fill(library.records)
    library.database.close()
    library.loop.close()
    return folder


Open = Callable[..., Library]


@pytest.fixture
def open_with(template: Path, tmp_path: Path) -> Iterator[Open]:
    """Opens a library of the test's own, under limits: `open_with(page_rows=2)`."""
    opened: list[Library] = []

    def make(**limits: Any) -> Library:
        folder = tmp_path / f"data{len(opened)}"
        shutil.copytree(template, folder)
        opened.append(open_library(folder, **limits))
        return opened[-1]

    yield make
    for library in opened:
        library.database.close()
        library.loop.close()


@pytest.fixture
def library(open_with: Open) -> Library:
    return open_with()


@pytest.fixture(scope="module")
def readable(template: Path) -> Iterator[Library]:
    """A library shared by the tests of a module, which only read."""
    library = open_library(template)
    yield library
    library.database.close()
    library.loop.close()


@cache
def picture(colour: str = "gold", format: str = "PNG") -> bytes:
    """A small picture."""
    stream = BytesIO()
    Pictures.new("RGB", (4, 3), colour).save(stream, format)
    return stream.getvalue()
