"""JPEG (ITU-T T.81): segments that each begin with a marker; scans of coded data stand between them."""

import re
import struct
from collections.abc import Iterator

from mainspring.files import exif
from mainspring.files.containers import limited

_END, _SCAN, _EXIF = 0xD9, 0xDA, 0xE1
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_CODING = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xE0)})  # frames, tables, scans, restarts
_KEPT_APPLICATIONS = {0xE0: (b"JFIF\0", b"JFXX\0"), 0xE2: (b"ICC_PROFILE\0",), 0xEE: (b"Adobe",)}
_EXIF_PREFIX = b"Exif\0\0"
_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")


def clean(data: bytes) -> bytes:
    """The picture with its coding, JFIF, ICC and Adobe segments and cleaned Exif. Further pictures behind the first one go."""
    return b"".join(limited(_kept(data)))


def _kept(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    place = 2
    while True:
        place = data.index(b"\xff", place)
        while data[place + 1] == 0xFF:
            place += 1
        marker = data[place + 1]
        if marker == _END:
            yield data[place : place + 2]
            return
        if marker in _STANDALONE:
            place += 2
            yield b""
            continue
        end = place + 2 + struct.unpack_from(">H", data, place + 2)[0]
        if marker == _SCAN:
            following = _MARKER_AFTER_SCAN.search(data, end)
            if following is None:
                raise ValueError("the scan has no end")
            end = following.start()
        if end > len(data):
            raise ValueError("the file ends inside a segment")
        yield _segment(marker, data[place:end])
        place = end


def _segment(marker: int, segment: bytes) -> bytes:
    if marker in _CODING or segment.startswith(_KEPT_APPLICATIONS.get(marker, ()), 4):
        return segment
    if marker == _EXIF and segment.startswith(_EXIF_PREFIX, 4):
        cleaned = exif.clean(segment[4:])
        return segment[:2] + struct.pack(">H", len(cleaned) + 2) + cleaned if cleaned else b""
    return b""
