"""Bare rows: what a request's body says, names and values as the caller wrote them, nothing looked up yet."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from mainspring.errors import RequestError
from mainspring.files.inbox import Incoming

MALFORMED = "PGRST102"


@dataclass(frozen=True, slots=True)
class Body:
    """What a body says.

    Attributes:
        rows: The records, by field.
        single: Whether it was one record, not a list.
        text: Whether the values are text to be read, as in a form or CSV.
        blank_is_null: Whether empty text means null where a field may be null, as in a form.
        incoming: The files that came with it.
        lines: In which line each row begins, where the body is text that people read by lines; else empty.
    """

    rows: Sequence[dict[str, Any]]
    single: bool
    text: bool = False
    blank_is_null: bool = False
    incoming: tuple[Incoming, ...] = ()
    lines: Sequence[int] = ()

    def release(self) -> None:
        """Let its files go, where the change will not be made."""
        for each in self.incoming:
            each.release()

    @contextmanager
    def told(self) -> Generator[None]:
        """While its rows are checked and written: a refusal of them tells the lines in which they stand."""
        try:
            yield
        except RequestError as refusal:
            if not self.lines or not refusal.faults:
                raise
            places = [self._line(fault.pointer) for fault in refusal.faults]
            faults = [replace(fault, message=place + fault.message) for place, fault in zip(places, refusal.faults, strict=True)]
            raise refusal.restated(places[0] + refusal.message, faults) from refusal

    def _line(self, pointer: str) -> str:
        row = "0" if self.single else pointer.split("/")[1]
        return f"line {self.lines[int(row)]}: " if row.isdecimal() else ""


def choose_columns(body: Body, columns: Sequence[str], *, default: bool) -> Body:
    """The rows with the fields of `columns=` alone; a field that a row lacks is null, or with `default` left out."""
    rows = [{name: row.get(name) for name in columns if name in row or not default} for row in body.rows]
    return replace(body, rows=rows)
