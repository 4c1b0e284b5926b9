"""`Idempotency-Key`: a request that is sent again has its effect once, and the same answer."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.rest import models
from tests.rest.conftest import PEOPLE, PREFIX, Library, picture
from tests.rest.test_write import SHOWN, refused

from mainspring.app import asgi

ENGINES = ("sqlite", "postgresql", "mariadb")
LAKE = {"title": "Lake"}
KEY = "3f0c5e0a-6a0e-4d8e-9a39-0c1a6f6f1c11"


def keyed(key: str = KEY, **headers: str) -> dict[str, str]:
    return {"idempotency-key": key, **headers}


def same(first: httpx.Response, second: httpx.Response) -> bool:
    """Whether the second answer is the first one, and says so."""
    heads = [{name: value for name, value in each.headers.items() if name != "x-request-id"} for each in (first, second)]
    assert heads[1].pop("idempotent-replayed") == "true"
    return (first.status_code, first.content, heads[0]) == (second.status_code, second.content, heads[1])


@pytest.mark.parametrize(
    ("method", "path", "who", "options"),
    [
        ("POST", "shelves", "ann", {"json": LAKE, "prefer": SHOWN}),
        ("POST", "shelves", "ann", {"json": [LAKE, {"title": "Pond"}]}),
        ("POST", "shelves", "ann", {"json": LAKE, "prefer": "return=headers-only"}),
        ("POST", "shelves", "ann", {"json": LAKE, "prefer": SHOWN, "accept": "application/vnd.pgrst.object+json"}),
        ("POST", "shelves", "ann", {"json": LAKE, "prefer": SHOWN, "accept": "application/xml"}),
        ("POST", "shelves", "ann", {"json": LAKE, "prefer": SHOWN, "accept": "text/csv"}),
        ("PATCH", "books?id=eq.1", "ann", {"json": {"pages": {"$inc": 1}}, "prefer": SHOWN}),
        ("PUT", "genres?code=eq.saga", "lib", {"json": {"name": "Saga"}}),
        ("DELETE", "books?id=eq.2", "ann", {"prefer": SHOWN}),
        ("POST", "", "ann", {"json": [{"method": "POST", "path": "shelves", "body": LAKE, "prefer": SHOWN}]}),
        ("POST", "genres", "lib", {"json": {"code": "poem", "name": "again"}}),
        ("POST", "genres", "lib", {"json": {"code": "poem", "name": "again"}, "accept": "application/xml"}),
        ("PATCH", "books?id=eq.1", "ann", {"json": {"pages": {"$inc": -1, "$min": 635}}}),
    ],
)
def test_the_same_again(library: Library, *, method: str, path: str, who: str, options: Any):
    first = library.request(method, path, who, headers=keyed(), **options)
    assert first.status_code in {200, 201, 204, 409}, first.text
    assert "idempotent-replayed" not in first.headers
    before = library.get("shelves?select=*,books(*)", "adm").json()
    for _ in range(2):
        assert same(first, library.request(method, path, who, headers=keyed(f'"{KEY}"'), **options))
    assert library.get("shelves?select=*,books(*)", "adm").json() == before


def test_a_refusal_that_was_given_is_given_again(library: Library):
    """Else a late duplicate would have an effect of which its sender does not know."""
    new = {"code": "poem", "name": "again"}
    first = library.post("genres", "lib", json=new, headers=keyed())
    assert (first.status_code, first.json()["code"]) == (409, "23505")
    assert library.delete("genres?code=eq.poem", "lib").status_code == 204
    assert same(first, library.post("genres", "lib", json=new, headers=keyed()))
    assert library.post("genres", "lib", json=new, headers=keyed("other")).status_code == 201


@pytest.mark.parametrize(
    ("who", "path", "body", "status", "code"),
    [
        ("ann", "shelves", {"title": None}, 400, "23502"),
        ("", "shelves", LAKE, 401, "42501"),
        ("ann", "shelves", {"title": "x", "owner": "00000000-0000-0000-0000-000000000002"}, 403, "42501"),
    ],
)
def test_what_has_no_effect_takes_no_key(library: Library, *, who: str, path: str, body: Any, status: int, code: str):
    reply = library.post(path, who, json=body, headers=keyed())
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert library.post("shelves", who or "ann", json=LAKE, headers=keyed()).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "who", "options"),
    [
        ("POST", "shelves", "ann", {"json": {"title": "Pond"}}),
        ("POST", "shelves?select=id", "ann", {"json": LAKE}),
        ("POST", "shelves", "ann", {"content": '{"title":"Lake"}', "headers": {"content-type": "text/csv"}}),
    ],
)
def test_a_key_of_another_request(library: Library, *, method: str, path: str, who: str, options: Any):
    assert library.post("shelves", "ann", json=LAKE, headers=keyed()).status_code == 201
    headers = keyed(**options.pop("headers", {}))
    reply = library.request(method, path, who, headers=headers, **options)
    if "content" in options:
        assert reply.status_code in {400, 422}
    else:
        refused(reply, 422, "PGRST422")
    assert library.names("shelves?title=in.(Lake,Pond)", "adm") == ["Lake"]


def test_the_same_key_elsewhere_is_another(library: Library):
    """Nobody meets the keys of others, nor those of their own for other addresses and methods."""
    assert library.post("shelves", "ann", json=LAKE, headers=keyed()).status_code == 201
    for method, path, who, body in (
        ("POST", "shelves", "bob", {"title": "Pond"}),
        ("PATCH", "shelves?id=eq.1", "ann", {"title": "Ocean"}),
        ("POST", "books", "ann", {"title": "x", "shelf": 1}),
    ):
        reply = library.request(method, path, who, json=body, headers=keyed())
        assert reply.status_code in {201, 204}
        assert "idempotent-replayed" not in reply.headers


def test_who_may_no_longer_ask_gets_no_answer_again(library: Library):
    assert library.post("genres", "lib", json={"code": "saga", "name": "x"}, prefer=SHOWN, headers=keyed()).status_code == 201
    library.as_("system").update(models.User, {"roles": []}, id=PEOPLE["lib"].id)
    assert library.post("genres", "lib", json={"code": "saga", "name": "x"}, headers=keyed()).status_code in {403, 404}


def test_what_was_only_tried_is_not_kept(library: Library):
    tried = library.post("shelves", "ann", json=LAKE, prefer=f"tx=rollback,{SHOWN}", headers=keyed())
    assert (tried.status_code, library.names("shelves?title=eq.Lake", "ann")) == (201, [])
    made = library.post("shelves", "ann", json=LAKE, prefer=SHOWN, headers=keyed())
    assert (made.status_code, "idempotent-replayed" in made.headers) == (201, False)


def test_a_form_with_a_file(library: Library):
    def send(colour: str) -> httpx.Response:
        files = {"cover": ("cover.png", picture(colour), "image/png")}
        return library.post("books", "ann", data={"title": "x", "shelf": "1"}, files=files, prefer=SHOWN, headers=keyed())

    first = send("gold")
    assert first.status_code == 201, first.text
    contents = library.contents()
    assert same(first, send("gold"))
    refused(send("navy"), 422, "PGRST422")
    assert library.contents() == contents
    assert library.names("books?title=eq.x", "ann", "cover")[0]["url"] == first.json()[0]["cover"]["url"]


def test_after_a_day_the_key_is_new(library: Library):
    def pass_hours(hours: int) -> None:
        sql = f"UPDATE mainspring_answers SET second = second - {hours * 3600}"
        library.backend.database.write(lambda connection: connection.execute(sql))

    new = {"title": "x", "shelf": 1}
    made = library.post("books", "ann", json=new, headers=keyed())
    pass_hours(23)
    assert same(made, library.post("books", "ann", json=new, headers=keyed()))
    pass_hours(2)
    again = library.post("books", "ann", json=new, headers=keyed())
    assert (again.status_code, "idempotent-replayed" in again.headers) == (201, False)
    assert library.names("books?title=eq.x", "ann") == ["x", "x"]


@pytest.mark.parametrize("key", ["", "a b", '"a', 'a"b"', "x" * 256, "é"])
def test_what_is_no_key(library: Library, key: str):
    reply = library.post("shelves", "ann", json=LAKE, headers=[("idempotency-key", key.encode("latin-1"))])
    refused(reply, 400, "PGRST122")
    assert library.names("shelves?title=eq.Lake", "ann") == []


def test_many_at_once_have_one_effect(library: Library):
    """Sixteen send the same request at once, as a proxy does that doubles what it carries."""
    site = asgi(library.backend)

    async def send_all() -> list[httpx.Response]:
        headers = {"authorization": f"Bearer {library.tokens['ann']}", "prefer": SHOWN, **keyed()}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://test", headers=headers) as client:
            return await asyncio.gather(*(client.post(f"{PREFIX}/shelves", json=LAKE) for _ in range(16)))

    replies = library.runner.run(send_all())
    assert {(reply.status_code, reply.content) for reply in replies} == {(201, replies[0].content)}
    assert sum("idempotent-replayed" not in reply.headers for reply in replies) == 1
    assert library.names("shelves?title=eq.Lake", "ann") == ["Lake"]
