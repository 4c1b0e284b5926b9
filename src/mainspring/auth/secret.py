"""Secrets that a client holds and we only recognise: API keys and refresh tokens.

They look like `ms_<kind>_<random>_<checksum>`, in base 62. The prefix lets scanners find leaked ones, and the checksum tells a
slip of the pen from a stranger's try. We keep their SHA-256: with at least 128 random bits nothing slower is needed.
"""

import hashlib
import secrets
import string
import zlib

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
KEY_DIGITS = 43
"""Digits of an API key's random part: 256 bits."""
HALF_DIGITS = 22
"""Digits of each half of a refresh token: 131 bits."""
_CHECKSUM_DIGITS = 6


def random_digits(count: int) -> str:
    """`count` random digits of base 62; each holds 5.95 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def write_secret(kind: str, digits: str) -> str:
    """The secret of a kind with these digits."""
    text = f"ms_{kind}_{digits}"
    return f"{text}_{_checksum(text)}"


def read_secret(kind: str, text: str) -> str | None:
    """The random digits of a secret, or None where `text` is no secret of this kind."""
    body, _, checksum = text.rpartition("_")
    prefix = f"ms_{kind}_"
    if not text.isascii() or not body.startswith(prefix) or checksum != _checksum(body):
        return None
    return body.removeprefix(prefix)


def digest(text: str) -> str:
    """What is kept of a secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECKSUM_DIGITS):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits
