"""Passwords: which ones are taken, and how they are kept and compared. Figures from the OWASP Password Storage Cheat Sheet."""

import string
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from mainspring.auth.refusals import Unprocessable, WeakPassword

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB = 47_104
PASSES = 1
FLOOR_KIB = 19_456
FLOOR_WORK = FLOOR_KIB * 2
"""Least memory × passes: OWASP's smallest choice. A hash below it is made anew at the next sign-in."""
LONGEST_BYTES = 1_024

_ENDS = string.digits + string.punctuation + string.whitespace


def hash_password(password: str) -> str:
    """The Argon2id hash of the whole password, in PHC form. Takes about 40 ms and 46 MiB."""
    return _hasher().hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """Whether `kept` is the hash of `password`. It takes as long where nothing is kept, so that time tells nothing."""
    from argon2.exceptions import InvalidHashError, VerificationError  # costs start-up time

    typed = password.encode("utf-8", "surrogatepass")
    if len(typed) > LONGEST_BYTES:
        return False  # none that long is ever kept
    try:
        _hasher().verify(_nobodys_hash() if kept is None else kept, typed)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_weak_hash(kept: str) -> bool:
    """Whether a hash is below the floor."""
    from argon2 import Type, extract_parameters  # costs start-up time

    cost = extract_parameters(kept)
    return cost.type is not Type.ID or cost.memory_cost < FLOOR_KIB or cost.memory_cost * cost.time_cost < FLOOR_WORK


def check_password(password: str, shortest: int, context: frozenset[str]) -> None:
    """Refuse a password that is too short, too long or too easy to guess. No kind of character is asked for.

    Args:
        password: As it was typed.
        shortest: Least number of characters.
        context: Words in lower case that a guesser tries here first: the app's name, parts of the user's address.

    Raises:
        WeakPassword: It is too short, or among the commonest, or a word of the context with digits or signs around it.
        Unprocessable: It is longer than 1,024 bytes, or is no text.
    """
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        raise Unprocessable("The password holds half a surrogate pair, which is no character") from None
    if size > LONGEST_BYTES:
        raise Unprocessable(f"Password should be at most {LONGEST_BYTES} bytes long")
    if len(password) < shortest:
        raise WeakPassword(f"Password should be at least {shortest} characters long", ["length"])
    folded = password.casefold()
    if folded in _common_passwords() or folded in context or folded.strip(_ENDS) in context:
        raise WeakPassword("Password is known to be weak and easy to guess, please choose a different one", ["pwned"])


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # costs start-up time

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1, hash_len=32, salt_len=16)


@cache
def _nobodys_hash() -> str:
    return hash_password("nobody's")


@cache
def _common_passwords() -> frozenset[str]:
    text = files("mainspring.auth").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(text.splitlines()[1:])  # the first line is a comment
