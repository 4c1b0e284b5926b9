"""`mainspring doctor`: what is wrong with the machine, the settings, the stored data or the models."""

import fcntl
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec

from mainspring import clock
from mainspring.app import Backend
from mainspring.cli.project import Project, with_project
from mainspring.errors import DeclarationError, MainspringError
from mainspring.model.catalog import Catalog
from mainspring.model.rules import nobody

LOW_DISK_BYTES = 1_000_000_000
"""Less free space than this is worth a word."""

CLOCK_SECONDS = 60
"""How far in the future a file's stamp may lie before the clock is doubted."""

LOCK_SECONDS = 5
"""How long the writers' lock may be held by others."""

LOCK_LOOKS = 50
"""How often that lock is tried in this time."""

MOUNTS = Path("/proc/mounts")
"""Where Linux tells what is mounted."""

NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs"})
"""Kinds of mounts on which SQLite's locks cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and how it is.

    Attributes:
        subject: What was looked at.
        told: What was found and what to do; None where all is well.
        wrong: Whether what was found is wrong; else it is only worth a look.
    """

    subject: str
    told: str | None
    wrong: bool = True

    @property
    def level(self) -> str:
        """`ok`, `look` or `wrong`."""
        if self.told is None:
            return "ok"
        return "wrong" if self.wrong else "look"


@click.command()
@with_project
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
def doctor(project: Project, *, as_json: bool) -> None:
    """Look for what is wrong.

    It looks at the machine, the settings, the stored data and the models, and changes nothing. Exits with 1 where something
    is wrong.

    Example: mainspring doctor --json
    """
    findings = list(examine(project))
    if as_json:
        told = [{"subject": each.subject, "level": each.level, "told": each.told} for each in findings]
        click.echo(msgspec.json.encode(told).decode())
    else:
        for each in findings:
            click.echo(f"{each.level:5}  {each.subject}" if each.told is None else f"{each.level:5}  {each.subject}: {each.told}")
    if any(each.level == "wrong" for each in findings):
        raise click.exceptions.Exit(1)


def examine(project: Project) -> Iterator[Finding]:
    """Every finding, from the ground up; what stands on something that is wrong is not looked at."""
    python = sys.version_info
    yield Finding(f"Python {python.major}.{python.minor}.{python.micro}", None)
    try:
        settings = project.settings
    except DeclarationError as error:
        yield Finding("settings", str(error))
        return
    yield Finding("settings", None)
    yield Finding("data folder", _folder_fault(settings.data))
    try:
        name = project.app.name
    except MainspringError as error:
        yield Finding("app", str(error))
        return
    yield Finding(f"app '{name}'", None)
    if settings.data.is_dir():
        yield from _examine_stored(project, settings.data)


def _examine_stored(project: Project, data: Path) -> Iterator[Finding]:
    yield Finding("access to stored files", _mode_fault(data))
    yield Finding("disk space", _space_fault(data))
    if not project.settings.database:
        yield Finding("file system", _file_system_fault(data))
    yield Finding("clock", _clock_fault(data))
    try:
        with project.open() as backend:
            yield from _examine_backend(backend)
    except MainspringError as error:
        yield Finding("models", str(error))


def _examine_backend(backend: Backend) -> Iterator[Finding]:
    yield Finding("database and migrations", "; ".join(backend.faults()) or None)
    yield Finding("readable models", _unread_models(backend.catalog), wrong=False)
    yield Finding("locks", _lock_fault(backend.settings.data))


def _folder_fault(data: Path) -> str | None:
    if not data.exists():
        return f"{data} is not there yet; 'mainspring migrate up' makes it"
    if not data.is_dir():
        return f"{data} is no folder; say where the data is with --data or MAINSPRING_DATA"
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        return f"{data} cannot be read and written by this user; change its owner"
    return None


def _mode_fault(data: Path) -> str | None:
    """Secrets and personal data are for the server's user alone."""
    keys = data / "keys"
    open_to_others = [
        path for path in (data, keys, *keys.glob("*")) if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if not open_to_others:
        return None
    return f"other users of this machine can open it; write: chmod go= {' '.join(map(str, open_to_others))}"


def _space_fault(data: Path) -> str | None:
    free = shutil.disk_usage(data).free
    return None if free >= LOW_DISK_BYTES else f"only {free // 1_000_000} MB are free; make room, or writes will be refused"


def _file_system_fault(data: Path) -> str | None:
    """SQLite's locks hold on local disks only."""
    if not MOUNTS.exists():
        return None
    fields = [line.split() for line in MOUNTS.read_text("utf-8").splitlines()]
    above = [(point, kind) for _, point, kind, *_ in fields if data.resolve().is_relative_to(point)]
    kind = max(above, key=lambda each: len(each[0]), default=("/", ""))[1]
    return f"the data lies on a network file system ({kind}); move it to a local disk" if kind in NETWORK_FILE_SYSTEMS else None


def _clock_fault(data: Path) -> str | None:
    newest = max(path.stat().st_mtime for path in (data, *data.glob("app.sqlite*")))
    ahead = newest - clock.now().timestamp()
    return f"stored files are {ahead:.0f} s in the future; set the clock" if ahead > CLOCK_SECONDS else None


def _unread_models(catalog: Catalog) -> str | None:
    unread = [each.model.__name__ for each in catalog.entities.values() if each.addressable and each.access.read == nobody]
    return (
        f"only administrators can read {', '.join(unread)}; is that meant? else write access = Access(read=…)" if unread else None
    )


def _lock_fault(data: Path) -> str | None:
    """Writers hold their lock for milliseconds; who holds it longer hangs, and everybody else waits."""
    path = data / "app.sqlite-writer"
    if not path.exists():
        return None
    with path.open("rb") as file:
        for _ in range(LOCK_LOOKS):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOCK_SECONDS / LOCK_LOOKS)
            else:
                return None
    return f"a process holds the writers' lock for more than {LOCK_SECONDS} s; find it with: fuser {path}"
