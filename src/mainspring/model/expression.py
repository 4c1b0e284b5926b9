"""Names in a class body that stand for columns before there are any: `check(total >= 0)`."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import currentframe
from typing import Any

from sqlalchemy.sql.operators import ColumnOperators, OperatorType


@dataclass(frozen=True, slots=True)
class Location:
    """Where something was declared.

    Attributes:
        file: The file's path.
        line: The line, from 1.
    """

    file: str
    line: int

    @classmethod
    def of_caller(cls, depth: int = 2) -> "Location":
        """The place `depth` calls above the caller of this method's caller."""
        frame = currentframe()
        for _ in range(depth):
            frame = frame.f_back if frame else None
        return cls(frame.f_code.co_filename, frame.f_lineno) if frame else cls("?", 0)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Deferred(ColumnOperators):
    """An expression over declared fields, kept as it was written until the columns exist."""

    __hash__ = object.__hash__  # == makes an expression; identity is what counts here

    def __init__(self, operator: OperatorType, operands: tuple[Any, ...], options: dict[str, Any], *, reverse: bool) -> None:
        self.operator = operator
        self.operands = operands
        self.options = options
        self.reverse = reverse

    def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> "Deferred":
        return Deferred(op, (self, *other), kwargs, reverse=False)

    def reverse_operate(self, op: OperatorType, other: Any, **kwargs: Any) -> "Deferred":
        return Deferred(op, (self, other), kwargs, reverse=True)


def resolve(value: Any, column: Callable[[Any], Any]) -> Any:
    """The SQLAlchemy expression that `value` stands for; `column` gives the column of a declared field."""
    if not isinstance(value, Deferred):
        return value
    if type(value) is not Deferred:
        return column(value)
    first, *rest = (resolve(operand, column) for operand in value.operands)
    if value.reverse:
        return first.reverse_operate(value.operator, *rest, **value.options)
    return value.operator(first, *rest, **value.options)
