"""Values that stand in a migration file, in a form that every engine's own is made from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from mainspring.database.types import Date, Moment, Stored, Uuid, storage_on
from mainspring.database.types import Decimal as StoredDecimal
from mainspring.model.kinds import KindType

_NEUTRAL = DefaultDialect(paramstyle="named")


def literal(value: Any) -> Any:
    """A plain value as a file writes it: exact decimals, moments and keys as text, all else as it is."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, (Decimal, UUID)) else value


def driver_value(written: Any, stored: Stored, dialect: sa.Dialect) -> Any:
    """The driver value of what `literal` wrote, for a column that holds `stored`."""
    match stored:
        case StoredDecimal():
            value: Any = Decimal(str(written))
        case Moment():
            value = datetime.fromisoformat(written)
        case Date():
            value = date.fromisoformat(written)
        case Uuid():
            value = UUID(written)
        case _:
            value = written
    bind = storage_on(dialect, stored).bind
    return value if bind is None or value is None else bind(value)


def neutral_condition(condition: ColumnElement[Any]) -> str:
    """A condition as SQL in which values stand as servers write them."""

    def replacement(element: Any, **_: Any) -> Any:
        if element.__visit_name__ != BindParameter.__visit_name__ or element.required:
            return None
        values = element.value if element.expanding else (element.value,)
        told = ", ".join(_sql(_plain(value, element)) for value in values)
        written: ColumnElement[Any] = sa.literal_column(f"({told})" if element.expanding else told)
        return written

    replaced = visitors.replacement_traverse(condition, {}, replacement)
    return str(replaced.compile(dialect=_NEUTRAL, compile_kwargs={"include_table": False}))


def _plain(value: Any, element: BindParameter[Any]) -> Any:
    to_plain = element.type.kind.to_plain if isinstance(element.type, KindType) else None
    return value if to_plain is None or value is None else to_plain(value)


def _sql(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return str(value)
        case _:
            text = str(literal(value)).replace("'", "''")
            return f"'{text}'"
