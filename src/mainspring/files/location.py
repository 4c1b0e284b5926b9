"""Takes location data out of a picture, losslessly: the file's parts that may hold it go, the coded picture stays bit for bit.

Why not decode the picture and save it again? That would cost quality (WebP, AVIF; even JPEG's "keep" codes anew), change palettes
and timings of animations and take as long as it takes to code an AVIF. The formats' containers are simple enough to be read here,
and each reader in `containers/` keeps a list of known parts, so that data in a part nobody thought of goes too.

What goes: GPS data, makers' notes, thumbnails and free text in Exif; XMP; IPTC; comments and text chunks; whatever stands behind
the picture's end. What stays: orientation, colour profile, and how and when the picture was taken (`exif` lists it).
"""

from mainspring.files.containers import avif, gif, jpeg, png, webp

_CLEAN = {
    "image/jpeg": jpeg.clean,
    "image/png": png.clean,
    "image/webp": webp.clean,
    "image/avif": avif.clean,
    "image/gif": gif.clean,
}


def removed(data: bytes, type: str) -> bytes:
    """The picture without location data; the very same bytes where there is nothing to remove.

    Args:
        data: A whole file.
        type: Its media type, of `PICTURE_TYPES`.

    Raises:
        ValueError, IndexError, struct.error: The file is cut off or not built as its format says.
    """
    return _CLEAN[type](data)
