"""`/auth/v1` as a client sees it: statuses, codes and bodies of GoTrue, and what a hostile client sends."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from tests.auth.conftest import PASSWORD, House, Person

from mainspring.auth.tables import Account, Attempt
from mainspring.context import Who
from mainspring.model.user import User

ENGINES = ("sqlite", "postgresql", "mariadb")


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, whose shape is looked at on the way."""
    body = answer.json()
    assert {"code", "message"} <= set(body) <= {"code", "message", "errors", "weak_password"}
    assert answer.headers["x-supabase-api-version"] == "2024-01-01"
    return answer.status_code, body["code"]


def users(house: House) -> dict[str, User]:
    return {user.email: user for user in house.backend.records.as_(Who.system("a test looks")).all(User)}


def alter(house: House, **values: Any) -> None:
    assert house.backend.records.as_(Who.system("a test")).update(User, values) == 1


# -- signing up ------------------------------------------------------------------------------------------------------------------


def test_who_signs_up_is_signed_in(house: House):
    session = house.sign_up("Ann@Example.com", name="Ann").session
    assert set(session) == {"access_token", "token_type", "expires_in", "expires_at", "refresh_token", "user"}
    assert (session["token_type"], session["expires_in"]) == ("bearer", 900)
    user = session["user"]
    assert user["user_metadata"] == {"name": "Ann", "avatar": None}
    assert user["app_metadata"] == {"provider": "email", "providers": ["email"], "roles": []}
    assert (user["email"], user["role"], user["aud"], user["identities"]) == (
        "ann@example.com",
        "authenticated",
        "authenticated",
        [],
    )
    assert user["created_at"] == user["email_confirmed_at"]


def test_a_known_address_cannot_sign_up_however_it_is_written(house: House, ann: Person):
    for email in ("ann@example.com", "ANN@example.com"):
        answer = house.ask("POST", "/signup", {"email": email, "password": PASSWORD})
        assert told(answer) == (422, "user_already_exists")
    assert len(users(house)) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"roles": ["administrator"]},
        {"staff": True},
        {"disabled": False},
        {"name": "Ann", "roles": ["administrator"]},
        {"id": "019ab5c1-7c7e-7000-8000-2f6c0a1b3d4e"},
        {"email": "other@example.com"},
        {"created_at": "2020-01-01T00:00:00Z"},
        {"version": 7},
        {"is_admin": True},
        {"incoming": []},
        {"model": "x"},
        {"name": 7},
        {"name": "x" * 201},
        {"avatar": "x"},
        {"__class__": "x"},
    ],
)
def test_people_say_of_themselves_only_what_they_may(house: House, ann: Person, data: dict[str, object]):
    before = users(house)["ann@example.com"]
    answer = house.ask("POST", "/signup", {"email": "eve@example.com", "password": PASSWORD, "data": data})
    assert told(answer) == (400, "validation_failed")
    assert told(ann.ask("PUT", "/user", {"data": data})) == (400, "validation_failed")
    after = users(house)
    assert set(after) == {"ann@example.com"}
    assert after["ann@example.com"].version == before.version
    assert house.backend.records.as_(Who.system("a test looks")).one(Account) is not None


def test_rights_beside_data_are_passed_over(house: House):
    body = {"email": "eve@example.com", "password": PASSWORD, "roles": ["administrator"], "staff": True, "role": "service_role"}
    assert house.ask("POST", "/signup", body).status_code == 200
    eve = users(house)["eve@example.com"]
    assert (eve.roles, eve.staff) == ([], False)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"email": "ann", "password": PASSWORD}, (400, "validation_failed")),
        ({"email": "ann@example.com\u0000", "password": PASSWORD}, (400, "validation_failed")),
        ({"email": "ann@example.com"}, (400, "validation_failed")),
        ({"password": PASSWORD}, (400, "validation_failed")),
        ({}, (422, "anonymous_provider_disabled")),
        ({"phone": "+491234", "password": PASSWORD}, (400, "phone_provider_disabled")),
        ({"email": ["ann@example.com"], "password": PASSWORD}, (400, "validation_failed")),
        ({"email": "ann@example.com", "password": {"$ne": ""}}, (400, "validation_failed")),
        ({"email": "ann@example.com", "password": PASSWORD, "data": [1]}, (400, "validation_failed")),
        ([], (400, "validation_failed")),
        ({"email": "ann@example.com", "password": "short"}, (422, "weak_password")),
        ({"email": "ann@example.com", "password": "password1"}, (422, "weak_password")),
        ({"email": "margarita@example.com", "password": "Margarita2026"}, (422, "weak_password")),
        ({"email": "ann@example.com", "password": "x" * 1_025}, (422, "validation_failed")),
    ],
)
def test_a_sign_up_that_cannot_be_is_told_why(house: House, body: object, expected: tuple[int, str]):
    assert told(house.ask("POST", "/signup", body)) == expected
    assert users(house) == {}


def test_a_weak_password_is_told_as_the_client_reads_it(house: House):
    answer = house.ask("POST", "/signup", {"email": "ann@example.com", "password": "short"})
    assert answer.json()["weak_password"] == {"reasons": ["length"]}


def test_two_sign_ups_with_one_address_at_once_make_one_user(house: House):
    body = {"email": "ann@example.com", "password": PASSWORD}
    answers = house.ask_together(8, lambda client: client.post("/signup", json=body))
    assert sorted(answer.status_code for answer in answers) == [200, *[422] * 7]
    assert len(users(house)) == 1


# -- signing in ------------------------------------------------------------------------------------------------------------------


def test_known_and_unknown_addresses_look_alike(house: House, ann: Person):
    system = house.backend.records.as_(Who.system("a test"))
    system.create(User, email="made@example.com")  # by an administrator: without a password
    addresses = ("ann@example.com", "nobody@example.com", "made@example.com", "no address")
    answers = [house.sign_in(email, "wrong password") for email in addresses]
    assert {told(answer) for answer in answers} == {(400, "invalid_credentials")}
    assert len({answer.content for answer in answers}) == 1
    headers = [{name: value for name, value in answer.headers.items() if name != "x-request-id"} for answer in answers]
    assert all(each == headers[0] for each in headers)


def test_the_password_is_not_cut_or_folded(house: House):
    password = "Abcdefgh" * 10 + "zz"
    house.sign_up("ann@example.com", password)
    assert house.sign_in("ann@example.com", password).status_code == 200
    for wrong in (password[:72], password.lower(), f" {password}", f"{password} "):
        assert told(house.sign_in("ann@example.com", wrong)) == (400, "invalid_credentials")


def test_a_weak_hash_is_made_anew_at_the_next_sign_in(house: House, ann: Person):
    system = house.backend.records.as_(Who.system("a test"))
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    system.update(Account, {"password": weak})
    assert house.sign_in("ann@example.com").status_code == 200
    kept = system.one(Account)
    assert kept is not None
    assert kept.password.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert house.sign_in("ann@example.com").status_code == 200


def test_failed_sign_ins_are_limited_for_each_address_however_many_come_at_once(open_house: Callable[..., House]):
    house = open_house(sign_in_tries=5)
    house.sign_up("ann@example.com")
    body = {"email": "ann@example.com", "password": "wrong password"}
    answers = house.ask_together(40, lambda client: client.post("/token?grant_type=password", json=body))
    assert sorted(answer.status_code for answer in answers) == [*[400] * 5, *[429] * 35]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert told(refused) == (429, "over_request_rate_limit")
    assert 290 <= int(refused.headers["retry-after"]) <= 300
    assert refused.headers["ratelimit-policy"] == '"sign-in";q=5;w=300'
    assert refused.headers["ratelimit"].startswith('"sign-in";r=0;t=')
    assert told(house.sign_in("ann@example.com")) == (429, "over_request_rate_limit")


def test_the_limit_is_on_without_any_setting(house: House):
    body = {"email": "nobody@example.com", "password": "wrong password"}
    answers = house.ask_together(34, lambda client: client.post("/token?grant_type=password", json=body))
    assert [answer.status_code for answer in answers].count(429) == 4


def test_sign_ins_that_succeed_do_not_count(open_house: Callable[..., House]):
    house = open_house(sign_in_tries=2)
    house.sign_up("ann@example.com")
    assert [house.sign_in("ann@example.com").status_code for _ in range(4)] == [200] * 4
    left = house.backend.records.as_(Who.system("a test looks")).all(Attempt)
    assert [attempt.action for attempt in left] == ["sign-up"]


def test_sign_ups_are_limited(open_house: Callable[..., House]):
    house = open_house(sign_up_tries=2)
    answers = [house.ask("POST", "/signup", {"email": f"{name}@example.com", "password": PASSWORD}) for name in "abc"]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert told(answers[-1]) == (429, "over_request_rate_limit")


def test_a_made_up_forwarded_address_changes_nothing(open_house: Callable[..., House]):
    house = open_house(sign_in_tries=2)
    body = {"email": "ann@example.com", "password": "wrong password"}
    answers = [
        house.ask("POST", "/token?grant_type=password", body, **{"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 429, 429]


def test_behind_a_proxy_that_is_believed_each_client_counts_alone(open_house: Callable[..., House]):
    house = open_house(sign_in_tries=1, trusted_proxies=("127.0.0.1",))
    body = {"email": "ann@example.com", "password": "wrong password"}
    told_of = ("203.0.113.1", "203.0.113.2", "203.0.113.3, 203.0.113.1")
    answers = [house.ask("POST", "/token?grant_type=password", body, **{"X-Forwarded-For": each}) for each in told_of]
    assert [answer.status_code for answer in answers] == [400, 400, 429]


@pytest.mark.parametrize("query", ["", "?grant_type=", "?grant_type=pkce", "?grant_type=id_token"])
def test_a_grant_that_is_none_is_told(house: House, query: str):
    assert told(house.ask("POST", f"/token{query}", {})) == (400, "validation_failed")


# -- the user --------------------------------------------------------------------------------------------------------------------


def test_a_user_sees_and_changes_themselves(house: House, ann: Person):
    changed = ann.ask("PUT", "/user", {"data": {"name": "Ann B."}, "email": "Ann.B@example.com"})
    assert changed.status_code == 200
    user = ann.ask("GET", "/user").json()
    assert user == changed.json()
    assert (user["email"], user["user_metadata"]["name"]) == ("ann.b@example.com", "Ann B.")
    assert house.sign_in("ann.b@example.com").status_code == 200
    assert told(house.sign_in("ann@example.com")) == (400, "invalid_credentials")


def test_what_an_administrator_says_of_somebody_stands_apart(house: House, ann: Person):
    alter(house, roles=["administrator"])
    user = ann.ask("GET", "/user").json()
    assert user["app_metadata"]["roles"] == ["administrator"]
    assert set(user["user_metadata"]) == {"name", "avatar"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"email": "bob@example.com"}, (422, "email_exists")),
        ({"email": "BOB@example.com", "data": {"name": "Bob"}}, (422, "email_exists")),
        ({"email": "bob"}, (400, "validation_failed")),
        ({"password": "short"}, (422, "weak_password")),
        ({"password": PASSWORD}, (422, "same_password")),
        ({"password": "another horse", "current_password": "wrong password"}, (400, "invalid_credentials")),
        ({"password": "another horse", "email": "bob@example.com"}, (422, "email_exists")),
        ({"phone": "+491234"}, (400, "phone_provider_disabled")),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(house: House, ann: Person, body: object, expected: tuple[int, str]):
    house.sign_up("bob@example.com", "bobs own horse")
    assert told(ann.ask("PUT", "/user", body)) == expected
    user = ann.ask("GET", "/user").json()
    assert (user["email"], user["user_metadata"]["name"]) == ("ann@example.com", None)
    assert house.sign_in("ann@example.com").status_code == 200


def test_the_old_password_is_compared_where_it_is_given(ann: Person):
    assert ann.ask("PUT", "/user", {"password": "another horse", "current_password": PASSWORD}).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("GET", "/user"), ("PUT", "/user"), ("POST", "/logout")])
def test_what_needs_a_user_is_refused_to_others(house: House, ann: Person, method: str, path: str):
    keys = house.backend.authority.keys.show()
    nobody = Person(house)
    assert told(nobody.ask(method, path, {})) == (401, "no_authorization")
    assert told(nobody.ask(method, path, {}, apikey=keys.publishable)) == (401, "no_authorization")
    assert told(nobody.ask(method, path, {}, apikey=keys.secret or "")) == (401, "no_authorization")
    assert told(nobody.ask(method, path, {}, apikey="ms_secret_unknown_000000")) == (401, "no_authorization")
    assert told(nobody.ask(method, path, {}, Authorization="Bearer x.y.z")) == (403, "bad_jwt")
    ann.ask("POST", "/logout")
    assert told(ann.ask(method, path, {})) == (403, "session_not_found")


# -- addresses and bodies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["", "/", "/otp", "/admin/users", "/signup/", "/user%2f..%2ftoken", "/.well-known/openid-configuration"]
)
def test_other_addresses_are_not_there(house: House, path: str):
    assert told(house.ask("GET", path)) == (404, "not_found")


def test_a_method_that_is_not_taken_is_told(house: House):
    answer = house.ask("DELETE", "/user")
    assert told(answer) == (405, "not_allowed")
    assert answer.headers["allow"] == "GET, PUT"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"email=ann", b"\xff\xfe", b"[" * 100_000, b'{"email":"\\ud800"}', b'{"email":1e999}']
)
def test_a_body_that_cannot_be_read_is_told(house: House, content: bytes):
    (answer,) = house.ask_together(1, lambda client: client.post("/signup", content=content))
    assert answer.status_code == 400
    assert told(answer)[1] in {"bad_json", "validation_failed"}


def test_a_body_over_the_limit_is_refused(open_house: Callable[..., House]):
    house = open_house(body_bytes=1_000)
    body = {"email": "ann@example.com", "password": PASSWORD, "data": {"name": "x" * 1_000}}
    assert told(house.ask("POST", "/signup", body)) == (413, "PGRST413")


def test_the_keys_are_published_for_everybody(house: House, ann: Person):
    answer = house.ask("GET", "/.well-known/jwks.json")
    (key,) = answer.json()["keys"]
    assert (answer.status_code, key["alg"], "d" in key) == (200, "ES256", False)
    assert answer.headers["cache-control"] == "public, max-age=300"


def test_answers_with_tokens_are_kept_by_nobody(house: House):
    answer = house.ask("POST", "/signup", {"email": "ann@example.com", "password": PASSWORD})
    assert "no-store" in answer.headers["cache-control"]
