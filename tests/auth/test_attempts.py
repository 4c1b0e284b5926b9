import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from tests.auth.conftest import House

from mainspring.auth.attempts import Attempts, Limit
from mainspring.auth.tables import Attempt
from mainspring.context import Who
from mainspring.errors import TooManyTries

ENGINES = ("sqlite", "postgresql", "mariadb")

LIMIT = Limit("sign-in", 3, timedelta(seconds=300))


@pytest.fixture
def attempts(house: House) -> Attempts:
    return house.backend.authority.attempts


def kept(house: House) -> int:
    return len(house.backend.records.as_(Who.system("a test looks")).all(Attempt))


def take(attempts: Attempts, address: str, limit: Limit = LIMIT) -> bool:
    try:
        attempts.take(limit, address)
    except TooManyTries:
        return False
    return True


def test_no_more_are_taken_than_may_be(attempts: Attempts):
    assert [take(attempts, "203.0.113.1") for _ in range(5)] == [True, True, True, False, False]
    assert take(attempts, "203.0.113.2")
    assert take(attempts, "203.0.113.1", Limit("sign-up", 3, timedelta(seconds=300)))


def test_the_refusal_says_when_to_come_back(attempts: Attempts):
    for _ in range(3):
        attempts.take(LIMIT, "203.0.113.1")
    with pytest.raises(TooManyTries) as refused:
        attempts.take(LIMIT, "203.0.113.1")
    headers = dict(refused.value.headers)
    assert 298 <= int(headers["Retry-After"]) <= 300
    assert headers["RateLimit-Policy"] == '"sign-in";q=3;w=300'
    assert headers["RateLimit"] == f'"sign-in";r=0;t={headers["Retry-After"]}'


def test_one_that_is_given_back_does_not_count(attempts: Attempts):
    for _ in range(10):
        attempts.give_back(attempts.take(LIMIT, "203.0.113.1"))
    assert take(attempts, "203.0.113.1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),  # one subscriber's network
        ("::ffff:203.0.113.1", "203.0.113.1"),
    ],
)
def test_addresses_that_one_person_has_count_together(attempts: Attempts, one: str, other: str):
    assert [take(attempts, each) for each in (one, other, one, other)] == [True, True, True, False]


def test_other_networks_count_apart(attempts: Attempts):
    assert all(take(attempts, f"2001:db8:1:{number}::1") for number in range(5))


def test_many_at_once_in_two_processes_cannot_pass_together(open_house: Callable[..., House]):
    doors = [open_house().backend.authority.attempts for _ in range(2)]
    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(lambda number: take(doors[number % 2], "203.0.113.1"), range(60)))
    assert taken.count(True) == 3


def test_the_window_ends_and_what_is_old_goes(attempts: Attempts, house: House):
    short = Limit("sign-in", 2, timedelta(seconds=0.5))
    assert [take(attempts, "203.0.113.1", short) for _ in range(3)] == [True, True, False]
    time.sleep(0.5)
    assert take(attempts, "203.0.113.2", short)
    assert kept(house) == 1
    assert take(attempts, "203.0.113.1", short)
