"""Migrates a database: shows the plan, goes up and down, says where it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from mainspring.database.engines.sqlite import SqliteEngine
from mainspring.model.catalog import Catalog
from mainspring.schema.compare import Rename, differences
from mainspring.schema.fill import with_fills
from mainspring.schema.history import (
    Applied,
    Migration,
    check_applied,
    check_chain,
    forget_applied,
    note_applied,
    pending,
    read_applied,
    read_files,
)
from mainspring.schema.make import SAME, Difference, close_draft, difference, open_draft, replay, write, write_draft
from mainspring.schema.operation import Operation
from mainspring.schema.perform import Performer, Tell
from mainspring.schema.picture import picture_of
from mainspring.schema.plan import NOTHING, Plan, Planner
from mainspring.schema.refusal import LossRefused, MigrationError, ValueNeeded
from mainspring.schema.sqlite import check_references, looked_at, opened, reflect, transaction
from mainspring.schema.triggers import install_triggers, missing_triggers, remove_triggers


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands.

    Attributes:
        applied: The migrations that it has seen.
        pending: Those that it has not.
        unwritten: What the models say and no migration does yet, in words.
        foreign: What was changed in the database by hand, in words.
    """

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    unwritten: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def current(self) -> bool:
        """Whether models, migrations and database say the same."""
        return not (self.pending or self.unwritten or self.foreign)


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What `dev` did by itself and what it has to ask about; where it has to ask, it did nothing.

    Attributes:
        applied: The steps that were done.
        refused: The plan in which a step would lose data or lacks a value.
        difference: What lies between migrations and models; its questions have to be answered.
    """

    applied: Plan = NOTHING
    refused: Plan = NOTHING
    difference: Difference = SAME


@dataclass(frozen=True, slots=True)
class _Work:
    """A migration to perform, up or down."""

    migration: Migration
    operations: list[Operation]


def _silent(_: str) -> None:
    pass


class Migrations:
    """The migrations of a project.

    Args:
        engine: Its database, which need not be there yet.
        catalog: Its models.
        folder: Its folder `migrations`, which need not be there either.
    """

    def __init__(self, engine: SqliteEngine, catalog: Catalog, folder: Path) -> None:
        self.engine = engine
        self.catalog = catalog
        self.folder = folder
        self._dialect = engine.dialect

    # -- files ----------------------------------------------------------------------------------------------------------------

    def _files(self) -> list[Migration]:
        files = read_files(self.folder)
        check_chain(files)
        return files

    def difference(self, renames: Iterable[Rename] = (), dropped: Iterable[str] = ()) -> Difference:
        """What lies between the migrations and the models, and what has to be asked; see `make`."""
        return difference(replay(self._files(), self._dialect), self.catalog, self._dialect, renames, dropped)

    def make(self, name: str | None = None, renames: Iterable[Rename] = (), dropped: Iterable[str] = ()) -> list[Path]:
        """Write what the models say and no migration does yet; and name the draft of `dev`, if there is one. Needs no database.

        Args:
            name: The name; made from what is done where it is None.
            renames: What goes on under a new name.
            dropped: What is gone for good, as `albums.title` or `albums`.

        Returns:
            The files written; none where there is nothing to do.

        Raises:
            RenameUnclear: Something went and something came, and nobody said whether that is a rename.
        """
        made = self.difference(renames, dropped).answered()
        files = self._files()
        written: list[Path] = []
        if open_draft(files):
            files[-1] = self._close(files[-1], None if made.up else name)
            written.append(files[-1].path)
        if made.up:
            written.append(write(self.folder, files, name, made).path)
        return written

    def _close(self, draft: Migration, name: str | None) -> Migration:
        if not self.engine.path.exists():
            return close_draft(draft, name, self._dialect)
        with opened(self.engine) as connection, transaction(connection):
            seen = any(each.number == draft.number for each in read_applied(connection))
            closed = close_draft(draft, name, self._dialect)
            if seen:
                note_applied(connection, closed)
        return closed

    # -- the database ---------------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """What `up` would do, and what would be lost."""
        with looked_at(self.engine) as connection:
            return _plan(connection, self._waiting(connection))

    def up(self, *, allow_loss: bool = False, tell: Tell = _silent) -> Plan:
        """Perform what is pending, each migration in a transaction of its own. The database is made if absent.

        Args:
            allow_loss: Whether steps may lose data.
            tell: Called with each operation's words before it begins.

        Returns:
            What was done.

        Raises:
            LossRefused: A step would lose data; nothing was done.
            ValueNeeded: A column must not be null, and rows have no value for it; nothing was done.
            BrokenHistory: The files do not fit each other, or not what the database has seen.
        """
        with opened(self.engine) as connection:
            waiting = self._waiting(connection)
            plan = _plan(connection, waiting)
            _check(plan, allow_loss=allow_loss)
            for work in waiting:
                with transaction(connection):
                    self._perform(connection, work.operations, tell)
                    note_applied(connection, work.migration)
            with transaction(connection):
                install_triggers(connection, self.catalog, reflect(connection))
        return plan

    def plan_down(self, to: int | None = None) -> Plan:
        """What `down` would do, and what would be lost."""
        with looked_at(self.engine) as connection:
            return _plan(connection, self._behind(connection, to))

    def down(self, to: int | None = None, *, allow_loss: bool = False, tell: Tell = _silent) -> Plan:
        """Take migrations back, the last one first.

        Args:
            to: The number of the migration that stays the last; None takes one back.
            allow_loss: Whether steps may lose data.
            tell: Called with each operation's words before it begins.

        Raises:
            MigrationError: As with `up`; or there is nothing to take back.
        """
        with opened(self.engine) as connection:
            behind = self._behind(connection, to)
            plan = _plan(connection, behind)
            _check(plan, allow_loss=allow_loss)
            for work in behind:
                with transaction(connection):
                    self._perform(connection, work.operations, tell)
                    forget_applied(connection, work.migration)
        return plan

    def status(self) -> Status:
        """Where the database stands."""
        files = self._files()
        with looked_at(self.engine) as connection:
            applied = read_applied(connection)
            waiting = check_applied(files, applied)
            real = reflect(connection)
        written = replay(files, self._dialect)
        here = written if not waiting else replay(files[: len(applied)], self._dialect)
        return Status(
            tuple(files[each.number - 1].title for each in applied),
            tuple(each.title for each in waiting),
            tuple(map(str, differences(written, picture_of(self.catalog.metadata, self._dialect)))),
            tuple(map(str, differences(here, real))),
        )

    def synchronise(
        self,
        renames: Sequence[Rename] = (),
        dropped: Sequence[str] = (),
        *,
        allow_loss: bool = False,
        tell: Tell = _silent,
    ) -> Synchronised:
        """Bring the database to the models, as `dev` does after a save.

        What is done is written into the draft, a migration file that grows until `migrate make` names it: a day of trying things
        leaves one file and not a hundred, and production takes the same steps. What would lose data is not done without
        `allow_loss`, and nothing else then either: half of the models cannot run.
        """
        self._mend_draft(allow_loss=allow_loss, tell=tell)
        behind = self.plan()
        if not _safe(behind, allow_loss=allow_loss):
            return Synchronised(refused=behind)
        done = self.up(allow_loss=allow_loss, tell=tell)
        found = self.difference(renames, dropped)
        if found.questions or not found.up:
            return Synchronised(applied=done, difference=found)
        with opened(self.engine) as connection:
            plan = Plan(tuple(Planner(connection, reflect(connection)).steps("", found.up)))
            if not _safe(plan, allow_loss=allow_loss):
                return Synchronised(applied=done, refused=plan, difference=found)
            with transaction(connection):
                self._perform(connection, list(found.up), tell)
                note_applied(connection, write_draft(self.folder, self._files(), found, self._dialect))
        return Synchronised(applied=Plan((*done.steps, *plan.steps)))

    def _mend_draft(self, *, allow_loss: bool, tell: Tell) -> None:
        """Let the database follow an applied draft whose file is another now: its author changed it, or `dev` was killed between both."""
        files = self._files()
        with opened(self.engine) as connection:
            applied = read_applied(connection)
            if not open_draft(files) or len(applied) != len(files) or applied[-1].checksum == files[-1].checksum:
                return
            check_applied(files[:-1], applied[:-1])
            operations = differences(reflect(connection), replay(files, self._dialect))
            plan = Plan(tuple(Planner(connection, reflect(connection)).steps(files[-1].title, operations)))
            _check(plan, allow_loss=allow_loss)
            with transaction(connection):
                self._perform(connection, with_fills(operations, self.catalog), tell)
                note_applied(connection, files[-1])

    def _waiting(self, connection: sa.Connection) -> list[_Work]:
        files = self._files()
        return [_Work(each, each.up(self._dialect)) for each in check_applied(files, read_applied(connection))]

    def _behind(self, connection: sa.Connection, to: int | None) -> list[_Work]:
        files, applied = self._files(), read_applied(connection)
        check_applied(files, applied)
        last = len(applied) - 1 if to is None else to
        if not 0 <= last < len(applied):
            raise MigrationError(f"there is nothing to take back: this database has seen {_numbered(applied)}")
        return [_Work(each, each.down(self._dialect)) for each in reversed(files[last : len(applied)])]

    def _perform(self, connection: sa.Connection, operations: list[Operation], tell: Tell) -> None:
        files = remove_triggers(connection)
        Performer(connection, self.catalog, tell, files).perform(operations)
        install_triggers(connection, self.catalog, reflect(connection))
        check_references(connection)


def _numbered(applied: Sequence[Applied]) -> str:
    return f"{len(applied)} migrations" if applied else "no migration"


def _plan(connection: sa.Connection, waiting: Sequence[_Work]) -> Plan:
    planner = Planner(connection, reflect(connection))
    return Plan(tuple(step for work in waiting for step in planner.steps(work.migration.title, work.operations)))


def _safe(plan: Plan, *, allow_loss: bool) -> bool:
    return not plan.impossible and (allow_loss or not plan.losing)


def _check(plan: Plan, *, allow_loss: bool) -> None:
    if plan.impossible:
        raise ValueNeeded("\n".join(f"{each.migration}: {each.problem}" for each in plan.impossible))
    if plan.losing and not allow_loss:
        losses = "\n".join(f"  {each.migration}: {each.words}: {each.loss}" for each in plan.losing)
        raise LossRefused(f"data would be lost:\n{losses}\nnothing was done; write --allow-loss where that is meant")


# -- without Alembic ---------------------------------------------------------------------------------------------------------


def reasons_not_to_serve(engine: SqliteEngine, catalog: Catalog, folder: Path) -> list[str]:
    """Why the models cannot run on the database as it stands; empty where they can. Quick: for `serve`, at each start.

    Raises:
        BrokenHistory: The migration files do not fit each other, or not what the database has seen.
    """
    waiting = pending(engine, folder)
    if waiting:
        return [
            f"{len(waiting)} pending ({', '.join(waiting)}): see 'mainspring migrate plan', then write 'mainspring migrate up'"
        ]
    with looked_at(engine) as connection:
        steps = differences(reflect(connection), picture_of(catalog.metadata, engine.dialect))
        if steps:
            told = "; ".join(map(str, steps[:3])) + ("; …" if len(steps) > 3 else "")
            return [
                f"the models say what the database does not have ({told}): "
                "write 'mainspring migrate make', then 'mainspring migrate up'"
            ]
        if missing_triggers(connection, catalog):
            return ["the database lacks triggers that the models need: write 'mainspring migrate up'"]
    return []


def create_all(engine: SqliteEngine, catalog: Catalog) -> None:
    """Make all tables and triggers in an empty database straight from the models: for tests. No migration is noted."""
    with opened(engine) as connection, transaction(connection):
        catalog.metadata.create_all(connection, checkfirst=False)
        install_triggers(connection, catalog, picture_of(catalog.metadata, engine.dialect))
