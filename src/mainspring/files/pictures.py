"""Checks a picture: its content decides the type, its size is checked before it is decoded, and then it is really decoded.

Pillow (imported in the functions, for a server that never takes a picture shall start without it) does the decoding.
"""

import struct
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mainspring.files import location, sniff
from mainspring.files.stored import REFUSED_VALUE, WRONG_TYPE, FileRefused, PictureRule

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_FRAMES: Final = 1_000
"""Most frames of an animation: each costs time, however small it is."""

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/avif": "AVIF", "image/gif": "GIF"}
# What a hundred thousand damaged pictures raised.
_BAD_CONTENT = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError, RuntimeError, struct.error)
_ORIENTATION = 0x0112
_TURNED = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True)
class Picture:
    """What a decoded picture is.

    Attributes:
        type: Media type, of `PICTURE_TYPES`.
        width: In pixels, as it is shown: a picture whose orientation says "turned" has its sides changed over.
        height: In pixels, as it is shown.
        frames: 1, or how many an animation has.
    """

    type: str
    width: int
    height: int
    frames: int


def examine(path: Path, rule: PictureRule, pixels: int) -> Picture:
    """Checks the picture at `path` and decodes every frame; with `rule.strip_location` the file is cleaned in place first.

    Args:
        path: A file that nobody else reads yet.
        rule: What the picture must be.
        pixels: Most pixels, width × height × frames, checked before anything is decoded. Pillow refuses what has more than
            178,956,970 in one frame, whatever is said here.

    Raises:
        FileRefused: It is no picture, is of a type that is not taken, is too large, broken or cut off.
    """
    type = sniff.picture_type(path)
    if type not in rule.types:
        raise FileRefused(WRONG_TYPE, f"This is not a picture of a type that is taken here: send {_spoken(rule.types)}.")
    with _decoding(type, pixels):
        data = path.read_bytes()
        cleaned = location.removed(data, type)  # shows too that the file is whole, before Pillow looks at it
    with _decoding(type, pixels), _opened(path, type) as image:
        _check_size(image, 1 if type in {"image/jpeg", "image/gif"} else getattr(image, "n_frames", 1), pixels)
    if rule.strip_location and cleaned != data:
        path.write_bytes(cleaned)
    with _decoding(type, pixels), _opened(path, type) as image:
        frames = _decode(image, type, pixels)
        width, height = image.size
        if image.getexif().get(_ORIENTATION) in _TURNED:
            width, height = height, width
    return Picture(type, width, height, frames)


def _opened(path: Path, type: str) -> "Image":
    from PIL import Image

    # What Pillow has to say about a stranger's picture would let the stranger write into the log.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    return Image.open(path, formats=[_FORMATS[type]])


def _decode(image: "Image", type: str, pixels: int) -> int:
    """Decodes frame by frame and counts them, for the header of a GIF does not tell their number."""
    image.load()
    frames = 1
    while type != "image/jpeg":  # the further pictures in a camera's JPEG are previews, not frames
        try:
            image.seek(frames)
        except EOFError:
            break
        frames += 1
        _check_size(image, frames, pixels)
        image.load()
    return frames


def _check_size(image: "Image", frames: int, pixels: int) -> None:
    if frames > MAX_FRAMES:
        raise FileRefused(REFUSED_VALUE, f"The animation has more than {MAX_FRAMES} frames.")
    if image.width * image.height * frames > pixels:
        raise _too_many_pixels(pixels)


def _too_many_pixels(pixels: int) -> FileRefused:
    return FileRefused(REFUSED_VALUE, f"The picture has more than {pixels} pixels (width × height × frames).")


def _spoken(types: tuple[str, ...]) -> str:
    names = [type.removeprefix("image/").upper() for type in types]
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


@contextmanager
def _decoding(type: str, pixels: int) -> Generator[None]:
    """Turns what bad content raises in Pillow and here into FileRefused. An error of the disk, which has a number, passes."""
    from PIL.Image import DecompressionBombError

    try:
        yield
    except DecompressionBombError:
        raise _too_many_pixels(pixels) from None
    except _BAD_CONTENT as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise FileRefused(WRONG_TYPE, f"The {_spoken((type,))} picture is broken or cut off.") from error
