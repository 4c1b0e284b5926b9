"""The operator's two questions."""

import pytest

from mainspring.errors import Unavailable
from mainspring.web import health
from mainspring.web.health import Readiness


class Check:
    """What is wrong, and how often that was asked."""

    def __init__(self) -> None:
        self.fault: str | None = None
        self.looks = 0

    def __call__(self) -> str | None:
        self.looks += 1
        if self.fault == "raise":
            raise Unavailable("the database cannot answer now")
        return self.fault


@pytest.fixture
def check() -> Check:
    return Check()


@pytest.fixture
def client(ask, check):
    return ask(routes=Readiness(check).routes())


def test_healthz_looks_at_nothing(client, check):
    check.fault = "all is lost"
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json(), check.looks) == (200, {"status": "ok"}, 0)


def test_readyz_says_what_is_wrong(client, check):
    check.fault = "migrations are pending"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["message"]) == (503, "migrations are pending")
    assert answer.headers["retry-after"] == "1"


def test_readyz_is_503_where_the_database_refuses(client, check):
    check.fault = "raise"
    assert client.get("/readyz").json()["message"] == "the database cannot answer now"


def test_a_thousand_probes_cost_one_look(client, check, monkeypatch):
    monkeypatch.setattr(health, "CHECK_SECONDS", 3600.0)
    assert {client.get("/readyz").status_code for _ in range(1000)} == {200}
    assert check.looks == 1


def test_a_finding_ends(client, check, monkeypatch):
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.0)
    check.fault = "starting"
    assert client.get("/readyz").status_code == 503
    check.fault = None
    assert client.get("/readyz").json() == {"status": "ready"}
