"""Our own tables beside an adopted database: made at the first start, so that nobody who adopts one has to migrate anything."""

from pathlib import Path

from mainspring.database.engine import Engine
from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.model.catalog import Catalog
from mainspring.schema.migrate import Migrations

NAME = "own_tables"
"""The name of the first migration of an app that serves an adopted database."""


def begin(engine: Engine, catalog: Catalog, folder: Path) -> None:
    """Make the tables of our own database where there is none yet, by a migration like any other that may follow."""
    if not catalog.adopted or not isinstance(engine, SqliteEngine) or engine.path.exists():
        return
    migrations = Migrations(engine, catalog, folder)
    if not migrations.files():
        migrations.make(NAME)
    migrations.up()
