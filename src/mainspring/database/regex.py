r"""Regular expressions whose work is bounded, in one syntax for every engine: that of POSIX (ERE), with `\d`, `\s` and `\w`.

RE2 matches in time that is linear in the text, whatever the pattern. It also reads the patterns that another engine will match,
so that what is refused is refused everywhere.
"""

import re
from functools import lru_cache

import re2

LENGTH = 500
"""Most characters of a pattern."""
PROGRAM = 1_000
"""Most steps that a pattern may come to: `(a{100}){100}` is short, but not small."""
WORK = 20_000_000
"""Most steps times bytes of one match, about a fifth of a second: nothing can stop it on its way."""

_MEMORY = 1_000_000
_REPEATS = 255  # more are too many for PostgreSQL
_ATOM = re.compile(r"\[\^?\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*\]|\\.", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_REPEAT = re.compile(r"\{([0-9]+)(?:,([0-9]*))?\}")


class Unfit(Exception):
    """A pattern that is not taken."""


@lru_cache(maxsize=100)
def compile_pattern(pattern: str, *, sensitive: bool) -> "re2.Pattern":
    """What matches a pattern; `.` is any character, and `^` and `$` are the ends of the text.

    Raises:
        Unfit: It is no pattern, is too large, or would mean something else to another engine.
    """
    _check_common(pattern)
    options = re2.Options()
    options.posix_syntax = options.perl_classes = options.one_line = options.dot_nl = options.never_capture = True
    options.case_sensitive = sensitive
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise Unfit(_told(error)) from None
    if compiled.programsize > PROGRAM:
        raise Unfit(f"it comes to {compiled.programsize} steps, and at most {PROGRAM} are taken")
    return compiled


def is_too_long(compiled: "re2.Pattern", text: str) -> bool:
    """Whether matching a text would be too much work."""
    return compiled.programsize * len(text.encode()) > WORK


def _check_common(pattern: str) -> None:
    """Refuse what RE2 takes, but engines read in different ways."""
    if len(pattern) > LENGTH:
        raise Unfit(f"it has {len(pattern)} characters, and at most {LENGTH} are taken")
    for escaped in _ESCAPE.findall(pattern):
        if escaped.isalnum() and escaped not in "dDsSwWntr":
            raise Unfit(f"'\\{escaped}' is not taken")
    if any(word in pattern for word in ("[.", "[=", "[:word:]")):
        raise Unfit("'[.', '[=' and '[:word:]' are not taken")
    bare = _ATOM.sub("x", pattern)
    if re.search(r"[*+?}][*+?{]|[(^$|][*+?{]", bare):
        raise Unfit("'*', '+', '?' and '{…}' stand behind what they repeat, and not behind each other")
    if re.search(r"[{}]", _REPEAT.sub("", bare)):
        raise Unfit("'{' is written '\\{' where it is no repetition such as '{2,3}'")
    if any(len(number) > 3 or int(number or 0) > _REPEATS for found in _REPEAT.findall(bare) for number in found):
        raise Unfit(f"at most {_REPEATS} repetitions are taken")


def _told(error: Exception) -> str:
    reason = error.args[0] if error.args else "it cannot be read"
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
