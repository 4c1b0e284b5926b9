from mainspring.auth.secret import HALF_DIGITS, KEY_DIGITS, digest, random_digits, read_secret, write_secret


def test_a_secret_is_read_as_it_was_written():
    digits = random_digits(KEY_DIGITS)
    assert read_secret("secret", write_secret("secret", digits)) == digits


def test_a_secret_of_another_kind_is_none():
    assert read_secret("publishable", write_secret("secret", random_digits(KEY_DIGITS))) is None


def test_every_slip_of_one_character_is_noticed():
    text = write_secret("secret", random_digits(KEY_DIGITS))
    start = len("ms_secret_")
    slips = [text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :] for at in range(start, len(text))]
    assert [slip for slip in slips if read_secret("secret", slip) is not None] == []


def test_what_is_no_secret_is_none():
    assert [text for text in ("", "ms_secret_", "ms_secret__", "eyJ.a.b", "ms_sécret_a_b") if read_secret("secret", text)] == []


def test_no_two_are_alike_and_none_is_guessed():
    made = {random_digits(HALF_DIGITS) for _ in range(20_000)}
    assert len(made) == 20_000
    assert 62**HALF_DIGITS > 2**128


def test_a_digest_does_not_show_its_secret():
    text = write_secret("secret", random_digits(KEY_DIGITS))
    assert len(digest(text)) == 64
    assert text not in digest(text)
