"""Days and moments. A moment always knows its zone and is kept in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from mainspring.database import types
from mainspring.database.types import Stored
from mainspring.model.kinds.kind import EQUALITY, ORDER, WRONG_TYPE, Kind, Refused


@dataclass(frozen=True)
class Date(Kind):
    """A day of the calendar."""

    name = "date"
    operators = EQUALITY | ORDER
    form = "date"

    @property
    def stored(self) -> Stored:
        return types.Date()

    def validate(self, value: Any) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and len(value) == 10:
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass  # answered below, as for every other text
        raise Refused(WRONG_TYPE, "expected a day such as '2026-11-22'")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class DateTime(Kind):
    """A moment in time, to the microsecond, kept in UTC."""

    name = "datetime"
    operators = EQUALITY | ORDER
    form = "datetime"

    @property
    def stored(self) -> Stored:
        return types.Moment()

    def validate(self, value: Any) -> datetime:
        moment = value
        if isinstance(value, str) and 16 <= len(value) <= 40:
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                moment = None
        if not isinstance(moment, datetime):
            raise Refused(WRONG_TYPE, "expected a moment such as '2026-11-22T16:55:43Z'")
        if moment.tzinfo is None:
            raise Refused(WRONG_TYPE, "expected a moment with its zone: add 'Z' or an offset such as '+01:00'")
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise Refused(WRONG_TYPE, "expected a moment between the years 1 and 9999") from None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}
