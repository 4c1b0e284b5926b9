"""Who asks: each row is a pair of headers, as clients and others send them."""

import pytest
from tests.auth.conftest import House, Person

from mainspring.context import Who
from mainspring.errors import Unauthenticated
from mainspring.model.user import User

ENGINES = ("sqlite", "postgresql", "mariadb")


def identify(house: House, bearer: str | None = None, apikey: str | None = None) -> Who:
    return house.backend.authority.identity.identify(None if bearer is None else f"Bearer {bearer}", apikey)


def test_nobody_needs_a_key(house: House):
    assert identify(house) == Who.anonymous()


def test_what_the_headers_say(house: House, ann: Person):
    bob = house.sign_up("bob@example.com")
    keys = house.backend.authority.keys.show()
    publishable, secret, anns, bobs = keys.publishable, keys.secret, ann.session["access_token"], bob.session["access_token"]
    ann_id, bob_id = ann.session["user"]["id"], bob.session["user"]["id"]
    expected = {
        (publishable, publishable): "anonymous",  # as the client sends it when signed out
        (publishable, None): "anonymous",
        (None, publishable): "anonymous",
        (secret, None): "administrator",
        (None, secret): "administrator",
        (secret, secret): "administrator",
        (secret, publishable): "administrator",
        (publishable, secret): "administrator",
        (anns, None): ann_id,
        (anns, publishable): ann_id,
        (anns, secret): ann_id,
        (anns, bobs): ann_id,
        (bobs, anns): bob_id,
        (anns, anns): ann_id,
    }

    def told(who: Who) -> str:
        return str(who.id) if who.signed_in else "administrator" if who.administrator else "anonymous"

    assert {pair: told(identify(house, *pair)) for pair in expected} == expected


def test_whatever_is_sent_must_hold(house: House, ann: Person):
    keys = house.backend.authority.keys.show()
    wrong = ["", "x", keys.publishable[:-1] + "?", "ms_secret_unknown_000000", "eyJhbGciOiJub25lIn0.e30.", "ms_", "null"]
    for text in wrong:
        for bearer, apikey in (
            (text, None),
            (None, text),
            (text, keys.publishable),
            (keys.publishable, text),
            (text, keys.secret),
        ):
            with pytest.raises(Unauthenticated):
                identify(house, bearer, apikey)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic YW5uOnNlY3JldA==", "eyJ.a.b"])
def test_a_header_that_cannot_be_read_is_refused(house: House, header: str):
    with pytest.raises(Unauthenticated):
        house.backend.authority.identity.identify(header, None)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_as_http_says(house: House, ann: Person, scheme: str):
    header = f"{scheme} {ann.session['access_token']}"
    assert str(house.backend.authority.identity.identify(header, None).id) == ann.session["user"]["id"]


def test_roles_are_those_of_now(house: House, ann: Person):
    assert identify(house, ann.session["access_token"]).roles == frozenset()
    system = house.backend.records.as_(Who.system("a test"))
    system.update(User, {"roles": ["administrator", "kitchen"]}, email="ann@example.com")
    who = identify(house, ann.session["access_token"])
    assert who.roles == {"administrator", "kitchen"}
    assert who.session is not None


def test_a_deleted_user_is_nobody(house: House, ann: Person):
    house.backend.records.as_(Who.system("a test")).delete(User, email="ann@example.com")
    with pytest.raises(Unauthenticated):
        identify(house, ann.session["access_token"])
