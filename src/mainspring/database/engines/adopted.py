"""The engine of a database that was there before, from its URL."""

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from mainspring.database.engines.sqlite.adopted import AdoptedSqlite
from mainspring.errors import CommandError

LOCK = "adopted-writer"
"""The file in the folder of our data on which writers to a SQLite file wait in line."""


def adopted_engine(url: str, data: Path) -> AdoptedSqlite:
    """The engine.

    Args:
        url: Where the database is: `sqlite:///chinook.sqlite`.
        data: The folder of our own data.

    Raises:
        CommandError: The URL cannot be read, or there is no such database.
    """
    try:
        parts = make_url(url)
    except ArgumentError:
        raise CommandError(f"'{url}' is no URL of a database; write one such as sqlite:///chinook.sqlite") from None
    if parts.get_backend_name() == "sqlite" and parts.database:
        return AdoptedSqlite(Path(parts.database), data / LOCK)
    raise CommandError(
        f"a database of '{parts.get_backend_name()}' cannot be adopted; write a URL such as sqlite:///chinook.sqlite"
    )
