"""Whether the models can run on the database as it stands. `serve` asks at each start: it takes milliseconds, and no Alembic."""

from pathlib import Path

from mainspring.database.engine import Engine
from mainspring.model.catalog import Catalog
from mainspring.schema.builders import builder_of
from mainspring.schema.compare import differences
from mainspring.schema.history import pending
from mainspring.schema.picture import picture_of
from mainspring.schema.search import missing_search
from mainspring.schema.triggers import missing_triggers

_SHOWN = 3


def reason_not_to_serve(engine: Engine, catalog: Catalog, folder: Path) -> str | None:
    """Why the models cannot run on the database, and what to do; None where they can.

    Raises:
        BrokenHistory: The migration files do not fit each other, or not what the database has seen.
    """
    waiting = pending(engine, folder)
    if waiting:
        return f"migrations are pending ({', '.join(waiting)}): see 'mainspring migrate plan', then write 'mainspring migrate up'"
    builder, wanted = builder_of(engine), picture_of(catalog.metadata)
    with builder.looked_at() as connection:
        steps = differences(builder.reflect(connection, wanted), wanted)
        if steps:
            told = "; ".join(map(str, steps[:_SHOWN])) + ("; …" if len(steps) > _SHOWN else "")
            make = "write 'mainspring migrate make', then 'mainspring migrate up'"
            return f"the models say what the database does not have ({told}): {make}"
        if missing_triggers(connection, catalog) or missing_search(connection, catalog):
            return "the database lacks triggers or search indexes that the models need: write 'mainspring migrate up'"
    return None
