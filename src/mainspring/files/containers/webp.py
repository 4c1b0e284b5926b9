"""WebP (RFC 9649): a RIFF file of chunks; frames of an animation hold chunks of their own."""

import struct
from collections.abc import Iterator

from mainspring.files import exif
from mainspring.files.containers import limited

_HEAD_BYTES = 12
_FRAME_HEAD_BYTES = 16
_KEPT = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ICCP"})
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04


def clean(data: bytes) -> bytes:
    """The picture with the chunks that draw it and cleaned Exif. XMP goes."""
    (size,) = struct.unpack_from("<L", data, 4)
    if size + 8 > len(data):
        raise ValueError("the file ends inside the picture")
    chunks = [(type, kept) for type, chunk in limited(_chunks(data, _HEAD_BYTES, size + 8)) if (kept := _kept(type, chunk))]
    has_exif = any(type == b"EXIF" for type, _ in chunks)
    body = b"".join(_flagged(kept, has_exif) if type == b"VP8X" else kept for type, kept in chunks)
    return b"RIFF" + struct.pack("<L", len(body) + 4) + b"WEBP" + body


def _chunks(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while start < end:
        type, size = struct.unpack_from("<4sL", data, start)
        following = start + 8 + size + size % 2
        if following > end:
            raise ValueError("the file ends inside a chunk")
        yield type, data[start:following]
        start = following


def _kept(type: bytes, chunk: bytes) -> bytes:
    if type in _KEPT or type == b"VP8X":
        return chunk
    (size,) = struct.unpack_from("<L", chunk, 4)
    if type == b"ANMF":
        inner = (part for type, part in limited(_chunks(chunk, 8 + _FRAME_HEAD_BYTES, 8 + size)) if type in _KEPT)
        return _chunk(type, chunk[8 : 8 + _FRAME_HEAD_BYTES] + b"".join(inner))
    if type == b"EXIF":
        content = chunk[8 : 8 + size]
        cleaned = exif.clean(content)
        return chunk if cleaned == content else _chunk(type, cleaned) if cleaned else b""
    return b""


def _chunk(type: bytes, content: bytes) -> bytes:
    return type + struct.pack("<L", len(content)) + content + b"\0" * (len(content) % 2)


def _flagged(chunk: bytes, has_exif: bool) -> bytes:
    """The header chunk `VP8X`, which says what other chunks there are."""
    flags = chunk[8] & ~_XMP_FLAG
    return chunk[:8] + bytes([flags if has_exif else flags & ~_EXIF_FLAG]) + chunk[9:]
