"""The roof: `App`, which an author names in one line, and the joining of the rooms to one running back end."""

from dataclasses import dataclass
from pathlib import Path

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mainspring.access.conditions import Conditions
from mainspring.auth.authority import Authority, open_authority
from mainspring.auth.http import PREFIX as AUTH_PREFIX
from mainspring.auth.http import AuthRoom
from mainspring.auth.installation import installation_key
from mainspring.auth.openapi import paths as sign_in_paths
from mainspring.change.records import Records
from mainspring.change.roads import Roads, open_roads
from mainspring.context import Who
from mainspring.database.address import open_engine
from mainspring.database.database import Database
from mainspring.database.engine import Engine
from mainspring.database.engines.adopted import adopted_engine
from mainspring.database.folder import make_folder
from mainspring.errors import CommandError, DeclarationError
from mainspring.files.stores.disk import DiskStore
from mainspring.model.adopted import Adopted
from mainspring.model.catalog import Catalog, freeze
from mainspring.model.model import Model
from mainspring.observe import Observer, ignore
from mainspring.query.cursor import Cursors
from mainspring.query.reader import Reader
from mainspring.rest.http.both import Both
from mainspring.rest.http.download import Downloads
from mainspring.rest.http.once import Repeats
from mainspring.rest.http.room import PREFIX as REST_PREFIX
from mainspring.rest.http.room import Rest
from mainspring.rest.http.upload import Uploads
from mainspring.rest.openapi import describe
from mainspring.rest.xsd import describe_xml
from mainspring.schema.ready import reason_not_to_serve
from mainspring.settings import Settings
from mainspring.web.health import Readiness
from mainspring.web.home import home
from mainspring.web.reference.page import reference
from mainspring.web.site import Site

MIGRATIONS = Path("migrations")
"""The folder of a project's migrations, in the project's folder."""

API_VERSION = "1"
"""The version that the API's description names; it is in every address."""


class App:
    """An application. Make one in `app.py`; the commands find it there.

    Args:
        name: What people call it: the title of its API's description.
    """

    def __init__(self, name: str) -> None:
        self.name = name


@dataclass(frozen=True, slots=True, eq=False)
class Backend:
    """What one process holds of a running back end, from the ground up. Made by `open_backend`.

    Attributes:
        app: The application.
        settings: Its settings.
        catalog: Its models.
        engine: The engine of its own database.
        store: Where its files lie.
        own: The roads to its own database.
        adopted: The roads to the database that was there before; None where there is none.
        authority: Sign-in.
    """

    app: App
    settings: Settings
    catalog: Catalog
    engine: Engine
    store: DiskStore
    own: Roads
    adopted: Roads | None
    authority: Authority

    @property
    def database(self) -> Database:
        """Its own database."""
        return self.own.database

    @property
    def reader(self) -> Reader:
        """The road of questions to its own database."""
        return self.own.reader

    @property
    def records(self) -> Records:
        """The door to its own database for rooms, commands and tests, as nobody in particular."""
        return self.own.records

    def records_of(self, model: type[Model]) -> Records:
        """The door to the database in which a model's table stands."""
        return self.adopted.records if self.adopted is not None and issubclass(model, Adopted) else self.records

    def faults(self) -> list[str]:
        """Why it cannot serve: the engine is a danger to the data, or the database is not as the models say. Empty where it can.

        Raises:
            MigrationError: The migration files do not fit each other or the database.
        """
        engines = [self.engine] if self.adopted is None else [self.engine, self.adopted.database.engine]
        faults = [fault for engine in engines for fault in engine.check()]
        reason = None if faults else reason_not_to_serve(self.engine, self.catalog, MIGRATIONS)
        return faults if reason is None else [reason]

    def clean(self) -> None:
        """Remove what processes that were killed left of uploads and of files that no record needs."""
        self.own.sweeper.sweep(self.store.inbox.adopt())

    def close(self) -> None:
        """Store what waits and let go of the database."""
        self.own.database.close()
        if self.adopted is not None:
            self.adopted.database.close()


def open_backend(app: App, settings: Settings) -> Backend:
    """The back end of `app` in this process. The folder of its data is made if absent, its tables are not.

    Raises:
        DeclarationError: A model, a rule or the database's address is wrong.
        CommandError: The folder cannot be made, or the database's driver is not installed.
    """
    catalog = freeze()
    make_folder(settings.data)
    engine = open_engine(settings.database, settings.data, settings.statement_seconds)
    store = DiskStore(settings.data / "files", settings.image_pixels)
    own = open_roads(catalog.part(catalog.own), engine, store, settings)
    adopted = open_adopted(catalog, settings)
    return Backend(
        app=app,
        settings=settings,
        catalog=catalog,
        engine=engine,
        store=store,
        own=own,
        adopted=None if adopted is None else open_roads(catalog.part(catalog.adopted), adopted, store, settings),
        authority=open_authority(app.name, settings, own.records),
    )


def open_adopted(catalog: Catalog, settings: Settings) -> Engine | None:
    """The engine of the database that was there before; None where no model is adopted.

    Raises:
        DeclarationError: The settings do not say where it is.
        CommandError: It is not there.
    """
    if not catalog.adopted:
        return None
    if not settings.adopted:
        raise DeclarationError("the models are of an existing database; say where it is with MAINSPRING_ADOPTED")
    return adopted_engine(settings.adopted, settings.data, settings.statement_seconds)


def asgi(backend: Backend, observe: Observer = ignore) -> Site:
    """The back end as an ASGI application, which closes it at the end of its life.

    Args:
        backend: The back end.
        observe: Who is told of each request.
    """
    settings, rest = backend.settings, _join_rest(backend)
    return Site(
        settings,
        rooms={REST_PREFIX: rest, AUTH_PREFIX: AuthRoom(backend.authority, settings)},
        routes=[
            Route("/openapi.json", _Elsewhere(rest, f"{REST_PREFIX}/")),
            *Readiness(lambda: _readiness_fault(backend)).routes(),
            *(reference(backend.app.name) if settings.reference else ()),
            *(home(backend.app.name, reference=settings.reference) if settings.dev else ()),
        ],
        observe=observe,
        close=backend.close,
    )


def _join_rest(backend: Backend) -> ASGIApp:
    async def identify(authorization: bytes | None, apikey: bytes | None) -> Who:
        if authorization is None and apikey is None:
            return Who.anonymous()
        identity, texts = backend.authority.identity, (_text(authorization), _text(apikey))
        return await backend.database.look_up(lambda: identity.identify(*texts))

    catalog, conditions = backend.catalog, Conditions(backend.catalog)
    keys = backend.settings.data / "keys"
    cursors = Cursors(lambda: installation_key(keys, "cursors"))
    description = describe(
        catalog, conditions, name=backend.app.name, version=API_VERSION, paths=sign_in_paths(backend.settings.password_length)
    )
    xml_description = describe_xml(catalog, conditions)

    def room(roads: Roads) -> Rest:
        return Rest(
            catalog=roads.catalog,
            conditions=roads.conditions,
            reader=roads.reader,
            changer=roads.changer,
            database=roads.database,
            cursors=cursors,
            uploads=Uploads(backend.store, roads.checker, roads.database, backend.settings),
            downloads=Downloads(roads.catalog, roads.conditions, roads.reader, roads.database, backend.store),
            describe=description,
            describe_xml=xml_description,
            repeats=Repeats(roads.answers, lambda: installation_key(keys, "answers")),
            identify=identify,
            settings=backend.settings,
        )

    own = room(backend.own)
    if backend.adopted is None:
        return own
    return Both(own, frozenset(catalog.own) - frozenset(catalog.adopted), room(backend.adopted))


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


class _Elsewhere:
    """An address that answers as another one does."""

    def __init__(self, room: ASGIApp, path: str) -> None:
        self._room = room
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the other address answer."""
        await self._room({**scope, "path": self._path}, receive, send)


def _readiness_fault(backend: Backend) -> str | None:
    """What an operator's probe is told; who may look into the machine asks `mainspring doctor` for more."""
    try:
        return "the database is not as the models say" if backend.faults() else None
    except CommandError:
        return "the migrations do not fit the database"
