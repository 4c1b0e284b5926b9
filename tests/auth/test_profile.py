"""An app's own `User`: what people write of themselves at sign-up, and what they see of it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.cli.conftest import Server, make_project

ENGINES = ("sqlite", "postgresql", "mariadb")

APP = """
from datetime import date
from decimal import Decimal

import mainspring
from mainspring import App, Mapped, Model, field, is_me, one, role

app = App("notes")


class User(mainspring.User):
    town: Mapped[str] = field(max_length=40)
    nickname: Mapped[str | None] = field(unique=True)
    born: Mapped[date | None] = field()
    balance: Mapped[Decimal] = field(default=Decimal("0.10"), places=2)
    rank: Mapped[int] = field(default=0, write=role("kitchen"))
    remark: Mapped[str | None] = field(read=role("kitchen"), write=role("kitchen"))
    pin: Mapped[str | None] = field(private=True)
    access = mainspring.Access(read=is_me(mainspring.User.id), update=is_me(mainspring.User.id))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    for project in make_project(tmp_path_factory.mktemp("profile") / "notes"):
        project.write(APP)
        project.run("migrate", "make")
        project.run("migrate", "up")
        yield project.start("serve")


def sign_up(server: Server, email: str, **data: object) -> httpx.Response:
    address = f"http://127.0.0.1:{server.port}/auth/v1/signup"
    return httpx.post(address, json={"email": email, "password": "correct horse battery", "data": data})


def told(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    return {"status": answer.status_code, "code": body["code"], "at": [each["pointer"] for each in body.get("errors", [])]}


def test_an_apps_own_fields_are_taken_and_shown(server: Server):
    answer = sign_up(server, "ann@example.com", name="Ann", town="Kiel", nickname="annie", born="1999-12-31", balance="12.50")
    assert answer.status_code == 200, answer.text
    user = answer.json()["user"]
    expected = {"name": "Ann", "avatar": None, "town": "Kiel", "nickname": "annie", "born": "1999-12-31", "balance": 12.5}
    assert user["user_metadata"] == expected
    assert '"balance":12.50' in answer.text


@pytest.mark.parametrize("field", ["rank", "remark", "pin", "roles"])
def test_fields_of_others_are_refused(server: Server, field: str):
    assert told(sign_up(server, "eve@example.com", town="Kiel", **{field: "x"}))["status"] == 400


def test_a_needed_field_that_is_missing_is_named(server: Server):
    assert told(sign_up(server, "eve@example.com")) == {"status": 400, "code": "validation_failed", "at": ["/town"]}


def test_a_taken_nickname_is_not_told_as_a_taken_address(server: Server):
    assert sign_up(server, "bob@example.com", town="Kiel", nickname="bobby").status_code == 200
    answer = told(sign_up(server, "eve@example.com", town="Kiel", nickname="bobby"))
    assert answer == {"status": 409, "code": "23505", "at": ["/nickname"]}
