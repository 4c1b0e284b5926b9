"""The builders: one for SQLite, one for servers."""

from mainspring.database.engine import Engine
from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.schema.builder import Builder
from mainspring.schema.builders.server import ServerBuilder
from mainspring.schema.builders.sqlite import SqliteBuilder


def builder_of(engine: Engine) -> Builder:
    """Who builds in the database of an engine."""
    return SqliteBuilder(engine) if isinstance(engine, SqliteEngine) else ServerBuilder(engine)


def migrates(engine: Engine) -> bool:
    """Whether a migration on the engine is whole or not at all; without that there are none yet."""
    return engine.dialect.name in {"sqlite", "postgresql"}
