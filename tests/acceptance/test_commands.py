"""Commands on a folder of data that cannot be used: each says so in one message."""

import subprocess
from pathlib import Path

import pytest
from tests.photos import COMMAND, PROJECT, Photos

COMMANDS = ("serve", "migrate up", "migrate status", "user list", "keys")


def refused(data: Path, command: str) -> str:
    """What a command, which must not go well, says."""
    done = subprocess.run(
        [*COMMAND, *command.split()],
        cwd=PROJECT,
        env=Photos(data).environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_database(tmp_path: Path, command: str):
    (tmp_path / "app.sqlite").write_bytes(b"no database " * 1000)
    assert refused(tmp_path, command) == "Error: the database cannot be opened\n  file is not a database\n"


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"migrate status"}))  # which only looks, and finds nothing applied
def test_a_folder_that_cannot_be_made(tmp_path: Path, command: str):
    (tmp_path / "file").touch()
    data = tmp_path / "file" / "data"
    assert refused(data, command).startswith(f"Error: the folder {data} cannot be made: Not a directory")
