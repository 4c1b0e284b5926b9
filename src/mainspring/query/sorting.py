"""The condition that a record comes after another in the order that a SELECT is sorted by."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, false, or_, tuple_

from mainspring.database.expressions import SortKey


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A term and the name under which the value of the record before is bound; None where that is empty."""

    key: SortKey
    name: str | None

    @property
    def simple(self) -> bool:
        """Whether what comes after is greater (or less) than the value and nothing else."""
        return self.name is not None and self.key.nulls != "last"

    def beyond(self) -> ColumnElement[bool]:
        """The condition that a record comes after by this term alone."""
        column = self.key.column
        if self.name is None:
            return column.is_not(None) if self.key.nulls == "first" else false()
        value = _bound(self.name)
        further = column < value if self.key.descending else column > value
        return or_(further, column.is_(None)) if self.key.nulls == "last" else further

    def same(self) -> ColumnElement[bool]:
        """The condition that it makes no difference."""
        return self.key.column.is_(None) if self.name is None else self.key.column == _bound(self.name)

    def reached(self) -> ColumnElement[bool]:
        """The condition that a record does not come before by this term: what an index is entered by."""
        value = _bound(self.name)
        return self.key.column <= value if self.key.descending else self.key.column >= value


def comes_after(keys: Sequence[SortKey], names: Sequence[str | None]) -> ColumnElement[bool]:
    """The condition that a record comes after the one whose values are bound to `names`; None stands for an empty value.

    Terms that run the same way are compared together as one row, and the first is said once more alone, so that an index on them
    is entered where that record stands.
    """
    steps = [_Step(key, name) for key, name in zip(keys, names, strict=True)]
    runs = [(simple, list(run)) for (simple, _), run in groupby(steps, lambda step: (step.simple, step.key.descending))]
    whole: ColumnElement[bool] = false()
    for simple, run in reversed(runs):
        if simple:
            whole = or_(_row_beyond(run), and_(*(step.same() for step in run), whole))
        else:
            for step in reversed(run):
                whole = or_(step.beyond(), and_(step.same(), whole))
    return and_(steps[0].reached(), whole) if steps[0].simple else whole


def _row_beyond(run: Sequence[_Step]) -> ColumnElement[bool]:
    """The condition that a record comes after by terms that run the same way."""
    if len(run) == 1:
        return run[0].beyond()
    columns = tuple_(*(step.key.column for step in run))
    values = tuple_(*(_bound(step.name) for step in run))
    return columns < values if run[0].key.descending else columns > values


def _bound(name: str | None) -> BindParameter[Any]:
    return bindparam(str(name))
