"""Takes location data out of a picture."""

from pathlib import Path


def remove(path: Path, type: str) -> None:
    """Cleans in place."""
