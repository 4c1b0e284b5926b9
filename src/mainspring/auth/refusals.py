"""What sign-in refuses, with the codes that GoTrue's clients know. Each becomes GoTrue's body in `http.py`."""

from collections.abc import Sequence

from mainspring.errors import BadRequest, RequestError, Unauthenticated


class Unprocessable(RequestError):
    """422: the request can be read, but what it asks for cannot be: a known address, a weak password."""

    status = 422
    default_code = "validation_failed"


class WeakPassword(Unprocessable):
    """422: the password is too easy to guess.

    Attributes:
        reasons: GoTrue's words for it: `length` or `pwned`.
    """

    default_code = "weak_password"

    def __init__(self, message: str, reasons: Sequence[str]) -> None:
        super().__init__(message)
        self.reasons = tuple(reasons)


class SignedOut(Unauthenticated):
    """401: the token is genuine, but its sign-in has ended or its user may not come in any more."""


class UnknownKey(Unauthenticated):
    """401: the API key is none of ours, or has been replaced."""


class NotSignedIn(Unauthenticated):
    """401: only a user can do this, and nobody is signed in."""


def wrong_credentials() -> BadRequest:
    """The one answer to an unknown address, a wrong password and a user without one, so that they cannot be told apart."""
    return BadRequest("Invalid login credentials", code="invalid_credentials")


def banned() -> BadRequest:
    """The answer to the right password, or token, of a disabled user."""
    return BadRequest("User is banned", code="user_banned")
