"""What the database itself holds true over a model's rows: `indexes = [...]` and `constraints = [...]`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql.operators import ColumnOperators

from mainspring.model.expression import Location


@dataclass(frozen=True, slots=True, eq=False)
class Unique:
    """No two rows agree in all these fields."""

    fields: tuple[Any, ...]
    location: Location


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Rows are found and sorted quickly by these fields, in this order."""

    fields: tuple[Any, ...]
    location: Location


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """A condition that every row fulfils."""

    condition: Any
    location: Location


def unique(*fields: Any) -> Unique:
    """No two rows agree in all of `fields`."""
    return Unique(fields, Location.of_caller())


def index(*fields: Any) -> Index:
    """An index over `fields`, in this order."""
    return Index(fields, Location.of_caller())


def check(condition: ColumnOperators) -> Check:
    """A condition over fields of the model that every row must fulfil, such as `check(total >= 0)`."""
    return Check(condition, Location.of_caller())
