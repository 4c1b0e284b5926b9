"""What SQLite has no function for: regular expressions, equality of JSON values, and whether one holds another.

What is no JSON, or is nested too deep for Python, gives null. A function raises nothing but `TooMuch`.
"""

from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any, TypeGuard

import msgspec

from mainspring.database.regex import compile_pattern, is_too_long
from mainspring.errors import MainspringError

PAIRS = 10_000
"""Most pairs of lists and objects that one comparison looks into: nothing can stop it on its way."""

_ROUNDED = Context(prec=28)


class TooMuch(MainspringError):
    """A comparison would be more work than it may."""


class _Unreadable(Exception):
    """A text is no JSON."""


def _number(text: str) -> int | Decimal:
    number = _ROUNDED.create_decimal(text).normalize(_ROUNDED)
    return int(number) if number == number.to_integral_value() and number.adjusted() < _ROUNDED.prec else number


_decode = msgspec.json.Decoder(float_hook=_number).decode
_encode = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode


def _read(text: str) -> Any:
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError, ArithmeticError):
        raise _Unreadable from None


def match(pattern: str, text: str | None) -> bool | None:
    """Whether something in a text matches a regular expression.

    Raises:
        TooMuch: The text is too long for it.
    """
    return _match(pattern, text, sensitive=True)


def imatch(pattern: str, text: str | None) -> bool | None:
    """The same, where `a` is `A`."""
    return _match(pattern, text, sensitive=False)


def _match(pattern: str, text: str | None, *, sensitive: bool) -> bool | None:
    if text is None:
        return None
    compiled = compile_pattern(pattern, sensitive=sensitive)
    if is_too_long(compiled, text):
        raise TooMuch("a text is too long for a pattern")
    return compiled.search(text) is not None


def json_key(text: str | None) -> str | None:
    """The JSON text that all equal values share: keys sorted, numbers by value."""
    try:
        return None if text is None else _encode(_read(text)).decode()
    except (_Unreadable, RecursionError):
        return None


def json_contains(whole: str | None, part: str | None) -> bool | None:
    """Whether one JSON value holds another: objects their keys, lists their items, in depth; a list also a bare value.

    Raises:
        TooMuch: They have too many parts.
    """
    if whole is None or part is None:
        return None
    try:
        one, other = _read(whole), _read(part)
        if _is_list(one) and not _is_list(other) and not _is_object(other):
            other = [other]
        return _Containment().holds(one, other)
    except (_Unreadable, RecursionError):
        return None


class _Containment:
    """One comparison, which counts its work."""

    def __init__(self) -> None:
        self._pairs = 0

    def holds(self, whole: Any, part: Any) -> bool:
        self._pairs += 1
        if self._pairs > PAIRS:
            raise TooMuch("two JSON values have too many parts to be compared")
        if _is_object(whole) and _is_object(part):
            return all(key in whole and self.holds(whole[key], value) for key, value in part.items())
        if _is_list(whole) and _is_list(part):
            return self._holds_items(whole, part)
        return _is_plain(whole) and _is_plain(part) and _exact(whole) == _exact(part)

    def _holds_items(self, whole: list[Any], part: list[Any]) -> bool:
        plain = {_exact(each) for each in whole if _is_plain(each)}
        deep = [each for each in whole if not _is_plain(each)]
        return all(_exact(each) in plain if _is_plain(each) else any(self.holds(one, each) for one in deep) for each in part)


def _exact(value: Any) -> tuple[bool, Any]:
    """A plain value, with true told from 1."""
    return isinstance(value, bool), value


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_plain(value: object) -> bool:
    return not isinstance(value, (list, dict))


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "mainspring_match": (2, match),
    "mainspring_imatch": (2, imatch),
    "mainspring_json_key": (1, json_key),
    "mainspring_json_contains": (2, json_contains),
}
"""The functions by name, with their number of arguments."""
