"""Names that follow from other names: `OrderLine` is the table `order_lines`."""

import re

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """`OrderLine` as `order_line`."""
    return _HUMP.sub("_", name).lower()


def plural(word: str) -> str:
    """The regular English plural of a lower-case word; set `__tablename__` where a word is irregular."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}s"
