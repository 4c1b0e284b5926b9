"""Makes all tables straight from the models."""

from mainspring.database.engine import Engine
from mainspring.model.catalog import Catalog
from mainspring.schema.builders import builder_of
from mainspring.schema.picture import picture_of
from mainspring.schema.search import install_search
from mainspring.schema.triggers import install_triggers


def create_all(engine: Engine, catalog: Catalog) -> None:
    """Make all tables, triggers and search indexes in an empty database, without a history: for tests. No migration is noted."""
    builder = builder_of(engine)
    with builder.opened() as connection, builder.transaction(connection):
        catalog.metadata.create_all(connection, checkfirst=False)
        schema = picture_of(catalog.metadata)
        install_triggers(connection, catalog, schema)
        install_search(connection, catalog, schema)
