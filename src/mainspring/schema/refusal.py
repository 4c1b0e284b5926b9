"""What stops a migration. Each error has the exit code under which a script knows it."""

from typing import ClassVar

from mainspring.errors import CommandError


class MigrationError(CommandError):
    """A migration that cannot go on; nothing was changed, or its text says what was.

    Attributes:
        exit_code: What the command line exits with.
    """

    exit_code: ClassVar[int] = 1


class LossRefused(MigrationError):
    """Steps would lose data, and nobody has consented to that."""

    exit_code = 4


class RenameUnclear(MigrationError):
    """Something went and something came: the author has to say whether that is a rename."""

    exit_code = 5


class ValueNeeded(MigrationError):
    """A column must not be null, and there are rows that would have no value in it."""

    exit_code = 6


class BrokenHistory(MigrationError):
    """The migration files do not fit each other, or not what the database has seen of them."""

    exit_code = 7
