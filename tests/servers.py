"""Throw-away databases: on a server that answers on its standard local port, else on one started from what is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg


class Server(Protocol):
    """A server.

    Attributes:
        address: Its address without a database.
    """

    address: str

    def create(self, name: str, template: str) -> str:
        """Make a database, a copy of another one where `template` names it; gives its name."""

    def drop(self, name: str) -> None:
        """Drop a database, whoever still uses it."""


class PostgresqlServer:
    """A PostgreSQL server, by its address without a database."""

    def __init__(self, address: str) -> None:
        self.address = address

    def create(self, name: str, template: str) -> str:
        # Its order of texts is none of ours, so that ours shows.
        empty = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'"
        self.run(f'CREATE DATABASE "{name}" ' + (f'TEMPLATE "{template}"' if template else empty))
        return name

    def drop(self, name: str) -> None:
        self.run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def run(self, *statements: str) -> None:
        with psycopg.connect(f"{self.address}/postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


class Databases:
    """Throw-away databases of one engine.

    Args:
        server: Where they are; None for SQLite, which needs none.
    """

    def __init__(self, server: Server | None) -> None:
        self._server = server
        self._number = 0
        self._made: list[str] = []

    def make(self, template: str = "") -> str:
        """The address of a new database, empty or a copy of `template`; for SQLite that of the file in the folder of data."""
        if self._server is None:
            return ""
        self._number += 1
        name = f"mainspring_test_{os.getpid()}_{self._number}"
        name = self._server.create(name, template.rpartition("/")[2])
        self._made.append(name)
        return f"{self._server.address}/{name}"

    def drop(self, address: str) -> None:
        """Drop a database, whoever still uses it."""
        if self._server is not None:
            name = address.rpartition("/")[2]
            self._server.drop(name)
            self._made.remove(name)

    def close(self) -> None:
        for name in list(self._made):
            self.drop(name)


def answers(address: str) -> bool:
    try:
        psycopg.connect(f"{address}/postgres", connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


@contextmanager
def postgres(standing: str = "postgresql://postgres@127.0.0.1:5432") -> Iterator[PostgresqlServer]:
    """A server: the one that stands at an address, or one of the tests' own where none answers there."""
    if answers(standing):
        yield PostgresqlServer(standing)
        return
    with private() as server:
        yield server


class PrivateServer(PostgresqlServer):
    """A server of the tests' own, which forgets everything.

    Args:
        folder: Where its data are.
        settings: What it is told beside the usual: `max_connections=9`.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        super().__init__(f"postgresql://postgres@127.0.0.1:{port}")
        self._programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        self._folder = folder
        told = ("fsync=off", "listen_addresses=127.0.0.1", *settings)
        self._options = f"-p {port} -k {folder} " + " ".join(f"-c {each}" for each in told)
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-A", "trust", "-U", "postgres")

    def start(self) -> None:
        self._run("pg_ctl", "-w", "-l", self._folder / "log", "-o", self._options, "start")

    def stop(self) -> None:
        """Stop it at once, as if it were killed."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self._programs / program, "-D", self._folder / "data", *arguments]
        other: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self._folder, **other)


@contextmanager
def private(*settings: str) -> Iterator[PrivateServer]:
    """A server of the tests' own, which runs."""
    folder = Path(tempfile.mkdtemp(prefix="mainspring-postgresql-"))
    try:
        server = PrivateServer(folder, *settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
