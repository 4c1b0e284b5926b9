"""Running statements: one for the records, one for each level of to-many embeds, one for the count where it is asked for."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from operator import add
from typing import Any

from mainspring.context import Who
from mainspring.database.engine import Connection, Engine
from mainspring.errors import BadRequest
from mainspring.query.plan import TOO_COMPLEX, Planned, Value
from mainspring.query.statement import Children, Record, Row, Shape, Statement, shape_of
from mainspring.query.values import Values

PIECE_ROWS = 500
"""Records that a long answer has in memory at once."""


@dataclass(slots=True)
class Page:
    """An answer.

    Attributes:
        records: The records as the encoders write them.
        total: How many there are in all; None where it was not asked for.
        last: Driver values by which the last record is sorted, where more records follow; else None.
        only: The row of the only record; None where there are none or several.
    """

    records: list[Record]
    total: int | None = None
    last: Row | None = None
    only: Row | None = None


def driver_values(planned: Planned, values: Values) -> list[Any]:
    """The values of a plan as the driver takes them."""
    return [_driver_value(value, values) for value in planned.values]


def _driver_value(value: Value, values: Values) -> Any:
    field, expressions = value.field, values.engine.expressions
    match value.form:
        case "plain":
            return value.value if field is None else values.bind(field, value.value)
        case "list":
            return expressions.bind_list(value.value if field is None else [values.bind(field, each) for each in value.value])
        case "regex":
            return expressions.bind_regex(value.value)
        case "search":
            return expressions.bind_search(*value.value)
        case "like" | "ilike":
            return expressions.bind_pattern(value.value, sensitive=value.form == "like")


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
        self,
        connection: Connection,
        statement: Statement,
        values: Sequence[Any],
        who: Who,
        *,
        count: Statement | None = None,
        most: int | None = None,
    ) -> Page:
        """The records of a statement as they stand at one moment.

        Args:
            connection: Where they stand.
            statement: The statement.
            values: The driver values of the question.
            who: Who asks.
            count: Counts them all.
            most: Most records that are shown. Where the statement finds one more, there are more.
        """
        alone = (count is None and not _count_manys(shape_of(statement))) or connection.in_transaction
        if not alone:
            connection.execute("BEGIN")
        rows = self.rows(connection, statement, values, who)
        last = None
        if most is not None and len(rows) > most:
            del rows[most:]
            last = tuple(rows[-1][at] for at in shape_of(statement).order_at) if rows else None
        total = None
        if count is not None:
            (total,) = connection.execute(count.sql, count.bind(values, who)).fetchone()
        records, _ = _Filling(self, connection, values, who).records(statement, rows)
        if not alone:
            connection.execute("COMMIT")
        return Page(records, total, last, rows[0] if len(rows) == 1 else None)

    def pieces(self, connection: Connection, statement: Statement, values: Sequence[Any], who: Who) -> Iterator[list[Record]]:
        """The records of a statement, some at a time; the limit of embedded rows holds for each piece."""
        with closing(self._engine.stream(connection, statement.sql, statement.bind(values, who))) as cursor:
            while rows := cursor.fetchmany(PIECE_ROWS):
                yield _Filling(self, connection, values, who).records(statement, rows)[0]

    @staticmethod
    def rows(connection: Connection, statement: Statement, values: Sequence[Any], who: Who) -> list[Row]:
        """The bare rows of a statement."""
        return connection.execute(statement.sql, statement.bind(values, who)).fetchall()

    def bind_parents(self, keys: Iterable[Any]) -> Any:
        """The driver value of the keys of the records above."""
        return self._engine.expressions.bind_list(list(keys))

    def check_number(self, name: str, number: int, levels: int) -> None:
        """Refuse an embed that has more rows than so many levels may have together."""
        if number > self._embed_rows * levels:
            raise BadRequest(
                f"'{name}' has more than {self._embed_rows} rows on this page",
                code=TOO_COMPLEX,
                hint="ask for fewer records at once",
            )


class _Filling:
    """One answer whose embeds are being filled."""

    def __init__(self, runner: Runner, connection: Connection, values: Sequence[Any], who: Who) -> None:
        self._runner = runner
        self._connection = connection
        self._values = values
        self._who = who

    def records(self, statement: Statement, rows: list[Row]) -> tuple[list[Record], Sequence[int]]:
        """The records of rows, and how many others are embedded in each."""
        assert statement.build is not None, "a statement that finds records can build them"
        children: Children = {}
        numbers = self._add_children(shape_of(statement), rows, children) if rows else ()
        build = statement.build
        return [build(row, children) for row in rows], numbers

    def _add_children(self, shape: Shape, rows: list[Row], children: Children) -> Sequence[int]:
        """Find what is embedded; gives how many records that is for each row, with what is embedded in them."""
        numbers = [0] * len(rows)
        for one in shape.ones:
            if _count_manys(one.shape):
                numbers = list(map(add, numbers, self._add_children(one.shape, rows, children)))
        for many in shape.manys:
            parents = self._runner.bind_parents({row[many.at] for row in rows if row[many.at] is not None})
            operands = many.statement.bind(self._values, self._who, parents)
            found = self._connection.execute(many.statement.sql, operands).fetchall()
            self._runner.check_number(many.name, len(found), 1)
            children[many.at], sizes = self._by_parent(many.statement, found)
            added = [sizes.get(row[many.at], 0) for row in rows]
            # What was found once is shown for every row above that has it: without this, five levels make 1,000 rows to billions.
            self._runner.check_number(many.name, sum(added), 1 + _count_manys(many.statement.shape))
            numbers = list(map(add, numbers, added))
        return numbers

    def _by_parent(self, statement: Statement, rows: list[Row]) -> tuple[dict[Any, list[Record]], dict[Any, int]]:
        """The records by the value that they point to, and how many they are, with what is embedded in them."""
        at = shape_of(statement).parent_at
        assert at is not None, "the statement of an embed points to the records above"
        by_parent: dict[Any, list[Record]] = {}
        sizes: dict[Any, int] = {}
        records, numbers = self.records(statement, rows)
        for row, record, number in zip(rows, records, numbers, strict=True):
            by_parent.setdefault(row[at], []).append(record)
            sizes[row[at]] = sizes.get(row[at], 0) + 1 + number
        return by_parent, sizes


def _count_manys(shape: Shape | None) -> int:
    """The to-many embeds in a shape, at every depth."""
    if shape is None:
        return 0
    inside = (_count_manys(many.statement.shape) for many in shape.manys)
    return len(shape.manys) + sum(inside) + sum(_count_manys(one.shape) for one in shape.ones)
