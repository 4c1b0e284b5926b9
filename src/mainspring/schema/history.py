"""The chain of migrations: the files in a project's `migrations/`, and which of them a database has seen.

`serve` asks `pending` at each start, so nothing here imports Alembic, and a file is not run to be known.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa

from mainspring.clock import now
from mainspring.database.engine import Engine
from mainspring.schema.builder import HISTORY
from mainspring.schema.builders import builder_of
from mainspring.schema.operation import Operation
from mainspring.schema.refusal import BrokenHistory, MigrationError
from mainspring.schema.vocabulary import Operations

_FILE = re.compile(r"(\d{4})_(\w+)\.py")
_DOCSTRING = re.compile(r'\A""".*?"""', re.DOTALL)
_DOWN = re.compile(r"^def down\(", re.MULTILINE)

DRAFT = "draft"
"""The name of the migration that `dev` goes on extending until `migrate make` closes it."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration file.

    Attributes:
        number: Its place in the chain, from 1.
        name: Its name without the number.
        path: The file.
        text: What stands in it.
    """

    number: int
    name: str
    path: Path
    text: str

    @property
    def title(self) -> str:
        """Number and name, as in the file's name."""
        return f"{self.number:04}_{self.name}"

    @property
    def checksum(self) -> str:
        """SHA-256 of what it does: of all but its docstring and `down`, which may be improved after it was applied."""
        code = _DOCSTRING.sub("", _DOWN.split(self.text, 1)[0])
        return hashlib.sha256(code.strip().encode()).hexdigest()

    def up(self) -> list[Operation]:
        """What it does."""
        return self._operations("up")

    def down(self) -> list[Operation]:
        """What takes it back."""
        return self._operations("down")

    def _operations(self, word: str) -> list[Operation]:
        function: Callable[[Operations], object] | None = getattr(self._module(), word, None)
        if not callable(function):
            raise BrokenHistory(f"{self.path}: there is no 'def {word}(op: Operations) -> None:' in it")
        op = Operations()
        function(op)
        return op.noted

    def _module(self) -> ModuleType:
        module = ModuleType(f"migration_{self.title}")
        module.__file__ = str(self.path)
        try:
            exec(compile(self.text, self.path, "exec"), module.__dict__)  # noqa: S102 - the author's own file
        except SyntaxError as error:
            raise MigrationError(f"{self.path}:{error.lineno}: {error.msg}") from error
        return module

    def after(self) -> str | None:
        """The title of the migration that it names as the one before it."""
        before: str | None = getattr(self._module(), "after", None)
        return before


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that a database has seen."""

    number: int
    name: str
    checksum: str


def read_files(folder: Path) -> list[Migration]:
    """The migration files of a project, in their order.

    Raises:
        BrokenHistory: Two have one number, or one is missing.
    """
    found: list[Migration] = []
    for path in sorted(folder.glob("[0-9]*.py")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise BrokenHistory(f"{path} has a name that no migration has; name it as 0001_start.py is named")
        found.append(Migration(int(match[1]), match[2], path, path.read_text("utf-8")))
    for number, migration in enumerate(found, 1):
        if number > 1 and migration.number == found[number - 2].number:
            raise BrokenHistory(
                f"{found[number - 2].path} and {migration.path} have one number; give the one that no database has seen "
                f"the number {found[-1].number + 1:04}, and the title of the migration before it as 'after'"
            )
        if migration.number != number:
            raise BrokenHistory(f"{folder}: migration {number:04} is missing before {migration.path.name}; bring the file back")
    return found


def check_chain(files: Sequence[Migration]) -> None:
    """See that each file names the one before it.

    Raises:
        BrokenHistory: One does not.
    """
    before: str | None = None
    for migration in files:
        if migration.after() != before:
            raise BrokenHistory(
                f"{migration.path}: it says after = {migration.after()!r}, but stands after {before!r}; see which one is right"
            )
        before = migration.title


def check_applied(files: Sequence[Migration], applied: Sequence[Applied]) -> list[Migration]:
    """The files that a database has not yet seen.

    Raises:
        BrokenHistory: A file was changed or removed after it was applied.
    """
    for number, seen in enumerate(applied, 1):
        title = f"{seen.number:04}_{seen.name}"
        migration = files[number - 1] if number <= len(files) else None
        if migration is not None and migration.checksum == seen.checksum:  # under another name, perhaps, which is no harm
            continue
        if migration is None or migration.title != title:
            raise BrokenHistory(f"migration {title} was applied to this database, but its file is not there; bring it back")
        raise BrokenHistory(
            f"{migration.path} was changed after it was applied to this database; bring it back as it was, "
            "and put the change into a new migration"
        )
    return list(files[len(applied) :])


_TABLE = sa.Table(
    HISTORY,
    sa.MetaData(),
    sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("checksum", sa.String(64), nullable=False),
    sa.Column("applied_at", sa.String(26), nullable=False),
)


def read_applied(connection: sa.Connection) -> list[Applied]:
    """What the database has seen, in its order."""
    if not sa.inspect(connection).has_table(HISTORY):
        return []
    rows = connection.execute(sa.select(_TABLE.c.number, _TABLE.c.name, _TABLE.c.checksum).order_by(_TABLE.c.number))
    return [Applied(row.number, row.name, row.checksum) for row in rows]


def note_applied(connection: sa.Connection, migration: Migration) -> None:
    """Write down that the database has seen a migration; in the transaction of its operations."""
    forget_applied(connection, migration)  # a draft may have been applied before
    moment = now().replace(tzinfo=None).isoformat(" ", "microseconds")
    noted = {"number": migration.number, "name": migration.name, "checksum": migration.checksum, "applied_at": moment}
    connection.execute(_TABLE.insert().values(noted))


def forget_applied(connection: sa.Connection, migration: Migration) -> None:
    """Write down that a migration was taken back; in the transaction of its operations."""
    _TABLE.create(connection, checkfirst=True)
    connection.execute(_TABLE.delete().where(_TABLE.c.number == migration.number))


def pending(engine: Engine, folder: Path) -> list[str]:
    """The titles of the migrations that the database has not yet seen; for `serve`, at each start.

    Raises:
        BrokenHistory: The files do not fit each other, or not what the database has seen.
    """
    with builder_of(engine).looked_at() as connection:
        return [each.title for each in check_applied(read_files(folder), read_applied(connection))]
