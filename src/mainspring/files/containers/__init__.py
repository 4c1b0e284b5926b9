"""One file a picture format: `clean(data)` gives the file's bytes without what may hold location data.

Each works by a list of what is *kept*: parts that the picture needs or that say nothing about a place. Unknown parts go, and so
does whatever stands behind the picture's end. The coded picture itself is passed on bit for bit. Each raises ValueError,
IndexError or struct.error where the file is cut off or not built as its format says.
"""

from collections.abc import Iterator
from typing import Final, TypeVar

MAX_PARTS: Final = 50_000
"""Most parts (segments, chunks, blocks, boxes) of a file: some decoders need a second for a hundred thousand empty ones."""

Part = TypeVar("Part")


def limited(parts: Iterator[Part]) -> Iterator[Part]:
    """The same parts. Raises ValueError after `MAX_PARTS`."""
    for number, part in enumerate(parts):
        if number == MAX_PARTS:
            raise ValueError(f"more than {MAX_PARTS} parts")
        yield part
