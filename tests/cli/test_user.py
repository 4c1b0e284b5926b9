"""People made and changed by command, as a script does it: without a terminal."""

import json
from typing import Any

import httpx
import pytest
from tests.cli.conftest import ProjectFolder, Server

PASSWORD = "correct horse battery"


def users(project: ProjectFolder) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(project.run("user", "list", "--json").stdout)
    return listed


def sign_in(server: Server, email: str, password: str) -> httpx.Response:
    address = f"http://127.0.0.1:{server.port}/auth/v1/token?grant_type=password"
    return httpx.post(address, json={"email": email, "password": password})


def is_in(server: Server, token: str) -> bool:
    address = f"http://127.0.0.1:{server.port}/auth/v1/user"
    return httpx.get(address, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_users_are_made_and_listed(served: ProjectFolder):
    made = json.loads(served.run("user", "create", "Ann@Example.com", "--name", "Ann", "--admin", "--json").stdout)
    assert (made["email"], made["name"], made["roles"]) == ("ann@example.com", "Ann", ["administrator"])
    assert len(made["password"]) == 20
    told = served.run("user", "create", "bob@example.com", "--password", PASSWORD).stdout
    assert told == "made bob@example.com\n"
    assert [(each["email"], each["roles"], each["disabled"]) for each in users(served)] == [
        ("ann@example.com", ["administrator"], False),
        ("bob@example.com", [], False),
    ]
    assert served.run("user", "list").stdout == "ann@example.com  Ann  administrator\nbob@example.com\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["create", "bob", "--password", PASSWORD], "Unable to validate email address"),
        (["create", "bob@example.com", "--password", "short"], "at least 8 characters"),
        (["create", "bob@example.com", "--password", "notes1234"], "easy to guess"),  # the app's name with digits
        (["create", "ann@example.com", "--password", PASSWORD], "ann@example.com is a user already"),
        (["password", "bob@example.com", "--password", PASSWORD], "no user has the address bob@example.com"),
        (["disable", "bob@example.com"], "no user has the address bob@example.com"),
        (["sign-out", "bob@example.com"], "no user has the address bob@example.com"),
    ],
)
def test_what_cannot_be_done_is_told(served: ProjectFolder, words: list[str], message: str):
    served.run("user", "create", "ann@example.com", "--password", PASSWORD)
    assert message in served.run("user", *words, code=1).stderr
    assert len(users(served)) == 1


def test_without_tables_it_is_told_what_to_do(project: ProjectFolder):
    for words in (["user", "list"], ["keys"]):
        assert "mainspring migrate" in project.run(*words, code=1).stderr


def test_a_running_server_obeys_at_the_next_request(served: ProjectFolder):
    server = served.start("serve", "--workers", "2")
    served.run("user", "create", "ann@example.com", "--password", PASSWORD)
    token = sign_in(server, "ann@example.com", PASSWORD).json()["access_token"]
    assert is_in(server, token)
    served.run("user", "sign-out", "ann@example.com")
    assert not any(is_in(server, token) for _ in range(6))

    again = sign_in(server, "ann@example.com", PASSWORD).json()["access_token"]
    served.run("user", "disable", "ann@example.com")
    assert not any(is_in(server, again) for _ in range(6))
    assert sign_in(server, "ann@example.com", PASSWORD).json()["code"] == "user_banned"
    served.run("user", "enable", "ann@example.com")
    assert not is_in(server, again)

    last = sign_in(server, "ann@example.com", PASSWORD).json()["access_token"]
    made = json.loads(served.run("user", "password", "ann@example.com", "--json").stdout)
    assert not any(is_in(server, last) for _ in range(6))
    assert sign_in(server, "ann@example.com", PASSWORD).status_code == 400
    assert sign_in(server, "ann@example.com", made["password"]).status_code == 200
