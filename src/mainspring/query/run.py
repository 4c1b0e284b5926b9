"""Running statements: one for the records, one for each level of to-many embeds, one for the count where it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

from mainspring.context import Who
from mainspring.database.engine import Connection, Engine
from mainspring.errors import BadRequest
from mainspring.query.plan import TOO_COMPLEX, Planned, Value
from mainspring.query.record import bind
from mainspring.query.statement import Children, Record, Row, Shape, Statement


@dataclass(slots=True)
class Page:
    """An answer.

    Attributes:
        records: The records as the encoders write them.
        total: How many there are in all; None where it was not asked for.
    """

    records: list[Record]
    total: int | None = None


def driver_values(planned: Planned, engine: Engine) -> list[Any]:
    """The values of a plan as the driver takes them."""
    return [_driver_value(value, engine) for value in planned.values]


def _driver_value(value: Value, engine: Engine) -> Any:
    field = value.field
    match value.form:
        case "plain":
            return value.value if field is None else bind(field, value.value)
        case "list":
            return engine.bind_list(value.value if field is None else [bind(field, each) for each in value.value])
        case "like" | "ilike":
            return engine.bind_pattern(value.value, sensitive=value.form == "like")


class Runner:
    """Runs statements and puts their rows together.

    Args:
        engine: Whose statements they are.
        embed_rows: Most rows of one to-many embed.
    """

    def __init__(self, engine: Engine, embed_rows: int) -> None:
        self._engine = engine
        self._embed_rows = embed_rows

    def page(
        self, connection: Connection, statement: Statement, count: Statement | None, values: Sequence[Any], who: Who
    ) -> Page:
        """The records of a statement, and their number if `count` is given, as they stand at one moment."""
        shape = statement.shape
        assert shape is not None, "a statement that finds records has a shape"
        if (count is None and not _count_manys(shape)) or connection.in_transaction:
            return self._page(connection, statement, count, values, who)
        connection.execute("BEGIN")
        page = self._page(connection, statement, count, values, who)
        connection.execute("COMMIT")
        return page

    def _page(
        self, connection: Connection, statement: Statement, count: Statement | None, values: Sequence[Any], who: Who
    ) -> Page:
        rows = self.rows(connection, statement, values, who)
        total = None
        if count is not None:
            (total,) = connection.execute(count.sql, count.bind(values, who)).fetchone()
        records, _ = self._records(connection, statement, rows, who)
        return Page(records, total)

    @staticmethod
    def rows(connection: Connection, statement: Statement, values: Sequence[Any], who: Who) -> list[Row]:
        """The bare rows of a statement."""
        return connection.execute(statement.sql, statement.bind(values, who)).fetchall()

    def _records(
        self, connection: Connection, statement: Statement, rows: list[Row], who: Who
    ) -> tuple[list[Record], Sequence[int]]:
        """The records of rows, and how many others are embedded in each."""
        assert statement.shape is not None, "a statement that finds records has a shape"
        assert statement.build is not None, "a statement that finds records can build them"
        children: Children = {}
        numbers = self._add_children(connection, statement.shape, rows, who, children) if rows else ()
        build = statement.build
        return [build(row, children) for row in rows], numbers

    def _add_children(self, connection: Connection, shape: Shape, rows: list[Row], who: Who, children: Children) -> Sequence[int]:
        """Find what is embedded; gives how many records that is for each row, with what is embedded in them."""
        numbers = [0] * len(rows)
        for _, inner in shape.ones:
            if _count_manys(inner):
                numbers = list(map(add, numbers, self._add_children(connection, inner, rows, who, children)))
        for name, at, statement in shape.manys:
            parents = self._engine.bind_list(list({row[at] for row in rows if row[at] is not None}))
            found = connection.execute(statement.sql, statement.bind((), who, parents)).fetchall()
            self._check_number(name, len(found), self._embed_rows)
            children[at], sizes = self._by_parent(connection, statement, found, who)
            added = [sizes.get(row[at], 0) for row in rows]
            # What was found once is shown for every row above that has it: without this, five levels make 1,000 rows to billions.
            self._check_number(name, sum(added), self._embed_rows * (1 + _count_manys(statement.shape)))
            numbers = list(map(add, numbers, added))
        return numbers

    def _check_number(self, name: str, number: int, most: int) -> None:
        if number > most:
            raise BadRequest(
                f"'{name}' has more than {self._embed_rows} rows on this page",
                code=TOO_COMPLEX,
                hint="ask for fewer records at once",
            )

    def _by_parent(
        self, connection: Connection, statement: Statement, rows: list[Row], who: Who
    ) -> tuple[dict[Any, list[Record]], dict[Any, int]]:
        """The records by the value that they point to, and how many they are, with what is embedded in them."""
        assert statement.shape is not None, "a statement that finds records has a shape"
        assert statement.shape.parent_at is not None, "the statement of an embed points to the records above"
        at = statement.shape.parent_at
        by_parent: dict[Any, list[Record]] = {}
        sizes: dict[Any, int] = {}
        records, numbers = self._records(connection, statement, rows, who)
        for row, record, number in zip(rows, records, numbers, strict=True):
            by_parent.setdefault(row[at], []).append(record)
            sizes[row[at]] = sizes.get(row[at], 0) + 1 + number
        return by_parent, sizes


def _count_manys(shape: Shape | None) -> int:
    """The to-many embeds in a shape, at every depth."""
    if shape is None:
        return 0
    inside = (_count_manys(statement.shape) for _, _, statement in shape.manys)
    return len(shape.manys) + sum(inside) + sum(_count_manys(inner) for _, inner in shape.ones)
