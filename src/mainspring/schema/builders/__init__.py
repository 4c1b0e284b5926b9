"""The builders, one file for engines of one kind."""

from mainspring.database.engine import Engine
from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.schema.builder import Builder
from mainspring.schema.builders.sqlite import SqliteBuilder


def builder_of(engine: Engine) -> Builder:
    """Who builds in the database of an engine."""
    assert isinstance(engine, SqliteEngine), "there is one engine so far"
    return SqliteBuilder(engine)
