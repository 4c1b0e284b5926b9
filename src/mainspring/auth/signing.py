"""The keys that sign access tokens: files under `<data>/keys/`, so that every process of a server has the same ones.

The newest signs, all are published. A new one takes over at once, and an older one stays until nothing signed by it is good.
"""

import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mainspring import clock

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

ALGORITHM = "ES256"
_STAMP = "%Y%m%dT%H%M%S%fZ"
_SETTLED_NANOSECONDS = 1_000_000_000
"""Age from which a folder's time tells every change; two within one tick of the file system's clock bear the same time."""


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """One key pair.

    Attributes:
        id: Its name, which tokens carry as `kid`: the moment when it was made, and something random.
        private: The private key.
    """

    id: str
    private: "EllipticCurvePrivateKey"

    @property
    def made_at(self) -> datetime:
        """When it was made."""
        return datetime.strptime(self.id.partition("-")[0], _STAMP).replace(tzinfo=UTC)

    def publish(self) -> dict[str, Any]:
        """Its public half as a JSON Web Key (RFC 7517)."""
        from jwt.algorithms import ECAlgorithm  # costs start-up time

        public = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return public | {"kid": self.id, "alg": ALGORITHM, "use": "sig", "key_ops": ["verify"]}


class SigningKeys:
    """The keys of a folder. Other processes may add some at any time.

    Args:
        folder: Where they lie; made when the first key is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = -1
        self._keys: dict[str, SigningKey] = {}

    def newest(self) -> SigningKey:
        """The key that signs; the first one is made here."""
        keys = self._read() or self.rotate(timedelta())
        return keys[max(keys)]

    def find(self, id: str) -> SigningKey | None:
        """The key of that name, or None."""
        return self._read().get(id)

    def publish(self) -> dict[str, Any]:
        """All public halves as a JSON Web Key Set, newest first."""
        self.newest()
        return {"keys": [key.publish() for _, key in sorted(self._keys.items(), reverse=True)]}

    def rotate(self, life: timedelta) -> dict[str, SigningKey]:
        """Make a key that signs from now on, and remove those whose last tokens, which live for `life`, are over."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        older = sorted(self._read())
        for id, successor in pairwise(older):
            if self._keys[successor].made_at + life < clock.now():
                self._path(id).unlink(missing_ok=True)
        self._make()
        return self._read()

    def _make(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec  # costs start-up time
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        key = ec.generate_private_key(ec.SECP256R1())
        content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self._path(f"{clock.now().strftime(_STAMP)}-{secrets.token_hex(8)}")
        # Written under another name first, so that no process reads half of it.
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        fresh.rename(path)

    def _read(self) -> dict[str, SigningKey]:
        """The keys as they lie there now; the files are read again only where the folder has changed."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if changed != self._seen:
            self._keys = {path.stem: self._keys.get(path.stem) or _load(path) for path in self._folder.glob("*.pem")}
            self._seen = changed if time.time_ns() - changed > _SETTLED_NANOSECONDS else -1
        return self._keys

    def _path(self, id: str) -> Path:
        return self._folder / f"{id}.pem"


def _load(path: Path) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey  # costs start-up time
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds no key of the curve P-256; remove it")
    return SigningKey(path.stem, key)
