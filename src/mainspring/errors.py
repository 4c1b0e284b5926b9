"""The tree of errors that Mainspring raises on purpose.

```
MainspringError
├── DeclarationError      a model, rule or setting says something that cannot be: the start stops
├── CommandError          a command cannot do what it was asked: the command line prints it and exits
└── RequestError          a request is refused: status, code, message, details, hint, faults
    ├── Ambiguous 300    BadRequest 400    Unauthenticated 401    Forbidden 403    NotFound 404    NotAllowed 405
    ├── NotAcceptable 406    Conflict 409    Stale 412    TooLarge 413    UnsupportedMedia 415
    └── RangeUnsatisfiable 416    TooManyTries 429    Unavailable 503    StorageFull 507
```

Codes are PostgREST's, with the SQLSTATE where one exists; `docs/errors.md` lists them all. What a database driver raises is
translated once, in `database/engines/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self


class MainspringError(Exception):
    """Whatever Mainspring refuses on purpose; anything else that escapes is a defect."""


class DeclarationError(MainspringError):
    """A declaration that cannot be built. The message names file and line and says what to write instead."""


class CommandError(MainspringError):
    """A command that cannot go on. The message says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one place of a request.

    Attributes:
        pointer: JSON Pointer (RFC 6901) into the body (`/title`, `/3/title`), or the query parameter's name.
        code: The SQLSTATE or PostgREST code, such as `22P02`.
        message: What is wrong, for the person who wrote the request.
    """

    pointer: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the relations that an embed may have meant, as PostgREST tells it.

    Attributes:
        cardinality: `many-to-one`, `one-to-many` or `many-to-many`.
        embedding: The two tables, such as `orders with addresses`.
        relationship: The link and its columns, such as `orders_billing_id_fkey using orders(billing_id) and addresses(id)`.
    """

    cardinality: str
    embedding: str
    relationship: str


def pointer_to(at: str, *names: str) -> str:
    """The JSON Pointer of what stands under these names at another one (`~` and `/` in a name are `~0` and `~1`)."""
    return "".join((at, *(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in names)))


class RequestError(MainspringError):
    """A request that is refused, with everything that its answer says.

    Args:
        message: What is wrong, in one sentence, without SQL, paths or values that the caller may not see.
        code: The SQLSTATE or PostgREST code; each subclass has a default.
        details: More about this case, or None.
        hint: What to write instead, or None.
        faults: Every fault of every field at once.
        headers: Headers that the answer must carry, such as `Retry-After`.
        choices: What may have been meant; the answer tells them as its details.
    """

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "XX000"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: str | None = None,
        hint: str | None = None,
        faults: Sequence[Fault] = (),
        headers: Sequence[tuple[str, str]] = (),
        choices: Sequence[Choice] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = details
        self.hint = hint
        self.faults = tuple(faults)
        self.headers = tuple(headers)
        self.choices = tuple(choices)

    def restated(self, message: str, faults: Sequence[Fault]) -> Self:
        """The same refusal with another message and other faults."""
        return type(self)(
            message,
            code=self.code,
            details=self.details,
            hint=self.hint,
            faults=faults,
            headers=self.headers,
            choices=self.choices,
        )


class Ambiguous(RequestError):
    """300: the question may mean several things; the answer lists them."""

    status = 300
    default_code = "PGRST201"


class BadRequest(RequestError):
    """400: the question or the body is wrong; `PGRST100` unless a more exact code is known."""

    status = 400
    default_code = "PGRST100"


class Unauthenticated(RequestError):
    """401: no valid credentials where some are needed."""

    status = 401
    default_code = "PGRST301"


class Forbidden(RequestError):
    """403: the rules refuse this row to this caller."""

    status = 403
    default_code = "42501"


class NotFound(RequestError):
    """404: there is no such thing, or none that this caller may know of."""

    status = 404
    default_code = "PGRST205"


class NotAllowed(RequestError):
    """405: the address exists but does not take this method."""

    status = 405
    default_code = "PGRST117"


class NotAcceptable(RequestError):
    """406: the answer cannot take the shape that was asked for."""

    status = 406
    default_code = "PGRST116"


class Conflict(RequestError):
    """409: the data as they stand do not allow the change (duplicate, missing parent, still referenced)."""

    status = 409
    default_code = "23505"


class Stale(RequestError):
    """412: the record has changed since the caller read it."""

    status = 412
    default_code = "PGRST412"


class TooLarge(RequestError):
    """413: the body or a file is over its limit."""

    status = 413
    default_code = "PGRST413"


class UnsupportedMedia(RequestError):
    """415: the body's media type cannot be read here."""

    status = 415
    default_code = "PGRST107"


class KeyReused(RequestError):
    """422: the key of this request is that of another one."""

    status = 422
    default_code = "PGRST422"


class RangeUnsatisfiable(RequestError):
    """416: the asked range begins after the last row."""

    status = 416
    default_code = "PGRST103"


class TooManyTries(RequestError):
    """429: a limit on tries is reached; the answer says when to come back."""

    status = 429
    default_code = "over_request_rate_limit"


class Unavailable(RequestError):
    """503: the database cannot answer now; the same request may work later."""

    status = 503
    default_code = "57P03"


class StorageFull(RequestError):
    """507: the disk is full; nothing of the change was stored."""

    status = 507
    default_code = "53100"
