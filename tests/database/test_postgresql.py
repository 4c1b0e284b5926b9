"""PostgreSQL: changes made side by side feel nothing of each other, and a server that went away is found again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers import Databases

from mainspring.database.address import open_engine
from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.errors import BadRequest, Conflict, DeclarationError, RequestError

ENGINES = ("postgresql",)


@pytest.fixture
def address(databases: Databases) -> Iterator[str]:
    made = databases.make()
    yield made
    databases.drop(made)


@pytest.fixture
def database(address: str, tmp_path: Path) -> Iterator[Database]:
    opened = Database(open_engine(address, tmp_path, 2), 2)
    opened.write(lambda connection: connection.execute("CREATE TABLE notes (text TEXT UNIQUE NOT NULL, number INT)"))
    yield opened
    opened.close()


def count(connection: Connection) -> int:
    number: int = connection.execute("SELECT count(*) FROM notes").fetchone()[0]
    return number


def test_each_change_sees_the_database_as_if_alone(database: Database):
    def add(connection: Connection) -> None:
        connection.execute("INSERT INTO notes VALUES (gen_random_uuid(), $1)", [count(connection)])

    for future in [database.submit(add) for _ in range(20)]:
        future.result()
    rows = database.read(lambda connection: connection.execute("SELECT number FROM notes ORDER BY number").fetchall())
    assert rows == [(number,) for number in range(20)]


def test_none_is_refused_for_a_crowd(database: Database, address: str, tmp_path: Path):
    """Each of these changes comes in between of every other that is made at the same time."""

    def add(connection: Connection) -> None:
        connection.execute("INSERT INTO notes VALUES (gen_random_uuid(), $1)", [count(connection)])

    more = [Database(open_engine(address, tmp_path, 9), 9) for _ in range(3)]
    for future in [each.submit(add) for _ in range(100) for each in (database, *more)]:
        future.result()
    for each in more:
        each.close()
    rows = database.read(lambda connection: connection.execute("SELECT number FROM notes ORDER BY number").fetchall())
    assert rows == [(number,) for number in range(400)]


def test_a_lost_connection_is_opened_anew(database: Database):
    def cut(connection: Connection) -> None:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")

    assert database.read(count) == 0
    database.write(cut)
    assert database.read(count) == 0


@pytest.mark.parametrize(
    ("sql", "refusal", "code"),
    [
        ("INSERT INTO notes VALUES ('a', 1), ('a', 2)", Conflict, "23505"),
        ("INSERT INTO notes VALUES (NULL, 1)", BadRequest, "23502"),
        ("SELECT pg_sleep(60)", BadRequest, "57014"),
    ],
)
def test_errors_are_those_of_every_engine(database: Database, sql: str, refusal: type[RequestError], code: str):
    with pytest.raises(refusal) as refused:
        database.write(lambda connection: connection.execute(sql))
    assert refused.value.code == code
    assert [fault.pointer for fault in refused.value.faults] == ([] if code == "57014" else ["/text"])


def test_a_reader_cannot_write(database: Database):
    with pytest.raises(RequestError):
        database.read(lambda connection: connection.execute("INSERT INTO notes VALUES ('a', 1)"))


def test_an_address_that_is_none_is_refused_without_its_password(tmp_path: Path):
    for address in ("oracle://ann:secret@host/x", "postgresql://ann:secret@host", "secret"):
        with pytest.raises(DeclarationError) as refused:
            open_engine(address, tmp_path, 1)
        assert "secret" not in str(refused.value)
