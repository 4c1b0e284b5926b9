"""Python names for what a database calls as it likes. Whatever comes in, an identifier that means nothing else comes out."""

import keyword
import re
import unicodedata
from collections.abc import Collection

from mainspring.model.adopted import Adopted
from mainspring.model.names import plural, snake_case

IMPORTED = {
    "datetime": ("date", "datetime"),
    "decimal": ("Decimal",),
    "enum": ("Enum",),
    "uuid": ("UUID",),
    "mainspring": (
        "JSON",
        "Access",
        "Adopted",
        "Mapped",
        "anyone",
        "by_database",
        "field",
        "index",
        "is_me",
        "many",
        "nobody",
        "one",
        "role",
        "rule",
        "signed_in",
        "through",
        "unique",
    ),
}
"""The names that a file of models may import or its author is likely to, by module."""

_TAKEN = {
    *(name for names in IMPORTED.values() for name in names),
    *dir(Adopted),
    "location",
    *("int", "str", "float", "bool", "list"),
}
_ODD = re.compile(r"[^\w]+")
_LONGEST = 60


def attribute_name(name: str, taken: Collection[str]) -> str:
    """The name of a column or a relation in its class: `album_id` for `AlbumId`."""
    return _free(_identifier(snake_case(_plain(name)), "field"), taken)


def class_name(table: str, taken: Collection[str]) -> str:
    """The name of a table's class: `OrderLine` for `order_lines`."""
    words = [word for word in snake_case(_plain(table)).split("_") if word] or ["table"]
    words[-1] = singular(words[-1])
    return _free(_identifier("".join(word[:1].upper() + word[1:] for word in words), "Table"), taken)


def member_name(text: str, taken: Collection[str]) -> str:
    """The name of a member of an enum."""
    return _free(_identifier(snake_case(_plain(text)), "value"), {*taken, "name", "value", "mro"})


def several(name: str) -> str:
    """The name of many of a class: `order_lines` for `OrderLine`."""
    return plural(snake_case(name))


def singular(word: str) -> str:
    """A lower-case word in the singular, where it is a regular English plural; else the word."""
    if word.endswith("ies") and len(word) > 4 and word not in {"series", "species"}:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is", "ies", "news")):
        return word[:-1]
    return word


def _plain(name: str) -> str:
    """The name as Python would read it, with blanks for what no identifier holds, and not too long."""
    return "_".join(_ODD.sub(" ", unicodedata.normalize("NFKC", name)).split())[:_LONGEST]


def _identifier(word: str, otherwise: str) -> str:
    word = unicodedata.normalize("NFKC", re.sub(r"_+", "_", word).strip("_"))
    if not word.isidentifier():
        word = f"{otherwise}_{word}" if f"_{word}".isidentifier() and word else otherwise
    return f"{word}_" if keyword.iskeyword(word) or keyword.issoftkeyword(word) or word in _TAKEN else word


def _free(name: str, taken: Collection[str]) -> str:
    number, free = 2, name
    while free in taken or free in _TAKEN:
        free, number = f"{name}_{number}", number + 1
    return free
