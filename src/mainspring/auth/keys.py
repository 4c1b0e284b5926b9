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
        """The keys. The first call makes them, and outside of a developer's machine only that one can show the secret key."""
        return self._make(replace=False) or self._find()

    def rotate(self) -> KeyPair:
        """New keys. The old ones are refused from the next request on."""
        return self._make(replace=True) or self._find()

    def _make(self, *, replace: bool) -> KeyPair | None:
        """New keys, or None where there are some already that shall stay."""
        publishable, secret = (write_secret(kind, random_digits(KEY_DIGITS)) for kind in KINDS)

        def make(records: Records) -> bool:
            if not replace and records.one(ApiKey, kind="secret") is not None:
                return False
            records.delete(ApiKey)
            records.create(ApiKey, kind="publishable", hash=digest(publishable), text=publishable)
            records.create(ApiKey, kind="secret", hash=digest(secret), text=None)
            return True

        if not self._records.transact(make):
            return None
        if self._kept is not None:
            self._write_kept(self._kept, secret)
        return KeyPair(publishable, secret)

    def _find(self) -> KeyPair:
        publishable, secret = (self._records.one(ApiKey, kind=kind) for kind in KINDS)
        assert publishable is not None, "both are made in one transaction"
        assert secret is not None, "both are made in one transaction"
        return KeyPair(publishable.text or "", self._read_kept(secret.hash))

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
