"""Makes all tables straight from the models."""

from mainspring.database.engine import Engine
from mainspring.model.catalog import Catalog
from mainspring.schema.builders import builder_of
from mainspring.schema.picture import picture_of
from mainspring.schema.triggers import install_triggers


def create_all(engine: Engine, catalog: Catalog) -> None:
    """Make all tables and triggers in an empty database: for tests, which need no history. No migration is noted in it."""
    builder = builder_of(engine)
    with builder.opened() as connection, builder.transaction(connection):
        catalog.metadata.create_all(connection, checkfirst=False)
        install_triggers(connection, catalog, picture_of(catalog.metadata))
