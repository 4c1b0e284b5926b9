import pytest
from argon2 import PasswordHasher, extract_parameters

from mainspring.auth.passwords import check_password, hash_password, is_password, is_weak_hash
from mainspring.auth.refusals import Unprocessable, WeakPassword

CONTEXT = frozenset({"photos", "mainspring", "ann@example.com", "ann", "example"})


def test_a_hash_is_argon2id_above_the_floor():
    cost = extract_parameters(hash_password("correct horse"))
    assert (cost.type.name, cost.memory_cost, cost.time_cost, cost.parallelism) == ("ID", 47_104, 1, 1)
    assert (cost.salt_len, cost.hash_len) == (16, 32)
    assert not is_weak_hash(hash_password("correct horse"))


@pytest.mark.parametrize(
    ("memory", "passes", "weak"), [(19_456, 2, False), (19_456, 1, True), (8_192, 8, True), (65_536, 3, False)]
)
def test_only_what_is_below_the_floor_is_weak(memory: int, passes: int, weak: bool):
    kept = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1).hash("x")
    assert is_weak_hash(kept) is weak
    assert is_password(kept, "x")


def test_the_whole_password_is_compared():
    password = "a" * 84 + "b"
    kept = hash_password(password)
    assert is_password(kept, password)
    assert not is_password(kept, password[:72])
    assert not is_password(kept, password[:84] + "c")
    assert not is_password(kept, password.upper())


@pytest.mark.parametrize("kept", [None, "", "plain", "$argon2id$v=19$broken"])
def test_what_is_no_hash_fits_no_password(kept: str | None):
    assert not is_password(kept, "nobody's")
    assert not is_password(kept, "")


def test_a_password_beyond_the_cap_is_not_even_hashed():
    assert not is_password(hash_password("x"), "x" * 1_025)
    with pytest.raises(Unprocessable, match="at most 1024 bytes"):
        check_password("ä" * 513, 8, CONTEXT)
    check_password("ä" * 512, 8, CONTEXT)


def test_half_a_surrogate_pair_is_no_password():
    with pytest.raises(Unprocessable, match="surrogate"):
        check_password("abcdefgh\ud800", 8, CONTEXT)
    assert not is_password(None, "abcdefgh\ud800")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("seven77", "length"),
        ("password", "pwned"),
        ("PassWord1", "pwned"),
        ("1q2w3e4r5t", "pwned"),
        ("photos2026!", "pwned"),
        ("  Mainspring  ", "pwned"),
        ("ann@example.com", "pwned"),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, reason: str):
    with pytest.raises(WeakPassword) as refused:
        check_password(password, 8, CONTEXT)
    assert refused.value.reasons == (reason,)


@pytest.mark.parametrize("password", ["xkqzvwpjmbtrhyd", "correct horse", "пароль для фото", "photos of a summer"])
def test_no_kind_of_character_is_asked_for(password: str):
    check_password(password, 8, CONTEXT)
