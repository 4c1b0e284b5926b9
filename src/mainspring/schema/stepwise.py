"""Performs a migration where no transaction holds changes of tables: step by step, each written down as it is done.

A migration that was killed goes on at its next step. Of that one it is seen, in the database itself, whether it is done already.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from mainspring.model.catalog import Catalog
from mainspring.schema.builder import Builder
from mainspring.schema.history import Migration
from mainspring.schema.operation import Execute, Operation
from mainspring.schema.perform import Performer, Tell
from mainspring.schema.picture import Schema
from mainspring.schema.progress import (
    Entry,
    check_entry,
    close_entry,
    left_of,
    note_begun,
    note_done,
    open_entry,
    read_entry,
)
from mainspring.schema.refusal import MigrationError
from mainspring.schema.replay import followed
from mainspring.schema.search import install_search, remove_search
from mainspring.schema.triggers import install_triggers, remove_triggers, watched


@dataclass(frozen=True, slots=True)
class Course:
    """A migration to perform.

    Attributes:
        migration: The migration.
        word: `up` or `down`.
        steps: All that it does.
        done: How many of the steps are done already.
        next: What is left of the one behind these; None where that is nothing.
    """

    migration: Migration
    word: str
    steps: tuple[Operation, ...]
    done: int
    next: Operation | None

    @property
    def left(self) -> tuple[Operation, ...]:
        """What is left to do."""
        behind = self.steps[self.done + 1 :]
        return behind if self.next is None else (self.next, *behind)


def course_of(migration: Migration, word: str, entry: Entry | None, real: Schema, done: int = 0) -> Course:
    """The course of a migration; where it is under way in the database, as far as it is.

    Args:
        migration: The migration.
        word: `up` or `down`.
        entry: The migration that is under way.
        real: The picture of the database as it stands.
        done: How many of its steps are done, where it is not under way.

    Raises:
        BrokenHistory: What is done of it was changed in its file.
    """
    steps = tuple(migration.up() if word == "up" else migration.down())
    under_way = entry is not None and entry.number == migration.number
    if entry is not None and under_way:
        check_entry(entry, migration, steps)
        done = entry.done
    step = steps[done] if done < len(steps) else None
    return Course(migration, word, steps, done, left_of(step, real) if step is not None and under_way else step)


class Stepwise:
    """Performs migrations step by step.

    Args:
        connection: A connection.
        builder: Who builds there.
        catalog: The models.
        tell: Called with the words of each step before it begins.
    """

    def __init__(self, connection: sa.Connection, builder: Builder, catalog: Catalog, tell: Tell) -> None:
        self._connection = connection
        self._builder = builder
        self._catalog = catalog
        self._tell = tell

    def perform(self, course: Course, before: Schema) -> None:
        """Perform what is left of a migration, and bring triggers and search indexes up to date.

        Args:
            course: The migration.
            before: The picture from which all its steps go out.

        Raises:
            MigrationError: The server refuses a step; what was done stays, and the next call goes on from there.
        """
        connection = self._connection
        entry = read_entry(connection)
        if entry is None:
            with self._builder.transaction(connection):
                passed, files = course.steps[: course.done], frozenset(watched(connection))
                entry = open_entry(connection, course.migration, course.word, passed, files)
        if course.done < len(course.steps):  # else some stand again already
            remove_triggers(connection)
            remove_search(connection, course.steps)
        real = self._builder.reflect(connection, followed(before, course.steps[: course.done]))
        performer = Performer(connection, self._builder, real, catalog=self._catalog, tell=self._tell, files=entry.files)
        performer.pass_over(course.steps[: course.done])
        for at in range(course.done, len(course.steps)):
            self._step(performer, course, at, again=entry.begun and at == entry.done)
        self._finish(course, followed(before, course.steps))

    def _step(self, performer: Performer, course: Course, at: int, *, again: bool) -> None:
        """Perform one step; with what its statement of the author's own does, if it did not end before."""
        connection, step, builder = self._connection, course.steps[at], self._builder
        left = course.next if at == course.done else step
        own = isinstance(step, Execute)
        if own:
            with builder.transaction(connection):
                note_begun(connection, begun=True)
        try:
            with builder.transaction(connection):
                if left is None:
                    performer.pass_over([step])
                else:
                    performer.perform([left], _told(course, at))
                note_done(connection, course.steps[: at + 1])
        except MigrationError as error:
            if again and own and builder.stands_already(error):
                with builder.transaction(connection):
                    note_done(connection, course.steps[: at + 1])
                return
            if own:
                with builder.transaction(connection):
                    note_begun(connection, begun=False)
            raise

    def _finish(self, course: Course, after: Schema) -> None:
        connection = self._connection
        real = self._builder.reflect(connection, after)
        install_triggers(connection, self._catalog, real)
        install_search(connection, self._catalog, real)
        with self._builder.transaction(connection):
            close_entry(connection, course.migration, course.word)


def _told(course: Course, at: int) -> str:
    """What holds where a step is refused."""
    return (
        f"{at} of {len(course.steps)} steps of {course.migration.title} are done and stay; mend the cause, or what stands behind "
        f"these steps in the file, and write 'mainspring migrate {course.word}', which goes on from there"
    )
