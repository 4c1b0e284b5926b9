"""Requests to Chinook with their answers, equal on every engine.

`data/requests.txt` holds each request, the SQL by which its answer was found without Mainspring (`SQL`), and what is answered
(`=`): the records themselves, or the status and a part of the refusal. The SQL is asked again here, so that an answer cannot be
wrong in the same way as the code. Where the authors of the database write its names in snake_case, the requests do as well.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as driver
from tests.adopt.conftest import DATA, Adopted, chinook_file

ENGINES = ("sqlite", "postgresql", "mariadb")


@dataclass(frozen=True)
class Case:
    """A request and what is answered."""

    path: str
    sql: str | None
    status: int
    body: Any


def cases() -> Iterator[Case]:
    path, sql = "", None
    for line in (DATA / "requests.txt").read_text("utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word == "GET":
            path, sql = rest, None
        elif word == "SQL":
            sql = rest
        elif word == "=":
            status, _, body = rest.partition(" ")
            yield Case(path, sql, int(status), json.loads(body))


CASES = list(cases())


def asked_by_sql(database: Path, sql: str) -> list[dict[str, Any]]:
    """The records that SQL gives; a column named `x:json` holds what stands in the record as `x`."""
    connection = driver.connect(f"file:{database}?mode=ro", uri=True)
    cursor = connection.execute(sql)
    names = [each[0] for each in cursor.description]
    rows = cursor.fetchall()
    connection.close()

    def shown(name: str, value: Any) -> tuple[str, Any]:
        word, colon, _ = name.rpartition(":json")
        return (word, None if value is None else json.loads(value)) if colon else (name, value)

    return [dict(shown(name, value) for name, value in zip(names, row, strict=True)) for row in rows]


def test_there_are_enough():
    assert len(CASES) >= 150
    assert len({case.path for case in CASES}) == len(CASES)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("original") / "chinook.sqlite"
    path.write_bytes(chinook_file())
    return path


@pytest.mark.parametrize("case", [case for case in CASES if case.sql], ids=lambda case: case.path)
def test_answers_are_what_plain_sql_gives(original: Path, case: Case):
    assert case.sql is not None
    assert asked_by_sql(original, case.sql) == case.body


@pytest.fixture(scope="module")
def in_snake_case(original: Path) -> re.Pattern[str]:
    """Finds the names of tables and columns."""
    connection = driver.connect(f"file:{original}?mode=ro", uri=True)
    query = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'"
    names = {name for row in connection.execute(query) for name in row}
    connection.close()
    return re.compile(rf"\b({'|'.join(names)})\b")


def snake_case(names: re.Pattern[str], value: Any) -> Any:
    """A text, or the names in records, with the database's names in snake_case."""
    match value:
        case str():
            return names.sub(lambda found: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", found[0]).lower(), value)
        case list():
            return [snake_case(names, each) if isinstance(each, dict) else each for each in value]
        case dict():
            return {
                snake_case(names, name): snake_case(names, each) if isinstance(each, (dict, list)) else each
                for name, each in value.items()
            }
        case _:
            return value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_request(engine: str, chinook: Adopted, in_snake_case: re.Pattern[str], case: Case):
    path, body = case.path, case.body
    if engine == "postgresql":
        path = path.capitalize() if path.islower() else snake_case(in_snake_case, path)  # a name in another case is none
        body = snake_case(in_snake_case, body)
    reply = chinook.get(path)
    assert reply.status_code == case.status, reply.text
    if case.status == 200:
        assert reply.json() == body
    else:
        said = {name: snake_case(in_snake_case, text) for name, text in body.items()} if engine == "postgresql" else body
        assert said.items() <= reply.json().items()
