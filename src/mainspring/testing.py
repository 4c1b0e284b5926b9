"""For an app's own tests: `pytest_plugins = ["mainspring.testing"]` in `conftest.py` gives the fixture `app`, a `TestApp`.

It needs `pip install 'mainspring[testing]'`. Everything is real: the database, the files, the rules, the sign-ins and the
addresses; only the network is left out.
"""

import asyncio
import io
import shutil
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import chdir
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

import httpx
import pytest

from mainspring.app import App, Backend, asgi, open_backend
from mainspring.auth.tables import Account
from mainspring.change.receive import receive
from mainspring.change.records import Records
from mainspring.cli.project import Project
from mainspring.context import Who
from mainspring.errors import BadRequest, Conflict, Fault, Forbidden, NotFound
from mainspring.files.inbox import Incoming
from mainspring.files.stored import FileRefused
from mainspring.model.entity import Entity
from mainspring.model.kinds import FileKind, is_list
from mainspring.model.model import Model
from mainspring.model.user import User
from mainspring.query.ask import Condition, Order
from mainspring.schema.create import create_all, create_stand_in
from mainspring.settings import Settings

M = TypeVar("M", bound=Model)
T = TypeVar("T")

NOBODY_KNOWS = "-"
"""What stands for the hash of a password: most people in tests never sign in with theirs, and hashing takes its time."""


class Http:
    """Asks an app's addresses as somebody, as a client over the network would.

    Every method takes a path such as `/rest/v1/albums?select=title` and the options of httpx: `json`, `headers`, `files`, `data`.
    """

    def __init__(self, send: Callable[..., httpx.Response], headers: Mapping[str, str]) -> None:
        self._send = send
        self._headers = headers

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask with any method."""
        headers = {**self._headers, **options.pop("headers", {})}
        return self._send(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Read."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Make."""
        return self.request("POST", path, **options)

    def patch(self, path: str, **options: Any) -> httpx.Response:
        """Change."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        """Delete."""
        return self.request("DELETE", path, **options)


class Caller:
    """Somebody who asks, and may do what the rules let them: nobody in particular, the administrator, or a `Person`.

    Attributes:
        name: How error messages call them.
        http: The same over HTTP.
    """

    def __init__(self, name: str, app: "TestApp", headers: Mapping[str, str]) -> None:
        self.name = name
        self.http = Http(app.send, headers)
        self._app = app
        self._authorization, self._apikey = headers.get("Authorization"), headers.get("apikey")

    def create(self, model: type[M], **values: Any) -> M:
        """Make a record.

        Args:
            model: Of which kind.
            values: Its fields. A relation takes a record or a person, or a list of them; a file field takes a path or bytes.

        Raises:
            RequestError: The record cannot be made; its `faults` name every field that is wrong.
        """
        row, incoming = self._app.row(model, values)
        return self._records(model).create(model, incoming=incoming, **row)

    def read(self, model: type[M], key: object) -> M:
        """One record.

        Args:
            model: Of which kind.
            key: Its key, such as `album.id`; a tuple where the key has several fields.

        Raises:
            NotFound: There is none that they may see.
        """
        found = self._records(model).one(model, **self._app.key_values(model, key))
        if found is None:
            raise self._not_found(model, key)
        return found

    def list(
        self, model: type[M], *where: Condition, order: Sequence[Order] = (), limit: int | None = None, **equal: Any
    ) -> list[M]:
        """The records that they may see, in the order of their keys.

        Args:
            model: Of which kind.
            where: Conditions, such as `Condition("title", "like", "S%")`.
            order: Another order, such as `[Order("title")]`.
            limit: At most so many; None for the page size of the settings.
            equal: Fields that have these values; a `one()` takes a record or a person.
        """
        row, _ = self._app.row(model, equal)
        return self._records(model).all(model, *where, order=order, limit=limit, **row)

    def update(self, model: type[M], key: object, **values: Any) -> M:
        """Change a record; gives it as they may see it then. Takes values as `create` does.

        Raises:
            NotFound: There is none that they may see.
            Forbidden: The rules do not let them change it.
            RequestError: The values cannot be written.
        """
        row, incoming = self._app.row(model, values)
        if not self._records(model).update(model, row, incoming=incoming, **self._app.key_values(model, key)):
            raise self._refused("update", model, key)
        return self.read(model, key)

    def delete(self, model: type[Model], key: object) -> None:
        """Delete a record.

        Raises:
            NotFound: There is none that they may see.
            Forbidden: The rules do not let them delete it.
        """
        if not self._records(model).delete(model, **self._app.key_values(model, key)):
            raise self._refused("delete", model, key)

    def _records(self, model: type[Model]) -> Records:
        """The one door, as whom they are at this moment: their sign-in is looked at each time, as that of a request is."""
        backend = self._app.backend
        return backend.records_of(model).as_(backend.authority.identity.identify(self._authorization, self._apikey))

    def _not_found(self, model: type[Model], key: object) -> NotFound:
        return NotFound(f"{self.name} sees no {model.__name__} with the key {key}")

    def _refused(self, action: str, model: type[Model], key: object) -> NotFound | Forbidden:
        if self._records(model).one(model, **self._app.key_values(model, key)) is None:
            return self._not_found(model, key)
        return Forbidden(f"{self.name} sees the {model.__name__} with the key {key}, but may not {action} it")


class Person(Caller):
    """A user of the app, signed in.

    Attributes:
        id: The user's id.
        email: The user's address.
        token: An access token, such as a front end would hold.
    """

    def __init__(self, name: str, app: "TestApp", user: User, token: str) -> None:
        super().__init__(name, app, {"Authorization": f"Bearer {token}"})
        self.id: UUID = user.id
        self.email: str = user.email
        self.token = token


class TestApp:
    """An app with a database and files of its own, both empty at first.

    Where models are adopted, an empty SQLite file stands in for their database, which tests never reach.

    Attributes:
        backend: Its parts, as they run behind the server.
    """

    __test__ = False  # its name begins like that of a test

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def user(self, name: str, *, password: str | None = None, **fields: Any) -> Person:
        """A new user, signed in.

        Args:
            name: Their name, also the first part of their address, such as `ann@example.com`.
            password: For tests that sign in with it; without it nobody can, which is quicker.
            fields: Other fields of `User`, such as `roles=["administrator"]` or `email="ann@sea.example"`.

        Raises:
            RequestError: A field is wrong, or somebody has that address already.
        """
        authority = self.backend.authority
        email = fields.pop("email", f"{name}@example.com")
        if password is not None:
            authority.accounts.create(email, password, {"name": name, **fields})

        def sign_in(records: Records) -> Person:
            if password is None:
                made = records.create(User, email=email, name=name, **fields)
                records.create(Account, user=made, password=NOBODY_KNOWS)
            user = records.one(User, email=authority.accounts.canonical(email))
            account = records.one(Account, user=user)
            assert user is not None, "made just now"
            assert account is not None, "made just now"
            return Person(name, self, user, authority.sessions.begin(records, user, account).access)

        try:
            return self.backend.records.as_(Who.system("a person in a test")).transact(sign_in)
        except Conflict as conflict:
            raise Conflict(f"there is a user {email} already; write another name", faults=conflict.faults) from conflict

    @cached_property
    def anonymous(self) -> Caller:
        """Somebody who is not signed in."""
        return Caller("nobody in particular", self, {})

    @cached_property
    def administrator(self) -> Caller:
        """The holder of the secret key, who may do everything and is no user."""
        return Caller("the administrator", self, {"apikey": self.backend.authority.keys.rotate().secret or ""})

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask an address of the app; `Caller.http` does, as somebody."""

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://testserver") as client:
                return await client.request(method, path, **options)

        return self._runner.run(ask())

    def row(self, model: type[Model], values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Incoming]]:
        """Values as the door for records takes them, and the files that are among them, taken in."""
        row: dict[str, Any] = {}
        incoming: list[Incoming] = []
        for name, value in values.items():
            if isinstance(value, Path | bytes):
                received = self._receive(model, name, value)
                incoming.append(received)
                row[name] = received.file
            else:
                row[name] = _without_people(value)
        return row, incoming

    def _receive(self, model: type[Model], name: str, content: Path | bytes) -> Incoming:
        field = self.backend.catalog.of(model).fields.get(name)
        if field is None or not isinstance(field.kind, FileKind):
            raise BadRequest(f"'{name}' is no field of {model.__name__} that takes a file")
        try:
            with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
                return receive(self.backend.store, field.kind, name if isinstance(content, bytes) else content.name, file)
        except FileRefused as refused:
            fault = Fault(f"/{name}", refused.code, refused.message)
            raise BadRequest(f"/{name}: {refused.message}", code=refused.code, faults=[fault]) from refused

    def key_values(self, model: type[Model], key: object) -> dict[str, Any]:
        """A record's key by its fields' names."""
        entity: Entity = self.backend.catalog.of(model)
        parts: tuple[object, ...] = cast("tuple[object, ...]", key) if isinstance(key, tuple) else (key,)
        if len(parts) != len(entity.key):
            raise BadRequest(f"the key of {model.__name__} is ({', '.join(entity.key)}); {key!r} is none")
        return dict(zip(entity.key, parts, strict=True))

    def close(self) -> None:
        """Let go of the database."""
        if "_runner" in self.__dict__:
            self._runner.close()
        self.backend.close()

    @cached_property
    def _transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(asgi(self.backend))

    @cached_property
    def _runner(self) -> asyncio.Runner:
        return asyncio.Runner()


def _without_people(value: Any) -> Any:
    """The value with people replaced by their ids."""
    if isinstance(value, Person):
        return value.id
    return [_without_people(each) for each in value] if is_list(value) else value


# -- the plugin ------------------------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Let test files import the app as it is imported by the commands."""
    folder = str(_project_folder(config))
    if folder not in sys.path:
        sys.path.insert(0, folder)


def _project_folder(config: pytest.Config) -> Path:
    """The nearest folder with an `app.py` (or a package `app`), from where pytest was started or what it was asked to run."""
    started = config.invocation_params.dir
    asked = [started / argument.partition("::")[0] for argument in config.args]
    for start in (started, *asked, config.rootpath):
        for folder in (start, *start.parents):
            if (folder / "app.py").exists() or (folder / "app" / "__init__.py").exists():
                return folder
    return started


@pytest.fixture(scope="session")
def _begun(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> tuple[App, Path]:
    """The app, and a folder of data with its tables and its signing keys: made once, copied for each test."""
    with chdir(_project_folder(pytestconfig)):
        app = Project().app
    data = tmp_path_factory.mktemp("begun")
    _stand_in(data).touch()
    settings = Settings(data=data, adopted=f"sqlite:///{_stand_in(data)}")
    backend = open_backend(app, settings)
    try:
        if backend.adopted is not None:
            create_stand_in(backend.adopted.database.engine, backend.adopted.catalog)
        create_all(backend.engine, backend.catalog)
        backend.authority.signing.newest()
    finally:
        backend.close()
    return app, settings.data


def _stand_in(data: Path) -> Path:
    """Where the tables of an adopted database are in tests, which never reach the real one."""
    return data / "adopted.sqlite"


@pytest.fixture
def app(_begun: tuple[App, Path], tmp_path_factory: pytest.TempPathFactory) -> Generator[TestApp]:
    """The app of the project, with a fresh database, files of its own, and the settings' defaults."""
    declared, begun = _begun
    data = tmp_path_factory.mktemp("app") / "data"
    shutil.copytree(begun, data)
    running = TestApp(open_backend(declared, Settings(data=data, log=False, adopted=f"sqlite:///{_stand_in(data)}")))
    try:
        yield running
    finally:
        running.close()
