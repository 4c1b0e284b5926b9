"""Sums that SQLite does not have: exact ones, of integers beyond 64 bits too, and of floats as the decimals that they look like.

Each holds one number, however many values there are.
"""

import math
from decimal import Context, Decimal
from typing import Any

_EXACT = Context(prec=2_000, Emin=-999_999, Emax=999_999)  # more digits than a sum of squares of floats can have


class Sum:
    """The exact sum of integers and floats, as text; null where there are none."""

    def __init__(self) -> None:
        self._number = 0
        self._integers = 0
        self._floats = Decimal(0)

    def step(self, value: Any) -> None:
        """Take one more; what is no finite number is passed over."""
        if isinstance(value, int):
            self._integers += self.of_integer(value)
        elif isinstance(value, float) and math.isfinite(value):
            self._floats = _EXACT.add(self._floats, self.of_decimal(Decimal(repr(value))))
        else:
            return
        self._number += 1

    def finalize(self) -> str | None:
        """What it comes to."""
        if not self._number:
            return None
        return str(_EXACT.add(self._floats, Decimal(self._integers)) if self._floats else self._integers)

    @staticmethod
    def of_integer(value: int) -> int:
        """What is summed of an integer."""
        return value

    @staticmethod
    def of_decimal(value: Decimal) -> Decimal:
        """What is summed of a float."""
        return value


class SquareSum(Sum):
    """The exact sum of the squares."""

    @staticmethod
    def of_integer(value: int) -> int:
        return value * value

    @staticmethod
    def of_decimal(value: Decimal) -> Decimal:
        return _EXACT.multiply(value, value)


AGGREGATES: dict[str, Any] = {"mainspring_sum": Sum, "mainspring_square_sum": SquareSum}
"""The functions by name; each takes one argument."""
