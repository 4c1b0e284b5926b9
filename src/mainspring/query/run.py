"""Running statements: one for the records, one for each level of to-many embeds, one for the count where it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
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
        if (count is None and not _has_manys(shape)) or connection.in_transaction:
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
        return Page(self._records(connection, statement, rows, who), total)

    @staticmethod
    def rows(connection: Connection, statement: Statement, values: Sequence[Any], who: Who) -> list[Row]:
        """The bare rows of a statement."""
        return connection.execute(statement.sql, statement.bind(values, who)).fetchall()

    def _records(self, connection: Connection, statement: Statement, rows: list[Row], who: Who) -> list[Record]:
        assert statement.shape is not None, "a statement that finds records has a shape"
        assert statement.build is not None, "a statement that finds records can build them"
        children: Children = {}
        if rows:
            self._add_children(connection, statement.shape, rows, who, children)
        build = statement.build
        return [build(row, children) for row in rows]

    def _add_children(self, connection: Connection, shape: Shape, rows: list[Row], who: Who, children: Children) -> None:
        for _, inner in shape.ones:
            self._add_children(connection, inner, rows, who, children)
        for name, at, statement in shape.manys:
            parents = self._engine.bind_list(list({row[at] for row in rows if row[at] is not None}))
            found = connection.execute(statement.sql, statement.bind((), who, parents)).fetchall()
            if len(found) > self._embed_rows:
                raise BadRequest(
                    f"'{name}' has more than {self._embed_rows} rows on this page",
                    code=TOO_COMPLEX,
                    hint="ask for fewer records at once",
                )
            children[at] = self._by_parent(connection, statement, found, who)

    def _by_parent(self, connection: Connection, statement: Statement, rows: list[Row], who: Who) -> dict[Any, list[Record]]:
        assert statement.shape is not None, "a statement that finds records has a shape"
        assert statement.shape.parent_at is not None, "the statement of an embed points to the records above"
        at = statement.shape.parent_at
        by_parent: dict[Any, list[Record]] = {}
        for row, record in zip(rows, self._records(connection, statement, rows, who), strict=True):
            by_parent.setdefault(row[at], []).append(record)
        return by_parent


def _has_manys(shape: Shape) -> bool:
    return bool(shape.manys) or any(_has_manys(inner) for _, inner in shape.ones)
