import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import ExifTags, Image

from mainspring.files import location

MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "AVIF": "image/avif", "GIF": "image/gif"}
KINDS = [(format, frames) for format in MEDIA for frames in (1, 3) if (format, frames) != ("JPEG", 3)]

Picture = Callable[..., bytes]


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def shown(content: bytes) -> list[tuple[bytes, object]]:
    """Every frame's pixels and how long it stands."""
    image = opened(content)
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append((image.convert("RGBA").tobytes(), image.info.get("duration")))
    return frames


def test_the_pictures_of_these_tests_do_tell_their_place(picture: Picture):
    for format in ("JPEG", "PNG", "WEBP", "AVIF"):
        assert opened(picture(format, place=True)).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert opened(picture("GIF", place=True)).info["comment"] == b"Berlin"


@pytest.mark.parametrize(("format", "frames"), KINDS)
def test_the_place_goes_and_the_picture_stays(picture: Picture, format: str, frames: int):
    sent = picture(format, place=True, frames=frames)
    kept = location.removed(sent, MEDIA[format])
    image = opened(kept)
    assert b"Berlin" not in kept
    assert b"GPS" not in kept
    assert image.getexif().get_ifd(ExifTags.IFD.GPSInfo) == {}
    assert {"xmp", "comment", "Location", "XML:com.adobe.xmp", "photoshop"} & set(image.info) == set()
    assert shown(kept) == shown(sent)
    assert image.info.get("icc_profile") == opened(sent).info.get("icc_profile")
    assert image.info.get("loop") == opened(sent).info.get("loop")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_how_and_when_it_was_taken_stays(picture: Picture, format: str):
    exif = opened(location.removed(picture(format, place=True, turned=True), MEDIA[format])).getexif()
    assert exif[ExifTags.Base.Orientation] == 6
    assert exif[ExifTags.Base.Make] == "Leica"
    assert exif.get_ifd(ExifTags.IFD.Exif) == {ExifTags.Base.DateTimeOriginal: "2024:07:01 12:00:00"}


@pytest.mark.parametrize(("format", "frames"), KINDS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_picture_that_tells_no_place_stays_byte_for_byte(picture: Picture, format: str, frames: int, turned: bool):
    if format == "AVIF" and frames > 1:
        turned = False  # Pillow crashes when it writes a turned AVIF animation
    sent = picture(format, turned=turned, frames=frames)
    assert location.removed(sent, MEDIA[format]) == sent


@pytest.mark.parametrize(("format", "frames"), KINDS)
def test_cleaning_twice_changes_nothing_more(picture: Picture, format: str, frames: int):
    once = location.removed(picture(format, place=True, frames=frames), MEDIA[format])
    assert location.removed(once, MEDIA[format]) == once


def test_gps_data_whose_entry_is_gone_do_not_stay_behind_in_exif(picture: Picture):
    """Some programs only cut the pointer to the GPS directory and leave its bytes where they are."""
    sent = picture("JPEG", place=True)
    pointer = sent.index(struct.pack(">H", ExifTags.IFD.GPSInfo))
    cut = sent[:pointer] + struct.pack(">HHLL", ExifTags.Base.Orientation, 4, 1, 1) + sent[pointer + 12 :]
    latitude = struct.pack(">6L", 52, 1, 31, 1, 12, 1)
    assert latitude in cut
    assert latitude not in location.removed(cut, "image/jpeg")


def test_a_phone_s_hidden_second_picture_and_film_go(picture: Picture):
    """Phones write previews, gain maps and short films behind the picture; each may tell the place."""
    plain = picture("JPEG")
    assert location.removed(plain + picture("JPEG", place=True) + b"\0\0\0\x18ftypmp42 +52.5200+013.4050/", "image/jpeg") == plain


def test_a_progressive_picture_keeps_all_its_scans():
    out = io.BytesIO()
    Image.effect_noise((200, 150), 80).convert("RGB").save(
        out, "JPEG", progressive=True, comment=b"Berlin", restart_marker_rows=2
    )
    kept = location.removed(out.getvalue(), "image/jpeg")
    assert b"Berlin" not in kept
    assert shown(kept) == shown(out.getvalue())


def test_unknown_parts_go():
    """Each format is kept by a list of known parts, so what nobody has thought of goes too."""
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG")
    plain = out.getvalue()
    chunk = b"geOx" + b"+52.5200+013.4050/"
    sent = plain[:33] + struct.pack(">L", 18) + chunk + struct.pack(">L", zlib.crc32(chunk)) + plain[33:]
    assert location.removed(sent, "image/png") == plain


def test_unknown_boxes_of_avif_are_emptied_where_they_stand(picture: Picture):
    plain = picture("AVIF")
    box = struct.pack(">L4s", 26, b"uuid") + b"+52.5200+013.4050/"
    kept = location.removed(plain + box + box, "image/avif")
    assert kept == plain + 2 * (struct.pack(">L4s", 26, b"free") + bytes(18))
    assert shown(kept) == shown(plain)


def test_a_gif_keeps_its_repetitions_but_not_its_xmp(picture: Picture):
    sent = picture("GIF", frames=2)
    # The XMP Specification, part 3: raw text, and a tail that leads readers of sub-blocks out of it.
    xmp = b"!\xff\x0bXMP DataXMP" + b"<x:xmpmeta>Berlin</x:xmpmeta>" + bytes([1, *range(255, -1, -1), 0])
    assert location.removed(sent[:-1] + xmp + sent[-1:], "image/gif") == sent


def test_a_gif_without_its_trailer_is_forgiven(picture: Picture):
    sent = picture("GIF", frames=2)[:-1]
    assert location.removed(sent, "image/gif") == sent


@pytest.mark.parametrize("format", MEDIA)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_file_that_is_cut_off_is_seen(picture: Picture, format: str, part: float):
    sent = picture(format, place=True)
    with pytest.raises((ValueError, IndexError, struct.error)):
        location.removed(sent[: int(len(sent) * part)], MEDIA[format])
