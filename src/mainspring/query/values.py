"""Between the Python values of fields and what an engine's driver takes and gives."""

from collections.abc import Callable, Iterable
from typing import Any

from mainspring.database.engine import Engine
from mainspring.database.types import Storage
from mainspring.kept import Kept
from mainspring.model.entity import Field
from mainspring.model.kinds import KindType
from mainspring.query.results import Finish, finisher
from mainspring.query.statement import Record, Result, Row, Shape, ShownColumn

STORAGES = 5_000
"""Kinds whose storage is kept."""


class Values:
    """Converts values for one engine. How it stores fields of a kind is found out once.

    Attributes:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._storages: Kept[Storage] = Kept(STORAGES)

    def storage(self, field: Field) -> Storage:
        """How the engine stores a field's values."""
        key = field.kind, field.stored  # a question makes new fields of others, such as parts of JSON
        return self._storages.get(key, lambda: KindType(field.kind, field.stored).storage(self.engine.dialect))

    def bind(self, field: Field, value: Any) -> Any:
        """The driver value of a Python value."""
        bind = self.storage(field).bind
        return value if value is None or bind is None else bind(value)

    def load(self, field: Field, value: Any) -> Any:
        """The Python value of a driver value."""
        load = self.storage(field).load
        return value if value is None or load is None else load(value)

    def load_rows(self, shape: Shape, rows: Iterable[Row]) -> list[Record]:
        """The Python values of rows, by column."""
        loaders = [(column.shown, self._loader(column)) for column in shape.columns]
        return [{name: read(row) for name, read in loaders} for row in rows]

    def finisher(self, result: Result) -> Finish:
        """A function that makes the result of an aggregate from its parts."""
        return finisher(result.function, result.argument.kind, lambda value: self.load(result.argument, value))

    def _loader(self, column: ShownColumn) -> Callable[[Row], Any]:
        result = column.result
        if result is None:
            return lambda row: self.load(column.field, row[column.at])
        finish = self.finisher(result)
        return lambda row: finish([row[at] for at in result.parts_at])
