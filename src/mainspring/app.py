"""The roof: `App`, which an author names in one line, and the joining of the rooms to one running back end."""

from dataclasses import dataclass
from pathlib import Path

from mainspring.database.database import Database
from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.model.catalog import Catalog, freeze
from mainspring.observe import Observer, ignore
from mainspring.settings import Settings
from mainspring.web.health import Readiness
from mainspring.web.home import home
from mainspring.web.site import Site


class App:
    """An application. Make one in `app.py`; the commands find it there.

    Args:
        name: What people call it: the title of its API's description.
    """

    def __init__(self, name: str) -> None:
        self.name = name


@dataclass(frozen=True, slots=True)
class Backend:
    """What one process holds of a running back end.

    Attributes:
        app: The application.
        settings: Its settings.
        catalog: Its models.
        database: Its database.
    """

    app: App
    settings: Settings
    catalog: Catalog
    database: Database

    def close(self) -> None:
        """Store what waits and let go of the database."""
        self.database.close()


def open_backend(app: App, settings: Settings) -> Backend:
    """The back end of `app`, ready to work in this process. Its folder is made if absent; its tables are not.

    Raises:
        DeclarationError: A model is wrong.
    """
    catalog = freeze()
    make_data_folder(settings.data)
    database = Database(SqliteEngine(settings.data / "app.sqlite"), settings.statement_seconds)
    return Backend(app, settings, catalog, database)


def make_data_folder(folder: Path) -> None:
    """Make the folder of everything that is stored, closed to other users of the machine, where it is absent."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def asgi(backend: Backend, observe: Observer = ignore) -> Site:
    """The back end as an ASGI application, which closes it at the end of its life.

    Args:
        backend: The back end.
        observe: Who is told of each request.
    """

    def fault() -> str | None:
        backend.database.read(lambda connection: connection.execute("SELECT 1").fetchone())
        return None

    readiness = Readiness(fault)
    routes = [*readiness.routes(), *(home(backend.app.name) if backend.settings.dev else ())]
    return Site(backend.settings, rooms={}, routes=routes, observe=observe, close=backend.close)
