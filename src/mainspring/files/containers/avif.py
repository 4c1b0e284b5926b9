"""AVIF (ISO/IEC 14496-12, 23008-12): boxes in boxes, which point to each other by their place in the file.

Nothing may move, so what goes is overwritten where it stands: a box becomes an empty box `free`, the data of an item become zeros
and the item's type `free`, which readers pass over.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from mainspring.files import exif
from mainspring.files.containers import limited

_TOP = frozenset({b"ftyp", b"mdat"})
_HOLDERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"})
_TRACK = frozenset(b"mvhd tkhd mdhd hdlr vmhd nmhd dinf stsd stts ctts stsc stsz stco co64 stss elst tref sgpd sbgp".split())
_META = frozenset(b"hdlr pitm iloc iinf iprp iref idat grpl dinf".split())
_PROPERTIES = frozenset(b"ispe pixi av1C colr pasp irot imir clap auxC clli mdcv cclv amve lsel a1op a1lx rloc iscl altt".split())
_ITEMS = frozenset({b"av01", b"grid", b"iovl", b"tmap", b"iden"})
_VISUAL_TRACKS = frozenset({b"pict", b"auxv"})


class _Box(NamedTuple):
    type: bytes
    start: int
    body: int
    end: int


class _Item(NamedTuple):
    type: bytes
    type_place: int


class _Content(bytearray):
    """The file's bytes, which count what is overwritten: items may overlap, and a small file could ask for terabytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left = len(data)

    def blank(self, start: int, stop: int) -> bytes:
        """Writes zeros and gives what stood there."""
        self._left -= stop - start
        if self._left < 0:
            raise ValueError("items lie over each other")
        before = bytes(self[start:stop])
        self[start:stop] = bytes(stop - start)
        return before


def clean(data: bytes) -> bytes:
    """The picture with its image items, visual tracks and cleaned Exif. XMP, user data and unknown boxes are overwritten."""
    cleaned = _Content(data)
    for box in limited(_boxes(data, 0, len(data))):
        if box.type == b"meta":
            _clean_meta(cleaned, box)
        elif box.type in _HOLDERS:
            _clean_holder(cleaned, box)
        elif box.type not in _TOP:
            _overwrite(cleaned, box)
    return bytes(cleaned)


def _boxes(data: bytes | _Content, start: int, end: int) -> Iterator[_Box]:
    while start < end:
        size, type = struct.unpack_from(">L4s", data, start)
        body = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        box_end = start + size if size else end
        if not body <= box_end <= end:
            raise ValueError("a box ends outside the one that holds it")
        yield _Box(type, start, body, box_end)
        start = box_end


def _overwrite(data: _Content, box: _Box) -> None:
    data[box.start + 4 : box.start + 8] = b"free"
    data.blank(box.body, box.end)


def _clean_holder(data: _Content, holder: _Box) -> None:
    for box in limited(_boxes(data, holder.body, holder.end)):
        if box.type == b"meta":
            _clean_meta(data, box)
        elif box.type in _HOLDERS:
            _clean_holder(data, box)
        elif box.type not in _TRACK:
            _overwrite(data, box)
        elif box.type == b"hdlr" and bytes(data[box.body + 8 : box.body + 12]) not in _VISUAL_TRACKS:
            raise ValueError("a track is neither picture nor mask")


def _clean_meta(data: _Content, meta: _Box) -> None:
    found = list(limited(_boxes(data, meta.body + 4, meta.end)))
    boxes = {box.type: box for box in found}
    items = _items(data, boxes[b"iinf"]) if b"iinf" in boxes else {}
    for identifier, extents in _extents(data, boxes).items():
        item = items.get(identifier)
        if item is not None and item.type not in _ITEMS:
            _clean_item(data, item, extents)
    for box in found:
        if box.type == b"iprp":
            _clean_properties(data, box)
        elif box.type not in _META:
            _overwrite(data, box)


def _clean_properties(data: _Content, holder: _Box) -> None:
    for container in limited(_boxes(data, holder.body, holder.end)):
        if container.type == b"ipco":
            for box in limited(_boxes(data, container.body, container.end)):
                if box.type not in _PROPERTIES:
                    _overwrite(data, box)


def _clean_item(data: _Content, item: _Item, extents: list[slice]) -> None:
    before = [data.blank(extent.start, extent.stop) for extent in extents]
    kept = _exif(before[0]) if item.type == b"Exif" and len(extents) == 1 else b""
    if kept:
        data[extents[0]] = kept
    else:
        data[item.type_place : item.type_place + 4] = b"free"


def _exif(content: bytes) -> bytes:
    """The cleaned data of an Exif item, as long as before; empty where nothing is left."""
    header = 4 + struct.unpack_from(">L", content)[0]  # a count of bytes before the TIFF header stands first
    cleaned = exif.clean(content[header:])
    if cleaned == content[header:]:
        return content
    if not cleaned or 4 + len(cleaned) > len(content):
        return b""
    return (b"\0\0\0\0" + cleaned).ljust(len(content), b"\0")


def _items(data: _Content, information: _Box) -> dict[int, _Item]:
    """Items by their number, with the place in the file where the type is written."""
    found: dict[int, _Item] = {}
    entries = information.body + (6 if data[information.body] == 0 else 8)
    for entry in limited(_boxes(data, entries, information.end)):
        version = data[entry.body]
        if version < 2:
            raise ValueError("an item has no type")
        identifier = _number(data, entry.body + 4, 2 if version == 2 else 4)
        place = entry.body + (8 if version == 2 else 10)
        found[identifier] = _Item(bytes(data[place : place + 4]), place)
    return found


def _extents(data: _Content, boxes: dict[bytes, _Box]) -> dict[int, list[slice]]:
    """Where the data of each item lie, by the item's number (ISO/IEC 14496-12, 8.11.3)."""
    if b"iloc" not in boxes:
        return {}
    place = boxes[b"iloc"].body
    version = data[place]
    offset_size, length_size = divmod(data[place + 4], 16)
    base_size, index_size = divmod(data[place + 5], 16)
    number_size = 2 if version < 2 else 4
    count = _number(data, place + 6, number_size)
    place += 6 + number_size
    found: dict[int, list[slice]] = {}
    for _ in range(count):
        identifier = _number(data, place, number_size)
        place += number_size
        method = 0
        if version:
            method = _number(data, place, 2) & 15
            place += 2
        base = _start(boxes, method) + _number(data, place + 2, base_size)  # after the number of the data reference
        place += 2 + base_size
        extents = _number(data, place, 2)
        place += 2
        found[identifier] = []
        for _ in range(extents):
            place += index_size if version else 0
            start = base + _number(data, place, offset_size)
            length = _number(data, place + offset_size, length_size)
            place += offset_size + length_size
            if not length or start + length > len(data):
                raise ValueError("an item lies outside the file")
            found[identifier].append(slice(start, start + length))
    return found


def _start(boxes: dict[bytes, _Box], method: int) -> int:
    if method == 0:
        return 0
    if method == 1 and b"idat" in boxes:
        return boxes[b"idat"].body
    raise ValueError("an item's data are built from other items")


def _number(data: _Content, place: int, size: int) -> int:
    if place + size > len(data):
        raise ValueError("the file ends inside a number")
    return int.from_bytes(data[place : place + size], "big")
