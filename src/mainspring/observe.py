"""What may be reported: a closed list of events. The rooms tell an observer; logs only listen.

An event holds no query string, no header and no value of a record, so nobody can log a secret by mistake.
"""

import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO
from uuid import UUID

from mainspring import clock


@dataclass(frozen=True, slots=True)
class Answered:
    """A request has its answer.

    Attributes:
        request: The request's id, which the answer bears as `X-Request-Id`.
        method: Its method.
        path: Its path without the query string.
        status: The answer's status.
        milliseconds: Time from the request's head to the answer's last byte.
        size: Bytes of the answer's body.
        user: The id of the user who asked, or None.
    """

    request: str
    method: str
    path: str
    status: int
    milliseconds: float
    size: int
    user: UUID | None


@dataclass(frozen=True, slots=True)
class Failed:
    """Something escaped that nobody raised on purpose: a defect.

    Attributes:
        request: The id of the request in which it happened.
        error: What escaped.
    """

    request: str
    error: Exception


Event = Answered | Failed
Observer = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listens to nothing."""


def write_log(stream: TextIO | None = None) -> Observer:
    """An observer that writes one line for each request, and the traceback of each defect.

    Args:
        stream: Where to; standard error if None. It is coloured where it is a terminal.
    """
    target = sys.stderr if stream is None else stream
    tell = _coloured if target.isatty() else _plain

    def observe(event: Event) -> None:
        text = tell(event) if isinstance(event, Answered) else _failure(event)
        with suppress(OSError):  # a log that cannot be written must not take the request with it
            target.write(f"{text}\n")
            target.flush()

    return observe


def _plain(event: Answered) -> str:
    who = "-" if event.user is None else str(event.user)[-8:]  # the end of a UUIDv7 is what differs
    return (
        f"{clock.now():%Y-%m-%d %H:%M:%S.%f}Z {event.method} {_printable(event.path)} {event.status} "
        f"{event.milliseconds:.1f}ms {event.size}B {who} {event.request}"
    )


_COLOURS = {2: "32", 3: "36", 4: "33", 5: "31"}


def _coloured(event: Answered) -> str:
    return f"\033[{_COLOURS.get(event.status // 100, '0')}m{_plain(event)}\033[0m"


def _failure(event: Failed) -> str:
    return f"request {event.request} failed\n{''.join(traceback.format_exception(event.error)).rstrip()}"


def _printable(path: str) -> str:
    """The path on one line, whatever bytes a client put into it."""
    return path[:200] if path.isprintable() else ascii(path[:200])
