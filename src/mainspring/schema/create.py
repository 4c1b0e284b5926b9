"""Makes all tables straight from the models."""

from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.model.catalog import Catalog
from mainspring.schema.picture import picture_of
from mainspring.schema.sqlite import opened, transaction
from mainspring.schema.triggers import install_triggers


def create_all(engine: SqliteEngine, catalog: Catalog) -> None:
    """Make all tables and triggers in an empty database: for tests, which need no history. No migration is noted in it."""
    with opened(engine) as connection, transaction(connection):
        catalog.metadata.create_all(connection, checkfirst=False)
        install_triggers(connection, catalog, picture_of(catalog.metadata, engine.dialect))
