"""Real pictures, made here, with and without what tells where they were taken."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from mainspring.files.inbox import Incoming
from mainspring.files.store import Store
from mainspring.files.stored import PictureRule
from mainspring.files.stores.disk import DiskStore

PLACE = b"Berlin"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:e="http://ns.adobe.com/exif/1.0/" e:GPSLatitude="52,31.2N" e:Town="Berlin"/></rdf:RDF></x:xmpmeta>'
)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def camera_exif(*, place: bool, turned: bool) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Leica"
    if turned:
        exif[ExifTags.Base.Orientation] = 6
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2024:07:01 12:00:00"
    if place:
        exif[ExifTags.Base.ImageDescription] = "Berlin"
        details[ExifTags.Base.MakerNote] = b"Berlin in the maker's own words"
        details[ExifTags.Base.UserComment] = b"ASCII\0\0\0Berlin"
        exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return exif


def drawn(size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.effect_mandelbrot(size, (-2, -1, 1, 1), 60).convert("RGB")


def make_picture(
    format: str, *, place: bool = False, turned: bool = False, frames: int = 1, size: tuple[int, int] = (64, 48)
) -> bytes:
    """A picture as a camera or a program would write it; with `place` in every part of the format that can hold it."""
    extras: dict[str, object] = {"icc_profile": PROFILE}
    if format == "GIF":
        extras = {"comment": PLACE} if place else {}
    elif place or turned:
        extras["exif"] = camera_exif(place=place, turned=turned)
    if place and format in {"JPEG", "WEBP", "AVIF"}:
        extras["xmp"] = XMP
    if place and format == "JPEG":
        extras["comment"] = PLACE
    if place and format == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Location", "Berlin")
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        extras["pnginfo"] = text
    first = drawn(size)
    if frames > 1:
        extras |= {"save_all": True, "append_images": [first.rotate(9 * each) for each in range(1, frames)], "duration": 100}
    out = io.BytesIO()
    first.save(out, format, **extras)
    return out.getvalue()


@pytest.fixture
def picture() -> Callable[..., bytes]:
    return make_picture


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "files", image_pixels=1_000_000)


@pytest.fixture
def send(store: Store) -> Callable[..., Incoming]:
    """Uploads content to `store` as a request does."""

    def send(content: bytes, name: str = "file", picture: PictureRule | None = None, max_bytes: int = 10_000_000) -> Incoming:
        with store.inbox.upload(max_bytes) as upload:
            for start in range(0, len(content), 65_536):
                upload.write(content[start : start + 65_536])
            return upload.accept(name, picture)

    return send


@pytest.fixture
def lying(store: DiskStore, tmp_path: Path) -> Callable[[], list[str]]:
    """The names of all files under the store's folder but for the locks."""

    def lying() -> list[str]:
        folder = tmp_path / "files"
        return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file() and each.name != "lock")

    return lying
