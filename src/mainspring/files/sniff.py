"""The media type of a file by its content alone. What the client says about it is never asked."""

from pathlib import Path
from typing import Final

UNKNOWN: Final = "application/octet-stream"

_HEAD_BYTES = 8192
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))


def picture_type(path: Path) -> str | None:
    """The media type of which the file's first bytes claim to be, of `PICTURE_TYPES`; None for anything else."""
    head = _head(path)
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and not _AVIF_BRANDS.isdisjoint(_brands(head)):
        return "image/avif"
    return None


def document_type(path: Path) -> str:
    """The media type of what is no picture: PDF, ZIP or plain text, otherwise `UNKNOWN`. HTML, SVG and XML are plain text."""
    head = _head(path)
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "application/zip"
    return "text/plain" if _is_text(head) else UNKNOWN


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _brands(head: bytes) -> list[bytes]:
    """What an ISO base media file says that it can be read as: its major brand and the compatible ones."""
    end = int.from_bytes(head[:4], "big")
    return [head[8:12], *(head[place : place + 4] for place in range(16, min(end, len(head)), 4))]


def _is_text(head: bytes) -> bool:
    if not head or head.translate(None, _CONTROLS) != head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) == _HEAD_BYTES and error.start > _HEAD_BYTES - 4  # a character that the cut went through
    return True
