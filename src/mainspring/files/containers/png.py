"""PNG (W3C, third edition): chunks of length, type, data and checksum."""

import struct
import zlib
from collections.abc import Iterator

from mainspring.files import exif
from mainspring.files.containers import limited

_SIGNATURE_BYTES = 8
_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT tIME acTL fcTL fdAT".split()
)


def clean(data: bytes) -> bytes:
    """The picture with the chunks that draw it and cleaned Exif. Text goes."""
    return data[:_SIGNATURE_BYTES] + b"".join(limited(_kept(data)))


def _kept(data: bytes) -> Iterator[bytes]:
    place = _SIGNATURE_BYTES
    type = b""
    while type != b"IEND":
        length, type = struct.unpack_from(">L4s", data, place)
        end = place + 12 + length
        if end > len(data):
            raise ValueError("the file ends inside a chunk")
        chunk = data[place:end]
        yield _exif(chunk) if type == b"eXIf" else chunk if type in _KEPT else b""
        place = end


def _exif(chunk: bytes) -> bytes:
    content = chunk[8:-4]
    cleaned = exif.clean(content)
    if cleaned == content:
        return chunk
    typed = b"eXIf" + cleaned
    return struct.pack(">L", len(cleaned)) + typed + struct.pack(">L", zlib.crc32(typed)) if cleaned else b""
