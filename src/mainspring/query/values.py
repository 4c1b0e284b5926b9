"""Between the Python values of fields and what an engine's driver takes and gives."""

from collections.abc import Iterable
from typing import Any

from mainspring.database.engine import Engine
from mainspring.database.types import Storage
from mainspring.model.entity import Field
from mainspring.model.kinds import KindType
from mainspring.query.statement import Record, Row, Shape


class Values:
    """Converts values for one engine. How it stores a field is found out once.

    Attributes:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._storages: dict[Field, Storage] = {}

    def storage(self, field: Field) -> Storage:
        """How the engine stores a field's values."""
        storage = self._storages.get(field)
        if storage is None:
            storage = self._storages[field] = KindType(field.kind, field.stored).storage(self.engine.dialect)
        return storage

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
        return [{column.shown: self.load(column.field, row[column.at]) for column in shape.columns} for row in rows]
