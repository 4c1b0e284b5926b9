"""What a question makes the database do: its statements, and the engine's own plan for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mainspring.context import Who
from mainspring.database.engine import Connection, Engine
from mainspring.query.statement import Shape, Statement


@dataclass(frozen=True, slots=True)
class Explained:
    """One statement.

    Attributes:
        sql: Its text, in which no value stands.
        plan: What the engine says that it would do, as JSON can hold it.
    """

    sql: str
    plan: Any


def explain(
    engine: Engine, connection: Connection, statements: Sequence[Statement], values: Sequence[Any], who: Who, *, analyze: bool
) -> list[Explained]:
    """What statements, and those of what is embedded by them, make the database do.

    Args:
        engine: The engine.
        connection: Where they would be run.
        statements: The statements.
        values: The driver values of the question.
        who: Who asks.
        analyze: Whether they are run, to tell what that costs.

    Raises:
        BadRequest: They are to be run, and the engine cannot tell what that costs.
    """
    none_above = engine.expressions.bind_list([])
    return [
        Explained(each.sql, engine.explain(connection, each.sql, each.bind(values, who, none_above), analyze=analyze))
        for statement in statements
        for each in (statement, *_embedded(statement.shape))
    ]


def _embedded(shape: Shape | None) -> Iterator[Statement]:
    """The statements of what is embedded, at every depth."""
    if shape is None:
        return
    for one in shape.ones:
        yield from _embedded(one.shape)
    for many in shape.manys:
        yield many.statement
        yield from _embedded(many.statement.shape)
