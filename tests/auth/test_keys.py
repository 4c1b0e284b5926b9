import stat
from collections.abc import Callable

import pytest
from tests.auth.conftest import House

from mainspring.auth.tables import ApiKey
from mainspring.context import Who
from mainspring.errors import Unauthenticated

ENGINES = ("sqlite", "postgresql", "mariadb")


def identify(house: House, key: str | None) -> Who:
    return house.backend.authority.identity.identify(None, key)


def test_only_the_first_call_shows_the_secret_key(house: House):
    first = house.backend.authority.keys.show()
    second = house.backend.authority.keys.show()
    assert first.publishable.startswith("ms_publishable_")
    assert (first.secret or "").startswith("ms_secret_")
    assert second.publishable == first.publishable
    assert second.secret is None


def test_on_a_developers_machine_it_is_shown_again(open_house: Callable[..., House]):
    house = open_house(dev=True)
    keys = house.backend.authority.keys.show()
    assert house.backend.authority.keys.show() == keys
    path = house.backend.settings.data / "keys" / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("ms_secret_of_before", "ascii")  # such as one that was left there before the keys were made elsewhere
    assert house.backend.authority.keys.show().secret is None


def test_new_keys_hold_at_once_and_old_ones_do_not(open_house: Callable[..., House]):
    house, other = open_house(), open_house()
    old = house.backend.authority.keys.show()
    assert identify(other, old.secret).administrator
    new = house.backend.authority.keys.rotate()
    assert identify(other, new.secret) == Who.secret_key()
    assert identify(other, new.publishable) == Who.anonymous()
    for key in (old.publishable, old.secret):
        with pytest.raises(Unauthenticated):
            identify(other, key)


def test_the_database_does_not_hold_the_secret_key(house: House):
    keys = house.backend.authority.keys.show()
    rows = house.backend.records.as_(Who.system("a test looks")).all(ApiKey)
    kept = {row.kind: row.text for row in rows}
    assert kept == {"publishable": keys.publishable, "secret": None}
    for row in rows:
        with pytest.raises(Unauthenticated):
            identify(house, row.hash)
