"""The key of an installation: random, made once, the same for all of its processes, and never sent to anybody."""

import hashlib
import os
import secrets
from pathlib import Path

BYTES = 32


def installation_key(folder: Path, purpose: str) -> bytes:
    """The 32 bytes that serve one purpose, derived from the installation's own; those are made in `folder` if absent."""
    path = folder / "installation"
    if not path.exists():
        _make(path)
    return hashlib.blake2b(purpose.encode(), key=path.read_bytes(), digest_size=BYTES).digest()


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written under another name first, so that no process reads half of it; the first to link it wins.
    fresh = path.with_name(f"{path.name}-{secrets.token_hex(8)}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(BYTES))
        file.flush()
        os.fsync(descriptor)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
