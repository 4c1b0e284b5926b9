import unicodedata

import pytest

from mainspring.files.stored import PictureRule, StoredFile, clean_name

HASH = "ab" * 32


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (StoredFile(HASH, 12, "image/jpeg", 40, 30, "the beach.jpg"), f"{HASH} 12 image/jpeg 40x30 the beach.jpg"),
        (StoredFile(HASH, 0, "application/octet-stream", None, None, "-"), f"{HASH} 0 application/octet-stream - -"),
        (StoredFile(HASH, 7, "text/plain", None, None, "1x1 ö 夏.txt"), f"{HASH} 7 text/plain - 1x1 ö 夏.txt"),
    ],
)
def test_a_stored_file_is_one_text_and_comes_back_whole(file: StoredFile, text: str):
    assert file.to_text() == text
    assert StoredFile.from_text(text) == file


@pytest.mark.parametrize(
    "text", ["", HASH, f"{HASH.upper()} 1 a/b - n", f"{HASH} 1 a/b 3x n", f"{HASH} x a/b - n", f"{HASH} 1 a/b - "]
)
def test_other_text_is_no_stored_file(text: str):
    with pytest.raises(ValueError, match="not a stored file"):
        StoredFile.from_text(text)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("beach.jpg", "beach.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\pictures\\beach.jpg", "beach.jpg"),
        ("/", "file"),
        ("", "file"),
        ("..", "file"),
        (" . ", "file"),
        ("a\0b\r\nSet-Cookie: x\x7f.jpg", "abSet-Cookie: x.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("u\u0308ber.png", "\u00fcber.png"),
        ("line\u2028end", "lineend"),
        ("\ud800half.png", "half.png"),
        ("夏🏖️.webp", "夏🏖️.webp"),
    ],
)
def test_a_name_is_cleaned(sent: str, kept: str):
    assert clean_name(sent) == kept


@pytest.mark.parametrize("sent", ["x" * 5000 + ".jpg", "夏" * 300 + ".jpg", "🏖️" * 999 + ".jpg"])
def test_a_long_name_keeps_its_suffix(sent: str):
    kept = clean_name(sent)
    assert 240 < len(kept.encode()) <= 255
    assert kept.endswith(".jpg")
    assert unicodedata.is_normalized("NFC", kept)


@pytest.mark.parametrize("sent", ["x" * 400, "." + "x" * 400, "a." + "x" * 400])
def test_a_long_name_without_a_suffix_is_cut(sent: str):
    assert clean_name(sent) == sent[:255]


def test_a_cleaned_name_stays_as_it_is():
    for name in ("  a/ b .jpg ", "x" * 251 + " .jpg", "e\u0301" * 200 + ".png"):
        assert clean_name(clean_name(name)) == clean_name(name)


def test_a_rule_for_a_type_that_nobody_decodes_is_refused():
    with pytest.raises(ValueError, match="image/tiff"):
        PictureRule(types=("image/tiff",))
