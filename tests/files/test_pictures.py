import io
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mainspring.files.pictures import MAX_FRAMES, Picture, examine
from mainspring.files.stored import PICTURE_TYPES, REFUSED_VALUE, WRONG_TYPE, FileRefused, PictureRule

PIXELS = 1_000_000
ANY = PictureRule()


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Picture]:
    def check(content: bytes, rule: PictureRule = ANY, pixels: int = PIXELS) -> Picture:
        path = tmp_path / "content"
        path.write_bytes(content)
        return examine(path, rule, pixels)

    return check


def refusal(check: Callable[..., Picture], content: bytes, rule: PictureRule = ANY) -> tuple[str, str]:
    with pytest.raises(FileRefused) as refused:
        check(content, rule)
    return refused.value.code, refused.value.message


def png_of(width: int, height: int) -> bytes:
    """A PNG that says to be so large and is 1×1 inside."""
    out = io.BytesIO()
    Image.new("1", (1, 1)).save(out, "PNG")
    header = b"IHDR" + struct.pack(">LL", width, height) + out.getvalue()[24:29]
    return out.getvalue()[:12] + header + struct.pack(">L", zlib.crc32(header)) + out.getvalue()[33:]


@pytest.mark.parametrize(
    ("format", "frames", "type"),
    [
        ("JPEG", 1, "image/jpeg"),
        ("PNG", 1, "image/png"),
        ("PNG", 3, "image/png"),
        ("WEBP", 1, "image/webp"),
        ("WEBP", 3, "image/webp"),
        ("AVIF", 1, "image/avif"),
        ("AVIF", 3, "image/avif"),
        ("GIF", 1, "image/gif"),
        ("GIF", 3, "image/gif"),
    ],
)
def test_the_five_formats_are_taken(check, picture, format: str, frames: int, type: str):
    assert check(picture(format, frames=frames)) == Picture(type, 64, 48, frames)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_turned_picture_has_the_size_in_which_it_is_shown(check, picture, format: str):
    assert check(picture(format, turned=True)) == Picture(f"image/{format.lower()}", 48, 64, 1)
    assert check(picture(format, turned=True, place=True), PictureRule(strip_location=True)).height == 64


def test_only_the_types_of_the_rule_are_taken(check, picture):
    assert refusal(check, picture("GIF"), PictureRule(types=("image/jpeg", "image/png"))) == (
        WRONG_TYPE,
        "This is not a picture of a type that is taken here: send JPEG or PNG.",
    )


def saved(format: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, format)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!doctype html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        b"RIFF\x04\0\0\0WAVE",
        b"\0\0\0\x18ftypheic\0\0\0\0heic",
        saved("TIFF"),
        saved("BMP"),
        saved("ICO"),
        saved("JPEG2000"),
    ],
)
def test_what_only_says_that_it_is_a_picture_is_refused(check, content: bytes):
    code, message = refusal(check, content)
    assert code == WRONG_TYPE
    assert message.endswith("send JPEG, PNG, WEBP, AVIF or GIF.")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("part", [0.02, 0.2, 0.5, 0.95])
def test_a_picture_that_is_cut_off_is_refused(check, picture, format: str, part: float):
    content = picture(format)
    assert refusal(check, content[: max(16, int(len(content) * part))]) == (
        WRONG_TYPE,
        f"The {format} picture is broken or cut off.",
    )


def test_a_picture_with_a_damaged_inside_is_refused(check, picture):
    content = bytearray(picture("PNG"))
    place = content.index(b"IDAT") + 20
    content[place] ^= 0xFF
    assert refusal(check, bytes(content)) == (WRONG_TYPE, "The PNG picture is broken or cut off.")


@pytest.mark.parametrize(
    "head", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x20\0\0\0WEBP", b"\0\0\0\x1cftypavif"]
)
def test_a_page_behind_a_picture_s_first_bytes_is_refused(check, head: bytes):
    code, message = refusal(check, head + b"<html><script>alert(1)</script></html>" * 9)
    assert code == WRONG_TYPE
    assert "broken or cut off" in message


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (10_000, 10_000), (1001, 1000)])
def test_a_bomb_is_refused_before_it_is_decoded(check, width: int, height: int):
    check(png_of(1, 1))  # Pillow's own import is not what is measured
    begun = time.perf_counter()
    refused = refusal(check, png_of(width, height))
    assert time.perf_counter() - begun < 0.1
    assert refused == (REFUSED_VALUE, "The picture has more than 1000000 pixels (width × height × frames).")


@pytest.mark.parametrize(
    ("format", "mark", "skip", "size"),
    [
        ("JPEG", b"\xff\xc0", 5, struct.pack(">HH", 65_500, 65_500)),
        ("GIF", b"GIF", 6, struct.pack("<HH", 65_535, 65_535)),
        ("WEBP", b"VP8X", 12, (16_382).to_bytes(3, "little") * 2),
        ("AVIF", b"ispe", 8, struct.pack(">LL", 16_000, 16_000)),
    ],
)
def test_a_bomb_of_every_format_is_refused(check, picture, format: str, mark: bytes, skip: int, size: bytes):
    content = picture(format)
    place = content.index(mark) + skip
    begun = time.perf_counter()
    assert refusal(check, content[:place] + size + content[place + len(size) :])[0] == REFUSED_VALUE
    assert time.perf_counter() - begun < 0.1


def test_exif_that_asks_for_gigabytes_costs_nothing(check):
    megabyte = 1_000_000
    entries = b"".join(struct.pack("<HHLL", 0x010F, 2, megabyte, 8) for _ in range(65_535))
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", 65_535) + entries + b"\0" * megabyte
    out = io.BytesIO()
    Image.new("RGB", (8, 4)).save(out, "PNG", exif=exif)
    begun = time.perf_counter()
    assert check(out.getvalue(), PictureRule(strip_location=True)).width == 8
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF", "AVIF"])
def test_the_frames_of_an_animation_count(check, picture, format: str):
    content = picture(format, frames=3)
    assert check(content, pixels=64 * 48 * 3).frames == 3
    with pytest.raises(FileRefused) as refused:
        check(content, pixels=64 * 48 * 3 - 1)
    assert refused.value.code == REFUSED_VALUE


def test_a_frame_that_reaches_out_of_its_gif_counts_whole(check):
    head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"
    frame = b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    huge = b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0"
    assert check(head + frame + frame + b";").frames == 2
    assert refusal(check, head + frame + huge + b";")[0] == REFUSED_VALUE


def test_an_endless_animation_is_refused(check):
    head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"
    frame = b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    assert refusal(check, head + frame * (MAX_FRAMES + 1) + b";") == (REFUSED_VALUE, "The animation has more than 1000 frames.")


def test_a_file_of_a_million_empty_parts_is_refused_at_once(check, picture):
    plain = picture("JPEG")
    begun = time.perf_counter()
    assert refusal(check, plain[:2] + b"\xff\xfe\0\2" * 1_000_000 + plain[2:])[0] == WRONG_TYPE
    assert time.perf_counter() - begun < 1


def test_without_the_wish_the_file_is_not_touched(check, picture, tmp_path: Path):
    content = picture("JPEG", place=True)
    check(content)
    assert (tmp_path / "content").read_bytes() == content
    check(content, PictureRule(strip_location=True))
    assert b"Berlin" not in (tmp_path / "content").read_bytes()


def test_broken_exif_does_not_stop_a_good_picture(check):
    out = io.BytesIO()
    Image.new("RGB", (8, 4)).save(out, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage Berlin")
    for rule in (PictureRule(), PictureRule(strip_location=True)):
        assert check(out.getvalue(), rule) == Picture("image/jpeg", 8, 4, 1)


def test_the_types_of_the_rule_by_default_are_all(check):
    assert PictureRule().types == PICTURE_TYPES
