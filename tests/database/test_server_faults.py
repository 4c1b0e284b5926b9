"""What a PostgreSQL server can do to those who use it: it is stopped, it is full, it goes away in the middle of a commit."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.servers import Databases, PrivateServer, postgres, private

from mainspring.database.address import open_engine
from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.errors import RequestError, Unavailable

ENGINES = ("postgresql",)
NOBODY = "postgresql://postgres@127.0.0.1:1"


def open_database(address: str, folder: Path) -> Database:
    return Database(open_engine(address, folder, 5), 5)


def make_notes(connection: Connection) -> None:
    connection.execute("CREATE TABLE notes (text TEXT)")


def add(connection: Connection) -> None:
    connection.execute("INSERT INTO notes VALUES ('a')")


def count(connection: Connection) -> int:
    number: int = connection.execute("SELECT count(*) FROM notes").fetchone()[0]
    return number


# -- stopped, started, full ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own() -> Iterator[PrivateServer]:
    """A server that may be stopped, with few places."""
    with private("max_connections=8", "superuser_reserved_connections=0") as server:
        yield server


def test_where_no_server_stands_the_tests_start_their_own():
    with postgres(NOBODY) as server, closing(Databases(server)) as databases:
        address = databases.make()
        assert server.address != NOBODY
        with psycopg.connect(databases.make(address)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_is_started_again_is_found_again(own: PrivateServer, tmp_path: Path):
    database = open_database(f"{own.address}/postgres", tmp_path)
    database.write(make_notes)
    database.write(add)
    assert database.read(count) == 1
    own.stop()
    try:
        for ask in (lambda: database.read(count), lambda: database.write(add)):
            with pytest.raises(Unavailable) as refused:
                ask()
            assert dict(refused.value.headers)["Retry-After"] == "1"
            assert "127.0.0.1" not in refused.value.message
    finally:
        own.start()
    assert database.read(count) == 1, "what was refused was not stored"
    database.write(add)
    assert database.read(count) == 2
    database.write(lambda connection: connection.execute("DROP TABLE notes"))
    database.close()


def test_a_full_server_refuses_and_has_room_again(own: PrivateServer, tmp_path: Path):
    address = f"{own.address}/postgres"
    database = open_database(address, tmp_path)
    taken: list[psycopg.Connection] = []
    with suppress(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(address))
    for ask in (lambda: database.read(one), lambda: database.write(one)):
        with pytest.raises(Unavailable):
            ask()
    for connection in taken:
        connection.close()
    assert database.read(one) == database.write(one) == 1
    database.close()


def one(connection: Connection) -> int:
    number: int = connection.execute("SELECT 1").fetchone()[0]
    return number


# -- lost in a commit ------------------------------------------------------------------------------------------------------------


class Line:
    """A line to a server, which is cut at the first COMMIT that goes through it.

    Args:
        server: The server's address without a database.
        stored: Whether the COMMIT still reaches the server.
    """

    def __init__(self, server: str, *, stored: bool) -> None:
        self._server = ("127.0.0.1", urlsplit(server).port or 5432)
        self._stored = stored
        self.cut = threading.Event()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"postgresql://postgres@127.0.0.1:{self._door.getsockname()[1]}"
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                self._ends.append(here := self._door.accept()[0])
                self._ends.append(there := socket.create_connection(self._server))
                for way in ((here, there, True), (there, here, False)):
                    self._threads.append(threading.Thread(target=self._pass_on, args=way))
                    self._threads[-1].start()

    def _pass_on(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if watched and b"COMMIT" in data and not self.cut.is_set():
                    self._cut(data, source, target)
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def _cut(self, data: bytes, here: socket.socket, there: socket.socket) -> None:
        self.cut.set()
        here.shutdown(socket.SHUT_RDWR)  # so that no reply comes through any more
        if self._stored:
            there.sendall(data)
            there.shutdown(socket.SHUT_WR)  # the server does what it was sent, then finds the end
        else:
            there.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for each in (self._door, *self._ends):
            with suppress(OSError):  # it was cut
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in (self._door, *self._ends):
            each.close()


@pytest.mark.parametrize("stored", [True, False])
def test_a_commit_whose_end_is_not_known_is_told_as_that(databases: Databases, tmp_path: Path, stored: bool):
    address = databases.make()
    server, _, name = address.rpartition("/")
    direct = open_database(address, tmp_path)
    direct.write(make_notes)
    line = Line(server, stored=stored)
    database = open_database(f"{line.address}/{name}", tmp_path)
    with pytest.raises(RequestError) as refused:
        database.write(add)
    assert line.cut.is_set()
    assert (refused.value.status, "not known" in refused.value.message) == (503, True)
    # The server may still be at it: its transaction is over when another one can have the table alone.
    direct.write(lambda connection: connection.execute("LOCK TABLE notes"))
    assert direct.read(count) == stored, "it was not tried again"
    database.write(add)
    assert database.read(count) == stored + 1
    for each in (database, direct):
        each.close()
    line.close()
    databases.drop(address)


# -- not there at all ------------------------------------------------------------------------------------------------------------


def mainspring(folder: Path, *arguments: str, address: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """A command of Mainspring, as a process of its own."""
    (folder / "data").mkdir(mode=0o700)
    (folder / "app.py").write_text("from mainspring import App\n\napp = App('empty')\n")
    program = (
        f"import sys; {before}\nsys.argv = ['mainspring', *{list(arguments)!r}]\nfrom mainspring.cli.__main__ import main\nmain()"
    )
    environment = os.environ | {"MAINSPRING_DATABASE": address, "MAINSPRING_DATA": str(folder / "data")}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("command", ["doctor", "serve"])
def test_a_server_that_cannot_be_reached_is_told(tmp_path: Path, command: str):
    done = mainspring(tmp_path, command, address=f"{NOBODY}/notes")
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "the database cannot be reached" in told
    assert "port 1 failed" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", ["doctor", "serve"])
def test_a_driver_that_is_not_installed_is_told(tmp_path: Path, command: str):
    done = mainspring(tmp_path, command, address=f"{NOBODY}/notes", before="sys.modules['psycopg'] = None")
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "pip install 'mainspring[postgresql]'" in told
    assert "Traceback" not in told
