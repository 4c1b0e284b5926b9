"""Forged, bent and worn-out access tokens; each row of the table is a way in that must be shut."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mainspring import clock
from mainspring.auth.signing import SigningKeys
from mainspring.auth.tokens import AccessTokens
from mainspring.errors import Unauthenticated

USER, SESSION = UUID(int=1), UUID(int=2)
LIFE = timedelta(seconds=900)


@pytest.fixture
def keys(tmp_path: Path) -> SigningKeys:
    return SigningKeys(tmp_path / "keys")


@pytest.fixture
def tokens(keys: SigningKeys) -> AccessTokens:
    return AccessTokens(keys, LIFE)


@pytest.fixture
def token(tokens: AccessTokens) -> str:
    return tokens.write(USER, SESSION, "ann@example.com", clock.now())


def claims(**changed: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    good = {
        "sub": str(USER),
        "role": "authenticated",
        "aud": "authenticated",
        "iat": now,
        "exp": now + 900,
        "session_id": str(SESSION),
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def signed(keys: SigningKeys, header: dict[str, Any] | None = None, **changed: Any) -> str:
    key = keys.newest()
    return jwt.encode(claims(**changed), key.private, "ES256", headers={"kid": key.id} | (header or {}))


def by_public_key(keys: SigningKeys) -> str:
    """HS256 with the published key as its secret: what a library believes that lets the token choose the algorithm."""
    key = keys.newest()
    secret = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': key.id})}.{encoded(claims())}"
    mark = hmac.new(secret, body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def stranger(keys: SigningKeys) -> str:
    return jwt.encode(claims(), ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": keys.newest().id})


def embedded_key(keys: SigningKeys) -> str:
    """A token that brings the key to verify it with."""
    own = ec.generate_private_key(ec.SECP256R1())
    public = jwt.algorithms.ECAlgorithm.to_jwk(own.public_key(), as_dict=True)
    return jwt.encode(
        claims(), own, "ES256", headers={"kid": keys.newest().id, "jwk": public, "jku": "https://evil.example/keys"}
    )


def changed_claims(keys: SigningKeys) -> str:
    head, _, mark = signed(keys).split(".")
    return f"{head}.{encoded(claims(sub=str(UUID(int=9))))}.{mark}"


FORGED: dict[str, Callable[[SigningKeys], str]] = {
    "no signature": lambda keys: f"{encoded({'alg': 'none', 'kid': keys.newest().id})}.{encoded(claims())}.",
    "no signature, in capitals": lambda keys: f"{encoded({'alg': 'NONE', 'kid': keys.newest().id})}.{encoded(claims())}.",
    "signature cut off": lambda keys: signed(keys).rpartition(".")[0] + ".",
    "the public key as a secret": by_public_key,
    "another's key under our name": stranger,
    "a key of its own": embedded_key,
    "an unknown key": lambda keys: signed(keys, {"kid": "unknown"}),
    "a path as key": lambda keys: signed(keys, {"kid": f"../keys/{keys.newest().id}"}),
    "no key named": lambda keys: jwt.encode(claims(), keys.newest().private, "ES256"),
    "changed claims": changed_claims,
    "another audience": lambda keys: signed(keys, aud="somebody"),
    "several audiences": lambda keys: signed(keys, aud=["authenticated", "somebody"]),
    "no audience": lambda keys: signed(keys, aud=None),
    "no user": lambda keys: signed(keys, sub=None),
    "a user that is none": lambda keys: signed(keys, sub="ann"),
    "no session": lambda keys: signed(keys, session_id=None),
    "a session that is none": lambda keys: signed(keys, session_id="1' OR '1'='1"),
    "no end": lambda keys: signed(keys, exp=None),
    "ended a second ago": lambda keys: signed(keys, exp=int(clock.now().timestamp()) - 1),
    "not yet begun": lambda keys: signed(keys, nbf=int(clock.now().timestamp()) + 60),
    "endless": lambda keys: "eyJ" * 5_000,
    "nothing": lambda _: "",
    "dots": lambda _: "..",
    "no base64": lambda _: "ä.ö.ü",
    "half a surrogate pair": lambda _: "\ud800",
    "a number": lambda _: f"{encoded(1)}.{encoded(2)}.{encoded(3)}",
    "deep": lambda _: f"{base64.urlsafe_b64encode(b'[' * 2_000).decode()}.a.b",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused(forge: Callable[[SigningKeys], str], keys: SigningKeys, tokens: AccessTokens):
    with pytest.raises(Unauthenticated):
        tokens.read(forge(keys))


def test_the_table_above_forges_only_what_it_says(keys: SigningKeys, tokens: AccessTokens):
    assert tokens.read(signed(keys)).user == USER


def test_a_token_says_who_signed_in(token: str, keys: SigningKeys, tokens: AccessTokens):
    read = tokens.read(token)
    assert (read.user, read.session) == (USER, SESSION)
    said = jwt.decode(token, options={"verify_signature": False})
    assert set(said) == {"sub", "role", "aud", "iat", "exp", "session_id", "aal", "email"}
    assert said["exp"] - said["iat"] == 900
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT", "kid": keys.newest().id}


def test_a_token_of_before_the_rotation_stays_good(token: str, keys: SigningKeys, tokens: AccessTokens):
    keys.rotate(LIFE)
    assert tokens.read(token).user == USER
    assert AccessTokens(keys, LIFE).read(token).user == USER
    assert tokens.read(tokens.write(USER, SESSION, "ann@example.com", clock.now())).user == USER


def test_a_remembered_token_expires_all_the_same(tokens: AccessTokens):
    almost = clock.now() - LIFE + timedelta(seconds=2)
    token = tokens.write(USER, SESSION, "ann@example.com", almost)
    end = tokens.read(token).expires
    time.sleep(end - clock.now().timestamp())
    with pytest.raises(Unauthenticated) as refused:
        tokens.read(token)
    assert refused.value.code == "PGRST303"


def test_the_memory_is_bounded(tokens: AccessTokens, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mainspring.auth.tokens.REMEMBERED", 3)
    for _ in range(5):
        tokens.read(tokens.write(uuid4(), SESSION, "", clock.now()))
    assert len(tokens._verified) == 3
