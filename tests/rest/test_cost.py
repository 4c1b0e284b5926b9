"""What a question costs the database: not more for what stands far behind than for what stands first."""

from collections.abc import Iterator
from typing import Any

from tests.rest.conftest import SYSTEM, Library

from mainspring.database.engine import Connection
from mainspring.query.reader import Question

ENGINES = ("sqlite", "postgresql")
ROWS = 20_000


def fill(connection: Connection) -> None:
    """Loans at 200 desks, 100 at each."""
    connection.execute("DELETE FROM loans")
    moment = "'2026-01-01 00:00:00.000000'"
    rows = ", ".join(f"({number // 100}, {number % 100}, '', {moment}, {moment}, 1)" for number in range(ROWS))
    connection.execute(f"INSERT INTO loans (desk, number, note, created_at, updated_at, version) VALUES {rows}")


def cost(library: Library, text: str, last: tuple[int, ...] = ()) -> int:
    """What 30 loans cost: in thousands of steps where the engine counts them, else in hundreds of rows that are read."""
    reader, database = library.backend.reader, library.backend.database
    question = reader.question(library.backend.catalog.entities["loans"], text, SYSTEM)
    if last:
        question = reader.after(question, last, SYSTEM)
    assert len(database.read(lambda connection: reader.page(connection, question, SYSTEM, count=False).records)) == 30
    if library.backend.engine.embedded:
        return steps(library, question) // 1_000
    (found,) = database.read(lambda connection: reader.explain(connection, question, SYSTEM, count=False, analyze=True))
    return sum(rows_read(found.plan[0]["Plan"])) // 100


def steps(library: Library, question: Question) -> int:
    """The steps that an embedded engine takes for a question: it is asked to go on after each thousand."""
    seen = [0]

    def look() -> bool:
        seen[0] += 1
        return False

    def read(connection: Connection) -> None:
        library.backend.engine.limit(connection, look)
        library.backend.reader.page(connection, question, SYSTEM, count=False)

    library.backend.database.read(read)
    return seen[0] * 1_000


def rows_read(node: dict[str, Any]) -> Iterator[int]:
    """The rows that each scan of a plan reads."""
    if "Plans" not in node:
        yield node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    for inner in node.get("Plans", ()):
        yield from rows_read(inner)


def test_a_deep_page_costs_as_the_first(library: Library):
    library.backend.database.write(fill)
    assert cost(library, "limit=30&offset=19000") > 50, "what an offset costs is seen"
    assert cost(library, "limit=30") <= 2
    assert cost(library, "limit=30", (190, 50)) <= 2
    assert cost(library, "limit=30&order=desk.desc", (9, 50)) <= 4
