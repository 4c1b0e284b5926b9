"""The two API keys: the publishable one, which a front end shows to everybody, and the secret one of administrators."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mainspring.auth.secret import KEY_DIGITS, digest, random_digits, write_secret
from mainspring.auth.tables import ApiKey
from mainspring.change.records import Records
from mainspring.context import Who

KINDS: tuple[Literal["publishable"], Literal["secret"]] = ("publishable", "secret")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The keys.

    Attributes:
        publishable: The publishable key.
        secret: The secret key; None where it cannot be shown any more.
    """

    publishable: str
    secret: str | None


class ApiKeys:
    """Makes, shows and recognises the keys.

    Args:
        records: The door to the database.
        kept: A file that keeps the secret key readable on a developer's own machine; None elsewhere.
    """

    def __init__(self, records: Records, kept: Path | None) -> None:
        self._records = records.as_(Who.system("keeping API keys"))
        self._kept = kept

    def show(self) -> KeyPair:
        """The keys; they are made here the first time, and only then the secret one can be shown."""
        publishable = self._records.one(ApiKey, kind="publishable")
        secret = self._records.one(ApiKey, kind="secret")
        if publishable is None or secret is None:
            return self.rotate()
        return KeyPair(publishable.text or "", self._read_kept(secret.hash))

    def rotate(self) -> KeyPair:
        """New keys. The old ones are refused from the next request on."""
        publishable, secret = (write_secret(kind, random_digits(KEY_DIGITS)) for kind in KINDS)

        def replace(records: Records) -> None:
            records.delete(ApiKey)
            records.create(ApiKey, kind="publishable", hash=digest(publishable), text=publishable)
            records.create(ApiKey, kind="secret", hash=digest(secret), text=None)

        self._records.transact(replace)
        if self._kept is not None:
            self._write_kept(self._kept, secret)
        return KeyPair(publishable, secret)

    def _read_kept(self, hash: str) -> str | None:
        if self._kept is None or not self._kept.exists():
            return None
        secret = self._kept.read_text("ascii")
        return secret if digest(secret) == hash else None

    @staticmethod
    def _write_kept(path: Path, secret: str) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secret)
