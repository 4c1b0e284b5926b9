"""What every format is asked for when records go out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from mainspring.model.kinds import Integer, is_list
from mainspring.query.statement import Record, Shape, shape_of


class Encoder(ABC):
    """Writes records of one shape.

    Args:
        shape: How the records look.
        numbers_as_text: Whether decimals and 64-bit integers are written as text, where the format has numbers.
    """

    def __init__(self, shape: Shape, *, numbers_as_text: bool = False) -> None:
        self.shape = shape
        self.numbers_as_text = numbers_as_text

    @abstractmethod
    def one(self, record: Record) -> bytes:
        """One record alone."""

    @abstractmethod
    def page(self, records: Sequence[Record]) -> bytes:
        """A list of records, whole."""


class StreamEncoder(Encoder):
    """An encoder whose lists can be written piece by piece."""

    @abstractmethod
    def begin(self) -> bytes:
        """What stands before the first record."""

    @abstractmethod
    def rows(self, records: Sequence[Record]) -> bytes:
        """Some of the records."""

    def one(self, record: Record) -> bytes:
        """A list of one: these formats know nothing else."""
        return self.page([record])

    def page(self, records: Sequence[Record]) -> bytes:
        """A list of records, whole."""
        return self.begin() + self.rows(records)


def write_integers_as_text(records: Sequence[Record], shape: Shape) -> None:
    """Have the 64-bit integers of records be text, in what is embedded too."""
    names = [column.shown for column in shape.columns if isinstance(column.kind, Integer)]
    for record in records:
        for name in names:
            if name in record:
                record[name] = _as_text(record[name])
    embeds = [(one.name, one.spread, one.shape) for one in shape.ones]
    embeds += [(many.name, many.spread, shape_of(many.statement)) for many in shape.manys]
    for name, spread, inner in embeds:
        write_integers_as_text(records if spread else list(_records([record[name] for record in records])), inner)


def _as_text(value: Any) -> Any:
    if is_list(value):  # of many, spread into the record
        return [_as_text(each) for each in value]
    return str(value) if isinstance(value, int) else value


def _records(value: Any) -> Iterator[Record]:
    """The records in lists of lists."""
    if is_list(value):
        for each in value:
            yield from _records(each)
    elif value is not None:
        yield value
