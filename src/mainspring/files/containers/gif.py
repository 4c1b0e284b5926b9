"""GIF (GIF89a): blocks; pictures and extensions hold chains of sub-blocks that end with an empty one."""

from collections.abc import Iterator

from mainspring.files.containers import limited

_HEAD_BYTES = 13
_PICTURE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_KEPT_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")  # repetitions, the same, colour profile


def clean(data: bytes) -> bytes:
    """The picture with its frames, their timing and repetitions. Comments, XMP and texts go."""
    return b"".join(limited(_kept(data)))


def _kept(data: bytes) -> Iterator[bytes]:
    place = _HEAD_BYTES + _palette_bytes(data[10])
    yield data[:place]
    while place < len(data) and data[place] != _TRAILER:  # old programs forget the trailer, and every reader forgives it
        if data[place] == _PICTURE:
            end = _chain_end(data, place + 10 + _palette_bytes(data[place + 9]) + 1)
            yield data[place:end]
        elif data[place] == _EXTENSION:
            end = _chain_end(data, place + 2)
            kept = data[place + 1] == _CONTROL or _is_kept_application(data, place)
            yield data[place:end] if kept else b""
        else:
            end = place + 1  # readers skip stray bytes between blocks
            yield b""
        place = end
    yield data[place : place + 1]


def _is_kept_application(data: bytes, place: int) -> bool:
    return data[place + 1] == _APPLICATION and data[place + 2] == 11 and data.startswith(_KEPT_APPLICATIONS, place + 3)


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _chain_end(data: bytes, place: int) -> int:
    while data[place]:
        place += data[place] + 1
    return place + 1
