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
def postgres() -> Iterator[Server]:
    """A server."""
    standing = "postgresql://postgres@127.0.0.1:5432"
    if answers(standing):
        yield PostgresqlServer(standing)
        return
    with private() as address:
        yield PostgresqlServer(address)


@contextmanager
def private() -> Iterator[str]:
    """A server of the tests' own, which forgets everything; gives its address."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(tempfile.mkdtemp(prefix="mainspring-postgresql-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    other: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        other = {"user": "postgres", "group": "postgres", "extra_groups": []}
    data, options = folder / "data", f"-p {port} -k {folder} -c fsync=off -c listen_addresses=127.0.0.1"
    start = [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"]
    try:
        make = [programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres"]
        subprocess.run(make, check=True, capture_output=True, cwd=folder, **other)
        subprocess.run(start, check=True, capture_output=True, cwd=folder, **other)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, cwd=folder, **other)
    finally:
        shutil.rmtree(folder)
