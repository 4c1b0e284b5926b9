"""The builders: one for SQLite, one for servers, and one for the server that commits each change by itself."""

from mainspring.database.engine import Engine
from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.schema.builder import Builder
from mainspring.schema.builders.server import ServerBuilder
from mainspring.schema.builders.sqlite import SqliteBuilder


def builder_of(engine: Engine) -> Builder:
    """Who builds in the database of an engine."""
    if isinstance(engine, SqliteEngine):
        return SqliteBuilder(engine)
    if engine.dialect.name == "mariadb":
        from mainspring.schema.builders.mariadb import MariadbBuilder  # noqa: PLC0415 - only then its driver is there

        return MariadbBuilder(engine)
    return ServerBuilder(engine)
