"""The folder in which a database's file, or what belongs to a database, lies."""

from pathlib import Path

from mainspring.errors import CommandError


def make_folder(folder: Path) -> None:
    """Make a folder, closed to other users of the machine, where it is absent.

    Raises:
        CommandError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"the folder {folder} cannot be made: {error.strerror}; choose another with --data") from error
