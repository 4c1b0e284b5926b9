"""Sign-ins over HTTP: how they go on, and every way in which they end."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from tests.auth.conftest import PASSWORD, House, Person

from mainspring import clock
from mainspring.auth.tables import Session
from mainspring.context import Who
from mainspring.database.engine import Engine
from mainspring.model.user import User
from mainspring.schema.builder import SEARCH

ENGINES = ("sqlite", "postgresql", "mariadb")


def is_in(person: Person) -> bool:
    answer = person.ask("GET", "/user")
    assert answer.status_code in {200, 403}
    return answer.status_code == 200


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    code: str = answer.json()["code"]
    return code


def alter(house: House, **values: object) -> None:
    assert house.backend.records.as_(Who.system("a test")).update(Session, values) == 1


def test_a_refresh_token_is_good_once(ann: Person):
    later = ann.refreshed()
    assert later.session["refresh_token"] != ann.session["refresh_token"]
    assert is_in(later)
    assert is_in(later.refreshed())


def test_one_that_is_used_again_ends_its_sign_in(house: House, ann: Person):
    elsewhere = house.again("ann@example.com")
    later = ann.refreshed()
    assert refused(ann.refresh()) == "refresh_token_already_used"
    assert refused(later.refresh()) == "refresh_token_not_found"
    assert not is_in(later)
    assert is_in(elsewhere)


def test_an_old_one_of_long_ago_ends_it_too(ann: Person):
    last = ann.refreshed().refreshed().refreshed()
    assert refused(ann.refresh()) == "refresh_token_already_used"
    assert not is_in(last)


def test_of_fifty_at_once_exactly_one_is_answered(house: House, ann: Person):
    body = {"refresh_token": ann.session["refresh_token"]}
    answers = house.ask_together(50, lambda client: client.post("/token?grant_type=refresh_token", json=body))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 49]
    (winner,) = (Person(house, answer.json()) for answer in answers if answer.status_code == 200)
    assert not is_in(winner)  # the others were uses of a spent token


@pytest.mark.parametrize("token", ["x", "ms_rfsh_x_000000", "ms_rfsh_" + "0" * 44 + "_000000", "ms_rfsh_ä", "\x00"])
def test_what_is_no_refresh_token_is_refused(house: House, token: str):
    assert refused(house.grant("refresh_token", refresh_token=token)) == "refresh_token_not_found"


def test_an_api_key_is_no_refresh_token(house: House):
    key = house.backend.authority.keys.show().secret or ""
    assert refused(house.grant("refresh_token", refresh_token=key)) == "refresh_token_not_found"


@pytest.mark.parametrize("stamp", ["expires_at", "refreshed_at"])
def test_a_sign_in_ends_with_its_time_also_where_its_token_is_remembered(house: House, ann: Person, stamp: str):
    assert is_in(ann)
    lives = {"expires_at": timedelta(0), "refreshed_at": timedelta(days=house.backend.settings.session_idle_days)}
    alter(house, **{stamp: clock.now() - lives[stamp] + timedelta(minutes=1)})
    assert is_in(ann)
    alter(house, **{stamp: clock.now() - lives[stamp] - timedelta(seconds=1)})
    assert not is_in(ann)
    assert refused(ann.refresh()) == "session_expired"


def test_what_has_ended_is_cleared_away_at_the_next_sign_in(house: House, ann: Person):
    alter(house, expires_at=clock.now() - timedelta(seconds=1))
    house.again("ann@example.com")
    assert len(house.backend.records.as_(Who.system("a test looks")).all(Session)) == 1


@pytest.mark.parametrize(
    ("scope", "left"), [("local", [False, True]), ("others", [True, False]), ("global", [False, False]), (None, [False, False])]
)
def test_sign_out(house: House, ann: Person, scope: str | None, left: list[bool]):
    other, bob = house.again("ann@example.com"), house.sign_up("bob@example.com")
    answer = ann.ask("POST", "/logout" if scope is None else f"/logout?scope={scope}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert [is_in(ann), is_in(other)] == left
    assert [each.refresh().status_code == 200 for each in (ann, other)] == left
    assert is_in(bob)


def test_a_scope_that_is_none_ends_nothing(ann: Person):
    answer = ann.ask("POST", "/logout?scope=everything")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert is_in(ann)


def test_signing_out_twice_is_told(ann: Person):
    ann.ask("POST", "/logout")
    answer = ann.ask("POST", "/logout")
    assert (answer.status_code, answer.json()["code"]) == (403, "session_not_found")


def test_a_disabled_user_is_out_at_the_next_request_in_every_process(open_house: Callable[..., House]):
    here, there = open_house(), open_house()
    ann = here.sign_up("ann@example.com")
    beside = Person(there, ann.session)
    assert is_in(beside)
    here.backend.records.as_(Who.secret_key()).update(User, {"disabled": True}, email="ann@example.com")
    assert not is_in(beside)
    assert not is_in(ann)
    assert refused(beside.refresh()) == "user_banned"
    assert refused(there.sign_in("ann@example.com")) == "user_banned"
    assert refused(there.sign_in("ann@example.com", "wrong password")) == "invalid_credentials"


def test_who_is_enabled_again_signs_in_anew(house: House, ann: Person):
    accounts = house.backend.authority.accounts
    accounts.set_disabled("ann@example.com", disabled=True)
    accounts.set_disabled("ann@example.com", disabled=False)
    assert not is_in(ann)
    assert house.sign_in("ann@example.com").status_code == 200


def test_a_new_password_ends_all_other_sign_ins(house: House, ann: Person):
    other = house.again("ann@example.com")
    answer = ann.ask("PUT", "/user", {"password": "another horse"})
    assert answer.status_code == 200
    assert is_in(ann)
    assert ann.refresh().status_code == 200
    assert not is_in(other)
    assert other.refresh().status_code == 400
    assert refused(house.sign_in("ann@example.com", PASSWORD)) == "invalid_credentials"
    assert house.sign_in("ann@example.com", "another horse").status_code == 200


def test_a_password_given_by_command_ends_all_sign_ins(house: House, ann: Person):
    house.backend.authority.accounts.set_password("ann@example.com", "another horse")
    assert not is_in(ann)
    assert house.sign_in("ann@example.com", "another horse").status_code == 200


def test_nothing_in_the_database_can_be_used_to_come_in(house: House, ann: Person):
    house.again("ann@example.com").refreshed()
    house.backend.authority.keys.show()
    dump = _texts(house.backend.engine)
    assert len(dump) > 15
    for secret in (PASSWORD, *ann.session["refresh_token"].split("_")[2:], *ann.session["access_token"].split(".")):
        assert [text for text in dump if secret in text] == []
    for word in set(dump):
        assert house.grant("refresh_token", refresh_token=word).status_code == 400
        assert house.ask("GET", "/user", Authorization=f"Bearer {word}").status_code in {401, 403}


def _texts(engine: Engine) -> list[str]:
    """Every text in the database that a header can hold."""
    with engine.alchemy().connect() as connection:
        tables = [
            name for name in sa.inspect(connection).get_table_names() if not name.startswith(SEARCH)
        ]  # they hold no own rows
        rows = [row for name in tables for row in connection.execute(sa.select(sa.text("*")).select_from(sa.table(name)))]
    texts = [str(value) for row in rows for value in row if isinstance(value, (str, UUID))]
    return [text for text in texts if text.isascii() and text.isprintable() and text]
