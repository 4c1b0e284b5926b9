"""A back end in a folder of its own, and people who speak to it over HTTP."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.servers import Databases

from mainspring.app import App, Backend, asgi, open_backend
from mainspring.observe import write_log
from mainspring.schema.migrate import Migrations
from mainspring.settings import Settings
from mainspring.web.site import Site

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Settings:
    """A folder and a database with all tables and no rows."""
    settings = Settings(data=tmp_path_factory.mktemp("tables"), database=databases.make())
    backend = open_backend(App("photos"), settings)
    migrations = Migrations(backend.engine, backend.catalog, settings.data / "migrations")
    migrations.make()
    migrations.up()
    backend.close()
    return settings


@dataclass
class Person:
    """Somebody with a session, or without one."""

    house: "House"
    session: dict[str, Any] = field(default_factory=dict)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session['access_token']}"} if self.session else {}

    def ask(self, method: str, path: str, json: object = None, **headers: str) -> httpx.Response:
        return self.house.ask(method, path, json, **(self.bearer | headers))

    def refresh(self) -> httpx.Response:
        return self.house.grant("refresh_token", refresh_token=self.session["refresh_token"])

    def refreshed(self) -> "Person":
        return Person(self.house, self.refresh().json())


@dataclass
class House:
    """A back end and its doors."""

    backend: Backend
    site: Site

    def ask(self, method: str, path: str, json: object = None, **headers: str) -> httpx.Response:
        return asyncio.run(self._ask(method, path, json, headers))

    def ask_together(self, number: int, ask: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]) -> list[httpx.Response]:
        """The same request, so many times at once."""

        async def together() -> list[httpx.Response]:
            async with self._client() as client:
                return await asyncio.gather(*(ask(client) for _ in range(number)))

        return asyncio.run(together())

    def grant(self, grant: str, **body: str) -> httpx.Response:
        return self.ask("POST", f"/token?grant_type={grant}", body)

    def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        return self.grant("password", email=email, password=password)

    def sign_up(self, email: str, password: str = PASSWORD, **data: object) -> Person:
        answer = self.ask("POST", "/signup", {"email": email, "password": password, "data": data})
        assert answer.status_code == 200, answer.text
        return Person(self, answer.json())

    def again(self, email: str, password: str = PASSWORD) -> Person:
        """Somebody known, with one more sign-in."""
        return Person(self, self.sign_in(email, password).json())

    async def _ask(self, method: str, path: str, json: object, headers: dict[str, str]) -> httpx.Response:
        async with self._client() as client:
            return await client.request(method, path, json=json, headers=headers)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.site), base_url="http://photos.test/auth/v1", timeout=60)


@pytest.fixture
def open_house(tables: Settings, tmp_path: Path, databases: Databases) -> Iterator[Callable[..., House]]:
    """Opens a back end on the test's folder, as a process would; a second one shares its data."""
    opened: list[Backend] = []
    shared = Settings(data=tmp_path / "data", database=databases.make(tables.database))
    shutil.copytree(tables.data, shared.data)

    def open_house(**settings: Any) -> House:
        backend = open_backend(App("photos"), replace(shared, **settings))
        opened.append(backend)
        return House(backend, asgi(backend, write_log()))

    yield open_house
    for backend in opened:
        backend.close()
    databases.drop(shared.database)


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house()


@pytest.fixture
def ann(house: House) -> Person:
    return house.sign_up("ann@example.com")
