"""Access tokens: JWTs (RFC 7519) that say who signed in, for a quarter of an hour at most."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from mainspring import clock
from mainspring.auth.signing import ALGORITHM, SigningKeys
from mainspring.errors import Unauthenticated

AUDIENCE = "authenticated"
"""Whom tokens are for, and the role that signed-in users have in the eyes of GoTrue's clients."""
REMEMBERED = 10_000
"""Tokens whose signature a process remembers to have verified."""
LONGEST = 4_096
"""Characters of the longest token that is looked at."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says.

    Attributes:
        user: The user's id.
        session: The sign-in that it belongs to.
        expires: When it ends, in seconds since 1970.
    """

    user: UUID
    session: UUID
    expires: float


class AccessTokens:
    """Writes and reads the tokens of one process.

    Args:
        keys: The keys that sign.
        life: How long a token is good.
    """

    def __init__(self, keys: SigningKeys, life: timedelta) -> None:
        self._keys = keys
        self.life = life
        self._verified: OrderedDict[bytes, Claims] = OrderedDict()

    def write(self, user: UUID, session: UUID, email: str, at: datetime) -> str:
        """A token for a user's sign-in, good from the moment `at`."""
        import jwt  # costs start-up time

        key = self._keys.newest()
        claims = {
            "sub": str(user),
            "role": AUDIENCE,
            "aud": AUDIENCE,
            "iat": int(at.timestamp()),
            "exp": int((at + self.life).timestamp()),
            "session_id": str(session),
            "aal": "aal1",
            "email": email,
        }
        return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.id})

    def read(self, token: str) -> Claims:
        """What a token says. A signature is verified once and then remembered; the time is looked at always.

        Raises:
            Unauthenticated: It was not signed by one of our keys, says something else than our tokens do, or has expired.
        """
        mark = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        claims = self._verified.get(mark)
        if claims is None:
            claims = self._verify(token)
            self._verified[mark] = claims
            if len(self._verified) > REMEMBERED:
                self._verified.popitem(last=False)
        if claims.expires <= clock.now().timestamp():
            raise _expired()
        return claims

    def _verify(self, token: str) -> Claims:
        import jwt  # costs start-up time

        if len(token) > LONGEST:
            raise _invalid()
        try:
            # The key is one of ours by its name and the algorithm is fixed: nothing in the token chooses either.
            key = self._keys.find(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise _invalid()
            claims: dict[str, Any] = jwt.decode(
                token,
                key.private.public_key(),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["sub", "exp", "iat", "session_id"], "strict_aud": True},
            )
            return Claims(UUID(claims["sub"]), UUID(claims["session_id"]), float(claims["exp"]))
        except jwt.ExpiredSignatureError:
            raise _expired() from None
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            raise _invalid() from None


def _invalid() -> Unauthenticated:
    return Unauthenticated(
        "the access token is none of ours",
        hint="sign in again; send the access token as 'Authorization: Bearer <token>' and an API key as 'apikey'",
    )


def _expired() -> Unauthenticated:
    return Unauthenticated("the access token has expired", code="PGRST303", hint="ask for a new one with the refresh token")
