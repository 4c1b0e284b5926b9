"""Cleans Exif data: what tells how and when a picture was taken stays, what may tell where does not.

Exif is a TIFF file without pictures (CIPA DC-008, TIFF 6.0): directories of 12-byte entries that hold a value or point to one.
Kept entries are copied raw into a new, minimal file, so that bytes which no kept entry points to (a thumbnail, a maker's note,
GPS data whose entry somebody else removed) do not come along.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_PREFIX = b"Exif\0\0"
_SUBDIRECTORY: Final = 0x8769
_LONG: Final = 4
_VALUE_BYTES: Final = 200  # no kept value needs more; what is longer is something else
_TYPE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}

# Image size, make, model, orientation, resolution, software, date, YCbCr positioning.
_KEPT = frozenset({0x0100, 0x0101, 0x010F, 0x0110, 0x0112, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x0213})
# Exposure, aperture, sensitivity, versions, dates (without the time zone), shutter to focal length, colour space, size, lens.
_KEPT_IN_SUBDIRECTORY = frozenset(
    {0x829A, 0x829D, 0x8822, 0x8827, 0x8830, 0x9000, 0x9003, 0x9004, 0x9101, 0x9290, 0x9291, 0x9292}
    | {*range(0x9201, 0x920B), *range(0xA000, 0xA004), 0xA20E, 0xA20F, 0xA210, 0xA217, *range(0xA300, 0xA302)}
    | {*range(0xA401, 0xA40B), *range(0xA432, 0xA435)}
)


@dataclass(frozen=True, slots=True)
class _Entry:
    type: int
    count: int
    value: bytes


def clean(exif: bytes) -> bytes:
    """The Exif data without what may tell the place; empty where nothing is left. What was clean already comes back unchanged.

    Args:
        exif: A TIFF header and its directories. `Exif` and two zero bytes may stand before it and then stand before the result.
    """
    prefix = _PREFIX if exif.startswith(_PREFIX) else b""
    tiff = exif[len(prefix) :]
    try:
        cleaned = _rebuild(tiff)
    except (struct.error, ValueError):  # broken Exif data: none of it can be trusted
        return b""
    return prefix + cleaned if cleaned else b""


def _rebuild(tiff: bytes) -> bytes:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        raise ValueError("no TIFF header")
    found, following = _read(tiff, order, struct.unpack_from(order + "L", tiff, 4)[0])
    pointer = found.pop(_SUBDIRECTORY, None)
    inner: dict[int, _Entry] = {}
    if pointer is not None and pointer.type == _LONG:
        inner, _ = _read(tiff, order, struct.unpack(order + "L", pointer.value)[0])
    kept, kept_inner = _filtered(found, _KEPT), _filtered(inner, _KEPT_IN_SUBDIRECTORY)
    if not kept and not kept_inner:
        return b""
    cleaned = _write(kept, kept_inner, tiff[:4], order)
    untouched = not following and len(kept) == len(found) and len(kept_inner) == len(inner)
    return tiff if untouched and len(tiff) <= len(cleaned) else cleaned


def _read(tiff: bytes, order: str, start: int) -> tuple[dict[int, _Entry], int]:
    """A directory's entries by tag, the value of an unusable one empty; and where the next directory begins (0: nowhere)."""
    (count,) = struct.unpack_from(order + "H", tiff, start)
    entries: dict[int, _Entry] = {}
    for place in range(start + 2, start + 2 + 12 * count, 12):
        tag, type, items = struct.unpack_from(order + "HHL", tiff, place)
        size = _TYPE_BYTES.get(type, 1) * items
        offset = place + 8 if size <= 4 else struct.unpack_from(order + "L", tiff, place + 8)[0]
        usable = size <= _VALUE_BYTES and offset + size <= len(tiff)
        entries[tag] = _Entry(type, items, tiff[offset : offset + size] if usable else b"")
    (following,) = struct.unpack_from(order + "L", tiff.ljust(start + 6 + 12 * count, b"\0"), start + 2 + 12 * count)
    return entries, following


def _filtered(entries: Mapping[int, _Entry], tags: frozenset[int]) -> dict[int, _Entry]:
    return {tag: entry for tag, entry in entries.items() if tag in tags and entry.value}


def _write(kept: Mapping[int, _Entry], inner: Mapping[int, _Entry], magic: bytes, order: str) -> bytes:
    head = magic + struct.pack(order + "L", 8)
    if not inner:
        return head + _directory(kept, order, 8)
    pointer = {_SUBDIRECTORY: _Entry(_LONG, 1, b"\0\0\0\0")}
    start = 8 + len(_directory({**kept, **pointer}, order, 8))
    pointer = {_SUBDIRECTORY: _Entry(_LONG, 1, struct.pack(order + "L", start))}
    return head + _directory({**kept, **pointer}, order, 8) + _directory(inner, order, start)


def _directory(entries: Mapping[int, _Entry], order: str, start: int) -> bytes:
    """A directory that begins at `start`, and after it the values that do not fit into their entries."""
    table = struct.pack(order + "H", len(entries))
    values = b""
    values_start = start + 2 + 12 * len(entries) + 4
    for tag, entry in sorted(entries.items()):
        table += struct.pack(order + "HHL", tag, entry.type, entry.count)
        if len(entry.value) <= 4:
            table += entry.value.ljust(4, b"\0")
        else:
            table += struct.pack(order + "L", values_start + len(values))
            values += entry.value + b"\0" * (len(entry.value) % 2)
    return table + b"\0\0\0\0" + values
