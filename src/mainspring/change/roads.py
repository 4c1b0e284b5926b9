"""The two roads to one database: that of questions and that of changes."""

from dataclasses import dataclass

from mainspring.access.conditions import Conditions
from mainspring.change.answers import Answers
from mainspring.change.apply import Applier
from mainspring.change.changer import Changer
from mainspring.change.check import Checker
from mainspring.change.files import Sweeper
from mainspring.change.guard import Guard
from mainspring.change.insert import Inserter
from mainspring.change.records import Records
from mainspring.change.upsert import Upserter
from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.database.engine import Engine
from mainspring.files.store import Store
from mainspring.model.catalog import Catalog
from mainspring.query.reader import Reader
from mainspring.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """The roads to one database.

    Attributes:
        catalog: The models whose tables stand in it.
        conditions: Their rules.
        database: The database.
        reader: The road of questions.
        checker: What may be written.
        sweeper: Removes content that no record needs.
        changer: The road of changes.
        answers: Keeps the answers to requests with a key; None where the database has no table for that.
        records: The door for rooms, commands and tests, as nobody in particular; `records.as_(who)` is somebody's.
    """

    catalog: Catalog
    conditions: Conditions
    database: Database
    reader: Reader
    checker: Checker
    sweeper: Sweeper
    changer: Changer
    answers: Answers | None
    records: Records


def open_roads(catalog: Catalog, engine: Engine, store: Store, settings: Settings) -> Roads:
    """The roads to a database.

    Args:
        catalog: The models whose tables stand in it.
        engine: Its engine.
        store: Where the files of its records lie.
        settings: The limits.

    Raises:
        DeclarationError: A rule is wrong.
    """
    conditions = Conditions(catalog)
    database = Database(engine, settings.statement_seconds)
    reader = Reader(catalog, conditions, engine, settings)
    checker = Checker(catalog, conditions, settings)
    sweeper = Sweeper(catalog, database, store)
    guard = Guard(reader, conditions)
    applier = Applier(reader, guard)
    changer = Changer(
        database=database,
        store=store,
        reader=reader,
        checker=checker,
        guard=guard,
        applier=applier,
        inserter=Inserter(catalog, applier, reader.values),
        upserter=Upserter(reader, conditions, guard, applier),
        sweeper=sweeper,
    )
    records = Records(reader, changer, database, Who.anonymous())
    answers = None if catalog.adopted else Answers(engine)
    return Roads(catalog, conditions, database, reader, checker, sweeper, changer, answers, records)
