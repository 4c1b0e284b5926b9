"""A full-text query as plain data, which each engine writes in its own form.

There is no "not" that stands alone in it: what must not hold is always taken away from something, as index engines want it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Words that stand behind one another.

    Attributes:
        text: The words, with spaces between; each holds a letter or a digit.
        prefix: Whether the last one may go on.
    """

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """All of the parts; there are two at least."""

    parts: "tuple[Search, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts at least; without parts, nothing."""

    parts: "tuple[Search, ...]"


@dataclass(frozen=True, slots=True)
class Without:
    """What fits `kept` and not `left_out`."""

    kept: "Search"
    left_out: "Search"


Search = Words | Every | Either | Without
NOTHING = Either(())
