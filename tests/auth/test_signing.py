import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mainspring.auth.signing import SigningKeys

LIFE = timedelta(seconds=900)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_the_first_key_is_made_when_it_is_needed(folder: Path):
    keys = SigningKeys(folder)
    assert keys.find("none") is None
    assert not folder.exists()
    assert keys.find(keys.newest().id) is keys.newest()


def test_only_the_owner_may_read_the_files(folder: Path):
    SigningKeys(folder).newest()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()]
    assert modes == [0o600]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_is_published_holds_no_private_part(folder: Path):
    (key,) = SigningKeys(folder).publish()["keys"]
    assert {name: key[name] for name in ("kty", "crv", "alg", "use")} == {
        "kty": "EC",
        "crv": "P-256",
        "alg": "ES256",
        "use": "sig",
    }
    assert "d" not in key


def test_a_new_key_signs_at_once_and_the_old_one_stays_published(folder: Path):
    keys = SigningKeys(folder)
    old = keys.newest()
    keys.rotate(LIFE)
    assert keys.newest().id > old.id
    assert [key["kid"] for key in keys.publish()["keys"]] == [keys.newest().id, old.id]


def test_another_process_sees_a_new_key_at_once(folder: Path):
    here, there = SigningKeys(folder), SigningKeys(folder)
    first = here.newest()
    assert there.newest().id == first.id
    for _ in range(3):
        made = here.rotate(LIFE)
        assert there.newest().id == max(made)
        assert there.find(max(made)) is not None


def test_a_key_goes_when_nothing_signed_by_it_can_be_good(folder: Path):
    keys = SigningKeys(folder)
    first, second = keys.newest().id, max(keys.rotate(LIFE))
    keys.rotate(LIFE)
    assert keys.find(first) is not None
    keys.rotate(timedelta())  # as if all that they signed were over
    assert keys.find(first) is None
    assert keys.find(second) is None


def test_a_file_of_another_kind_is_named(folder: Path):
    folder.mkdir()
    other = rsa.generate_private_key(65_537, 2_048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "20260101T000000000000Z-other.pem").write_bytes(other)
    with pytest.raises(TypeError, match=r"other\.pem holds no key of the curve P-256"):
        SigningKeys(folder).newest()
