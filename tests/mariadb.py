"""A MariaDB server for tests: one that answers on its standard local port, else one started from what is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pymysql

STANDING = 3306
STARTING_SECONDS = 60


class MariadbServer:
    """A server.

    Args:
        port: Its local port. `root` needs no password.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.address = f"mariadb://root@127.0.0.1:{port}"
        self._driver = pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        self._copies: dict[str, _Copy] = {}
        self._used: dict[str, _Copy] = {}

    def create(self, name: str, template: str) -> str:
        """A database, empty or a copy of another one. To make tables takes long, so what was dropped is filled and used again."""
        if not template:
            # Its order of texts is none of ours, so that ours shows.
            self.run(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_german2_ci")
            return name
        if template not in self._copies:
            self._copies[template] = _Copy(template, self)
        copy = self._copies[template]
        if copy.free:
            name = copy.free.pop()
            self.run(f"USE `{name}`", *copy.emptying, *copy.counters(name), *copy.filling)
        else:
            self.create(name, "")
            self.run(f"USE `{name}`", "SET foreign_key_checks = 0", *copy.making, *copy.filling, *copy.triggers)
        self._used[name] = copy
        return name

    def drop(self, name: str) -> None:
        if copy := self._used.pop(name, None):
            copy.free.append(name)
        else:
            self.run(f"DROP DATABASE `{name}`")

    def close(self) -> None:
        for copy in self._copies.values():
            for name in copy.free:
                self.run(f"DROP DATABASE `{name}`")
        self._driver.close()

    def run(self, *statements: str) -> list[Any]:
        """Run statements; gives the rows of the last one."""
        rows: list[Any] = []
        with self._driver.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = list(cursor.fetchall())
        return rows


class _Copy:
    """How a database is copied: the server knows no such thing."""

    def __init__(self, template: str, server: MariadbServer) -> None:
        self._server = server
        self._template = template
        self.free: list[str] = []
        tables = [name for (name,) in server.run(f"SHOW TABLES FROM `{template}`")]
        self.making = [server.run(f"SHOW CREATE TABLE `{template}`.`{table}`")[0][1] for table in tables]
        full = [table for table in tables if server.run(f"SELECT 1 FROM `{template}`.`{table}` LIMIT 1")]
        self.filling = ["SET foreign_key_checks = 0", "BEGIN"]
        self.filling += [f"INSERT INTO `{table}` SELECT * FROM `{template}`.`{table}`" for table in full]
        self.filling += ["COMMIT"]
        last = sorted(tables, key="mainspring_dropped_files".__eq__)  # what triggers write goes last
        self.emptying = ["SET foreign_key_checks = 0", "BEGIN", *(f"DELETE FROM `{table}`" for table in last), "COMMIT"]
        names = [row[0] for row in server.run(f"SHOW TRIGGERS FROM `{template}`")]
        self.triggers = [server.run(f"SHOW CREATE TRIGGER `{template}`.`{name}`")[0][2] for name in names]

    def counters(self, name: str) -> list[str]:
        """What sets back the counters of keys that have moved."""
        now, then = (dict(self._server.run(_COUNTERS.format(name=each))) for each in (name, self._template))
        return [f"ALTER TABLE `{table}` AUTO_INCREMENT = {then[table]}" for table, number in now.items() if number != then[table]]


_COUNTERS = """SELECT table_name, auto_increment FROM information_schema.tables
WHERE table_schema = '{name}' AND auto_increment IS NOT NULL"""


def answers(port: int) -> bool:
    try:
        pymysql.connect(host="127.0.0.1", port=port, user="root", connect_timeout=2).close()
    except pymysql.err.Error:
        return False
    return True


@contextmanager
def mariadb() -> Generator[MariadbServer]:
    """A server."""
    if answers(STANDING):
        with closing(MariadbServer(STANDING)) as server:
            yield server
        return
    with private() as port:
        yield MariadbServer(port)


@contextmanager
def private() -> Generator[int]:
    """A server of the tests' own, which forgets everything; gives its port."""
    folder = Path(tempfile.mkdtemp(prefix="mainspring-mariadb-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    other: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "mysql", "mysql")
        other = {"user": "mysql", "group": "mysql", "extra_groups": []}
    data = f"--datadir={folder / 'data'}"
    install = ["mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"]
    options = (
        f"--port={port}",
        f"--socket={folder / 'socket'}",
        "--bind-address=127.0.0.1",
        "--innodb-flush-log-at-trx-commit=0",
    )
    try:
        subprocess.run(install, check=True, capture_output=True, cwd=folder, **other)
        program = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin") or "mariadbd"
        server = subprocess.Popen([program, "--no-defaults", data, *options], cwd=folder, stderr=subprocess.DEVNULL, **other)
        try:
            await_server(server, port)
            yield port
        finally:
            server.kill()
            server.wait()
    finally:
        shutil.rmtree(folder)


def await_server(server: "subprocess.Popen[Any]", port: int) -> None:
    """Until it answers."""
    end = time.monotonic() + STARTING_SECONDS
    while not answers(port):
        assert server.poll() is None, "MariaDB does not start"
        assert time.monotonic() < end, "MariaDB does not answer"
        time.sleep(0.1)
