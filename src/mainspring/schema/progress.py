"""How far a migration is, on a server that commits each change of a table by itself.

What is done of it is written down step by step, so that a killed `up` or `down` can go on where it stood.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from mainspring.schema.builder import PROGRESS
from mainspring.schema.history import Migration, forget_applied, note_applied
from mainspring.schema.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Operation,
    RenameColumn,
    RenameTable,
)
from mainspring.schema.picture import Schema
from mainspring.schema.refusal import BrokenHistory

Places = frozenset[tuple[str, str]]
"""Columns, each as table and column."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a database tells of the migration that is under way in it.

    Attributes:
        number: The migration's number.
        name: Its name.
        word: `up` or `down`.
        done: How many of its steps are done.
        begun: Whether the next one is a statement of the author's own that was begun: it may be done, or not.
        digest: Of the steps that are done.
        files: The columns that held files when it began.
    """

    number: int
    name: str
    word: str
    done: int
    begun: bool
    digest: str
    files: Places

    @property
    def title(self) -> str:
        """Number and name, as in the file's name."""
        return f"{self.number:04}_{self.name}"

    def __str__(self) -> str:
        way = "applied" if self.word == "up" else "taken back"
        return f"{self.title} is being {way}: {self.done} of its steps are done, and 'mainspring migrate {self.word}' goes on"


_TABLE = sa.Table(
    PROGRESS,
    sa.MetaData(),
    sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("word", sa.String(4), nullable=False),
    sa.Column("done", sa.Integer(), nullable=False),
    sa.Column("begun", sa.Boolean(), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("files", sa.Text(), nullable=False),
)


def read_entry(connection: sa.Connection) -> Entry | None:
    """The migration that is under way; None where there is none."""
    if not sa.inspect(connection).has_table(PROGRESS):
        return None
    row = connection.execute(sa.select(_TABLE)).one_or_none()
    if row is None:
        return None
    files = frozenset((table, column) for table, column in json.loads(row.files))
    return Entry(row.number, row.name, row.word, row.done, row.begun, row.digest, files)


def open_entry(connection: sa.Connection, migration: Migration, word: str, passed: Sequence[Operation], files: Places) -> Entry:
    """Write down that a migration begins; the database has not seen it until it is over.

    Args:
        connection: A connection.
        migration: The migration.
        word: `up` or `down`.
        passed: Steps of it that were done before.
        files: The columns that hold files.
    """
    _TABLE.create(connection, checkfirst=True)
    forget_applied(connection, migration)
    entry = Entry(migration.number, migration.name, word, len(passed), begun=False, digest=digest(passed), files=files)
    told = json.dumps(sorted(files))
    values = {"number": entry.number, "name": entry.name, "word": word, "done": entry.done, "begun": False}
    connection.execute(_TABLE.insert().values(values | {"digest": entry.digest, "files": told}))
    return entry


def note_begun(connection: sa.Connection, *, begun: bool) -> None:
    """Write down that a statement of the author's own is begun, or that it was refused."""
    connection.execute(_TABLE.update().values(begun=begun))


def note_done(connection: sa.Connection, steps: Sequence[Operation]) -> None:
    """Write down that steps are done; in the transaction of the last one."""
    connection.execute(_TABLE.update().values(done=len(steps), begun=False, digest=digest(steps)))


def close_entry(connection: sa.Connection, migration: Migration, word: str) -> None:
    """Write down that a migration is over."""
    if word == "up":
        note_applied(connection, migration)
    connection.execute(_TABLE.delete())


def check_entry(entry: Entry, migration: Migration, steps: Sequence[Operation]) -> None:
    """See that what is done of a migration still stands in its file; what follows may be another now.

    Raises:
        BrokenHistory: It does not.
    """
    if digest(steps[: entry.done]) != entry.digest:
        raise BrokenHistory(
            f"{migration.path}: the first {entry.done} steps of '{entry.word}' are done, and were changed since; bring them back "
            "as they were (what stands behind them may be changed)"
        )


def digest(steps: Sequence[Operation]) -> str:
    """SHA-256 of what steps do."""
    return hashlib.sha256(repr(list(steps)).encode()).hexdigest()


def left_of(step: Operation, real: Schema) -> Operation | None:
    """What is left to do of a step that may be done; None where it is. Each is one change, which the server makes or not."""
    match step:
        case AddColumn(table, column) if _has(real, table, "columns", column.name):
            wanting = real[table].columns[column.name].nullable and not column.nullable
            return AlterColumn(table, column.name, nullable=False, fill=step.fill) if wanting else None
        case _:
            return None if _is_done(step, real) else step


def _is_done(step: Operation, real: Schema) -> bool:
    match step:
        case CreateTable(table):
            return table.name in real
        case DropTable(name):
            return name not in real
        case RenameTable(name, new):
            return name not in real and new in real
        case DropColumn(table, name):
            return not _has(real, table, "columns", name)
        case RenameColumn(table, name, new):
            return not _has(real, table, "columns", name) and _has(real, table, "columns", new)
        case CreateIndex(table, index):
            return _has(real, table, "indexes", index.name)
        case DropIndex(table, name):
            return not _has(real, table, "indexes", name)
        case AddConstraint(table, constraint):
            return _has(real, table, "constraints", constraint.name)
        case DropConstraint(table, name):
            return not _has(real, table, "constraints", name)
        case _:  # which may be done twice
            return False


def _has(real: Schema, table: str, part: str, name: str) -> bool:
    return table in real and name in getattr(real[table], part)
