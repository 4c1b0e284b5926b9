"""What a change makes the database do: it is made for a trial, and each of its statements explained on the way."""

from typing import Any

from mainspring.database.engine import Connection, Cursor, Engine, Parameters
from mainspring.query.explain import Explained

_EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE")


class Explaining:
    """A connection that asks the engine for its plan of each statement before it executes it; of those alike, once.

    Args:
        connection: The connection, inside a transaction that is taken back.
        engine: Its engine.
        analyze: Whether the plans tell what the statements cost, for which they are executed once more.
    """

    def __init__(self, connection: Connection, engine: Engine, *, analyze: bool) -> None:
        self._connection = connection
        self._engine = engine
        self._analyze = analyze
        self._explained: dict[str, Explained] = {}

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    @property
    def explained(self) -> list[Explained]:
        """The statements so far."""
        return list(self._explained.values())

    def execute(self, sql: str, parameters: Parameters = (), /) -> Cursor:
        """Have a statement explained and executed."""
        if sql not in self._explained and sql.lstrip("( ").upper().startswith(_EXPLAINED):
            self._explained[sql] = Explained(sql, self._plan(sql, parameters))
        return self._connection.execute(sql, parameters)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _plan(self, sql: str, parameters: Any) -> Any:
        self._connection.execute("SAVEPOINT explained")
        plan = self._engine.explain(self._connection, sql, parameters, analyze=self._analyze)
        self._connection.execute("ROLLBACK TO explained")
        self._connection.execute("RELEASE SAVEPOINT explained")
        return plan
