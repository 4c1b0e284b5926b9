"""Migrates a database: shows the plan, goes up and down, says where it stands."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from mainspring.database.engine import Engine
from mainspring.model.catalog import Catalog
from mainspring.schema.builders import builder_of
from mainspring.schema.compare import Rename, differences
from mainspring.schema.history import (
    Applied,
    Migration,
    check_applied,
    check_chain,
    forget_applied,
    note_applied,
    read_applied,
    read_files,
)
from mainspring.schema.make import Difference, close_draft, difference, open_draft, replay, write, write_draft
from mainspring.schema.operation import Operation
from mainspring.schema.perform import Performer, Tell
from mainspring.schema.picture import Schema, picture_of
from mainspring.schema.plan import Plan, Planner
from mainspring.schema.progress import Entry, read_entry
from mainspring.schema.refusal import LossRefused, MigrationError, ValueNeeded
from mainspring.schema.search import install_search, remove_search
from mainspring.schema.stepwise import Course, Stepwise, course_of
from mainspring.schema.triggers import file_triggers, install_triggers, remove_triggers, watched


@dataclass(frozen=True, slots=True)
class Status:
    """Where a database stands.

    Attributes:
        applied: The migrations that it has seen.
        pending: Those that it has not.
        under_way: The migration that was begun and is not over, in words, or None.
        unwritten: What the models say and no migration does yet, in words.
        foreign: What was changed in the database by hand, in words.
    """

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    under_way: str | None
    unwritten: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def current(self) -> bool:
        """Whether models, migrations and database say the same."""
        return not (self.pending or self.under_way or self.unwritten or self.foreign)


def silent(_: str) -> None:
    """Tell nobody."""


class Migrations:
    """The migrations of a project.

    Args:
        engine: Its database, which need not be there yet.
        catalog: Its models.
        folder: Its folder `migrations`, which need not be there either.
    """

    def __init__(self, engine: Engine, catalog: Catalog, folder: Path) -> None:
        self.engine = engine
        self.catalog = catalog
        self.folder = folder
        self.builder = builder_of(engine)

    # -- files ----------------------------------------------------------------------------------------------------------------

    def files(self) -> list[Migration]:
        """The migration files in their order.

        Raises:
            BrokenHistory: They do not fit each other.
        """
        files = read_files(self.folder)
        check_chain(files)
        return files

    def difference(self, renames: Iterable[Rename] = (), dropped: Iterable[str] = ()) -> Difference:
        """What lies between the migrations and the models, and what has to be asked; see `make`."""
        return difference(replay(self.files()), self.catalog, renames, dropped)

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
        files = self.files()
        written: list[Path] = []
        if open_draft(files):
            files[-1] = close_draft(files[-1], None if made.up else name)
            written.append(files[-1].path)
        if made.up:
            written.append(write(self.folder, files, name, made).path)
        return written

    # -- the database ---------------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """What `up` would do, and what would be lost."""
        with self.builder.looked_at() as connection:
            return self._plan(connection, self._waiting(connection))

    def up(self, *, allow_loss: bool = False, tell: Tell = silent) -> Plan:
        """Perform what is pending, each migration whole or not at all where the engine can. The database is made if absent.

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
        with self.builder.opened() as connection:
            waiting = self._waiting(connection)
            plan = self._plan(connection, waiting)
            check(plan, allow_loss=allow_loss)
            self.check(connection)
            counted = _counted(plan, tell)
            for course in waiting:
                self._carry_out(connection, course, counted)
            with self.builder.transaction(connection):
                self._install(connection)
        return plan

    def down(self, to: int | None = None, *, allow_loss: bool = False, tell: Tell = silent) -> Plan:
        """Take migrations back, the last one first.

        Args:
            to: The number of the migration that stays the last; None takes one back.
            allow_loss: Whether steps may lose data.
            tell: Called with each operation's words before it begins.

        Raises:
            MigrationError: As with `up`; or there is nothing to take back.
        """
        with self.builder.opened() as connection:
            behind = self._behind(connection, to)
            plan = self._plan(connection, behind)
            check(plan, allow_loss=allow_loss)
            counted = _counted(plan, tell)
            for course in behind:
                self._carry_out(connection, course, counted)
        return plan

    def status(self) -> Status:
        """Where the database stands."""
        files = self.files()
        with self.builder.looked_at() as connection:
            applied, entry = read_applied(connection), self._entry(connection)
            waiting = check_applied(files, applied)
            real = self.reflect(connection)
        written = replay(files)
        here = written if not waiting else replay(files[: len(applied)])
        return Status(
            tuple(files[each.number - 1].title for each in applied),
            tuple(each.title for each in waiting),
            str(entry) if entry else None,
            tuple(map(str, differences(written, picture_of(self.catalog.metadata)))),
            () if entry else tuple(map(str, differences(here, real))),
        )

    def _waiting(self, connection: sa.Connection) -> list[Course]:
        files, entry = self.files(), self._entry(connection, "up")
        waiting, real = check_applied(files, read_applied(connection)), self.reflect(connection)
        return [course_of(each, "up", entry, real) for each in waiting]

    def _behind(self, connection: sa.Connection, to: int | None) -> list[Course]:
        files, applied, entry = self.files(), read_applied(connection), self._entry(connection, "down")
        check_applied(files, applied)
        seen = len(applied) + (1 if entry else 0)
        last = seen - 1 if to is None else to
        if not 0 <= last < seen:
            raise MigrationError(f"there is nothing to take back: this database has seen {_numbered(applied)}")
        real = self.reflect(connection)
        return [course_of(each, "down", entry, real) for each in reversed(files[last:seen])]

    def check(self, connection: sa.Connection) -> None:
        """See that the engine can hold what the models say.

        Raises:
            MigrationError: It cannot.
        """
        schema = picture_of(self.catalog.metadata)
        self.builder.check(schema, connection.dialect)
        file_triggers(self.catalog, schema, connection.dialect)

    def _entry(self, connection: sa.Connection, word: str | None = None) -> Entry | None:
        """The migration that is under way, which is no `word` other than the one that is asked for."""
        entry = None if self.builder.whole else read_entry(connection)
        if entry is not None and word not in {None, entry.word}:
            raise MigrationError(str(entry))
        return entry

    def _carry_out(self, connection: sa.Connection, course: Course, tell: Tell) -> None:
        """Perform what is left of a migration, and note it."""
        if not self.builder.whole:
            before = replay(self.files()[: course.migration.number - (course.word == "up")])
            Stepwise(connection, self.builder, self.catalog, tell).perform(course, before)
            return
        note = note_applied if course.word == "up" else forget_applied
        with self.builder.transaction(connection):
            self.perform(connection, course.left, tell)
            note(connection, course.migration)

    def extend(self, connection: sa.Connection, made: Difference, tell: Tell) -> None:
        """Perform what the models say beyond the migrations, and write it into the draft of `dev`."""
        files = self.files()
        self.check(connection)
        if self.builder.whole:
            with self.builder.transaction(connection):
                self.perform(connection, made.up, tell)
                note_applied(connection, write_draft(self.folder, files, made))
            return
        done = len(files[-1].up()) if open_draft(files) else 0
        self._carry_out(connection, course_of(write_draft(self.folder, files, made), "up", None, {}, done), tell)

    def perform(self, connection: sa.Connection, operations: Sequence[Operation], tell: Tell) -> None:
        """Perform operations, in a transaction, and bring triggers and search indexes up to date."""
        files = watched(connection)
        remove_triggers(connection)
        remove_search(connection, operations)
        here = self.reflect(connection)
        Performer(connection, self.builder, here, catalog=self.catalog, tell=tell, files=files).perform(operations)
        self._install(connection)
        self.builder.check_references(connection)

    def reflect(self, connection: sa.Connection) -> Schema:
        """The database as it stands, in the words of the migrations that it has seen."""
        return self.builder.reflect(connection, replay(self.files()[: len(read_applied(connection))]))

    def _plan(self, connection: sa.Connection, courses: Sequence[Course]) -> Plan:
        planner = Planner(connection, self.reflect(connection), self.builder)
        return Plan(tuple(step for each in courses for step in planner.steps(each.migration.title, each.left)))

    def _install(self, connection: sa.Connection) -> None:
        """Make what follows from the models and is in no migration file."""
        schema = self.reflect(connection)
        install_triggers(connection, self.catalog, schema)
        install_search(connection, self.catalog, schema)


def _numbered(applied: Sequence[Applied]) -> str:
    return f"{len(applied)} migrations" if applied else "no migration"


def _counted(plan: Plan, tell: Tell) -> Tell:
    """Tells each operation with its place among all: `3/12 albums: add the column stars`."""
    numbers = itertools.count(1)
    return lambda words: tell(f"{next(numbers)}/{len(plan.steps)} {words}")


def check(plan: Plan, *, allow_loss: bool) -> None:
    """Refuse a plan that must not be performed.

    Raises:
        ValueNeeded: A column must not be null, and rows have no value for it.
        LossRefused: A step would lose data, and `allow_loss` is False.
    """
    if plan.impossible:
        raise ValueNeeded("\n".join(str(each.problem) for each in plan.impossible))
    if plan.losing and not allow_loss:
        losses = "\n".join(f"  {each.words}: {each.loss}" for each in plan.losing)
        raise LossRefused(
            f"data would be lost:\n{losses}\nnothing was done; where that is meant, write 'mainspring migrate up --allow-loss' "
            "(after 'mainspring migrate make', if no file says it yet)"
        )
