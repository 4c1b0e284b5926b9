import json

import httpx
from tests.cli.conftest import ProjectFolder, Server


def keys(project: ProjectFolder, *words: str, **settings: str) -> dict[str, str | None]:
    shown: dict[str, str | None] = json.loads(project.run("keys", "--json", *words, **settings).stdout)
    assert list(shown) == ["publishable", "secret"]
    return shown


def status(server: Server, apikey: str | None) -> int:
    """401 `no_authorization` either way: what tells a known key from another is the message."""
    answer = httpx.get(f"http://127.0.0.1:{server.port}/auth/v1/user", headers={"apikey": apikey or ""})
    return 401 if answer.json()["message"] == "the API key is unknown" else 200


def test_the_secret_key_is_shown_when_it_is_made_and_never_again(served: ProjectFolder):
    first = keys(served)
    assert first["secret"]
    assert keys(served) == first | {"secret": None}
    told = served.run("keys").stdout
    assert first["publishable"] in told
    assert first["secret"] not in told
    rotated = keys(served, "--rotate")
    assert rotated["secret"]
    assert set(rotated.values()).isdisjoint(first.values())


def test_a_developer_sees_it_again(served: ProjectFolder):
    first = keys(served, dev="true")
    assert keys(served, dev="true") == first
    assert keys(served)["secret"] is None


def test_a_running_server_takes_new_keys_at_the_next_request(served: ProjectFolder):
    server = served.start("serve", "--workers", "2")
    assert not list((served.folder / "data" / "keys").glob("secret*"))
    first = keys(served)
    assert {status(server, each) for each in first.values() for _ in range(4)} == {200}
    second = keys(served, "--rotate")
    assert {status(server, each) for each in second.values() for _ in range(4)} == {200}
    assert {status(server, each) for each in first.values() for _ in range(4)} == {401}


def test_tokens_of_before_a_rotation_stay_good_and_new_ones_have_another_key(served: ProjectFolder):
    server = served.start("serve", "--workers", "2")
    base = f"http://127.0.0.1:{server.port}/auth/v1"
    body = {"email": "ann@example.com", "password": "correct horse battery"}
    session = httpx.post(f"{base}/signup", json=body).json()
    served.run("keys", "--rotate")
    bearer = {"Authorization": f"Bearer {session['access_token']}"}
    assert {httpx.get(f"{base}/user", headers=bearer).status_code for _ in range(6)} == {200}
    published = [{key["kid"] for key in httpx.get(f"{base}/.well-known/jwks.json").json()["keys"]} for _ in range(6)]
    assert all(len(kids) == 2 for kids in published)
    refreshed = [httpx.post(f"{base}/token?grant_type=password", json=body).json()["access_token"] for _ in range(4)]
    assert {httpx.get(f"{base}/user", headers={"Authorization": f"Bearer {token}"}).status_code for token in refreshed} == {200}
