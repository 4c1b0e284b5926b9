"""The site finds the room of a request, and gives every answer what all answers have."""

import asyncio
import json
import re
from uuid import UUID

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from mainspring.context import Who
from mainspring.errors import BadRequest, Fault, Unauthenticated
from mainspring.observe import Answered, Failed
from mainspring.settings import Settings
from mainspring.web.exchange import WHO
from mainspring.web.site import Site

ANN = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


async def room(scope, receive, send):
    """Answers with the path; refuses, breaks or goes away where the path says so."""
    path = scope["path"]
    if path.endswith("/refused"):
        raise BadRequest("two things are wrong", hint="mend them", faults=[Fault("/a", "22P02", "no number")])
    if path.endswith("/broken"):
        raise ZeroDivisionError("SELECT secret FROM vault")
    if path.endswith("/gone"):
        raise ClientDisconnect
    if path.endswith("/stranger"):
        raise Unauthenticated("who are you?")
    if path.endswith("/begun"):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError("too late")
    scope[WHO] = Who.user(ANN)
    await PlainTextResponse(path, headers={"cache-control": "max-age=5"} if path.endswith("/kept") else {})(scope, receive, send)


@pytest.fixture
def client(ask):
    async def hello(_: Request):
        return PlainTextResponse("hello")

    return ask(rooms={"/rest/v1": room}, routes=[Route("/hello", hello), Route("/hello/{name}", hello)])


@pytest.mark.parametrize("path", ["/rest/v1", "/rest/v1/", "/rest/v1/albums", "/rest/v1/a/b"])
def test_a_room_has_all_below_its_prefix(client, path: str):
    assert client.get(path).text == path


@pytest.mark.parametrize("path", ["/rest/v10", "/rest", "/", "/hello/", "/HELLO", "/hello/a/b", "//hello"])
def test_what_is_nowhere_is_404_in_the_one_shape(client, path: str):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"code": "PGRST125", "message": f"there is nothing at {path}", "details": None, "hint": None}


def test_a_wrong_method_is_405_and_names_the_right_ones(client):
    answer = client.delete("/hello")
    assert (answer.status_code, answer.json()["code"]) == (405, "PGRST117")
    assert {"GET", "HEAD"} == set(answer.headers["allow"].split(", "))


def test_a_refusal_has_its_status_and_all_its_faults(client):
    answer = client.get("/rest/v1/refused")
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST100",
        "message": "two things are wrong",
        "details": None,
        "hint": "mend them",
        "errors": [{"pointer": "/a", "code": "22P02", "message": "no number"}],
    }


def test_a_401_says_how_to_sign_in(client):
    assert client.get("/rest/v1/stranger").headers["www-authenticate"] == "Bearer"


def test_head_gets_the_head_of_a_refusal_alone(client):
    answer = client.head("/rest/v1/refused")
    assert (answer.status_code, answer.content) == (400, b"")
    assert int(answer.headers["content-length"]) > 50


def test_a_defect_shows_nothing_but_the_id_under_which_the_log_tells_it(client, heard):
    answer = client.get("/rest/v1/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "XX000")
    assert answer.headers["x-request-id"] in answer.json()["details"]
    assert "SELECT" not in answer.text
    failed, answered = heard.events
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ZeroDivisionError)
    assert failed.request == answered.request == answer.headers["x-request-id"]


def test_an_answer_that_has_begun_is_not_begun_again(heard):
    sent = run("/rest/v1/begun", heard)
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert isinstance(heard.events[0], Failed)


def test_a_body_that_ends_early_is_no_defect(client, heard):
    answer = client.post("/rest/v1/gone")
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST102")
    assert [type(event) for event in heard.events] == [Answered]


def test_a_query_string_over_the_limit_is_refused(ask):
    client = ask(rooms={"/rest/v1": room}, query_bytes=20)
    assert client.get("/rest/v1/a?select=abcdefghijklm").status_code == 200
    answer = client.get("/rest/v1/a?select=abcdefghijklmn")
    assert (answer.status_code, answer.json()["code"]) == (400, "54000")


@pytest.mark.parametrize("path", ["/hello", "/rest/v1/albums", "/rest/v1/refused", "/rest/v1/broken", "/nowhere"])
def test_every_answer_has_what_all_answers_have(client, path: str):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "private, no-store"
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]+", headers["x-request-id"])


def test_a_room_decides_how_long_its_answer_may_be_kept(client):
    assert client.get("/rest/v1/kept").headers["cache-control"] == "max-age=5"


def test_no_two_requests_have_one_id(client):
    assert len({client.get("/hello").headers["x-request-id"] for _ in range(10)}) == 10


def test_an_observer_hears_of_each_request_without_its_query(client, heard):
    client.post("/rest/v1/albums?apikey=secret")
    (event,) = heard.events
    assert isinstance(event, Answered)
    assert (event.method, event.path, event.status, event.size, event.user) == ("POST", "/rest/v1/albums", 200, 15, ANN)
    assert event.milliseconds > 0


def test_without_the_log_only_defects_are_told(ask, heard):
    client = ask(rooms={"/rest/v1": room}, log=False)
    client.get("/rest/v1/albums")
    assert heard.events == []
    client.get("/rest/v1/broken")
    assert [type(event) for event in heard.events] == [Failed]


def test_bytes_of_a_stream_are_counted(ask, heard):
    async def stream(scope, receive, send):
        await StreamingResponse(iter([b"abc", b"defg"]))(scope, receive, send)

    assert ask(rooms={"/s": stream}).get("/s").content == b"abcdefg"
    assert heard.events[0].size == 7


def test_the_end_of_the_server_closes_the_back_end():
    happened = []
    site = Site(Settings(), rooms={}, routes=[], observe=lambda _: None, close=lambda: happened.append("closed"))
    messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive():
        return {"type": next(messages)}

    async def send(message):
        happened.append(message["type"])

    asyncio.run(site({"type": "lifespan"}, receive, send))
    assert happened == ["lifespan.startup.complete", "closed", "lifespan.shutdown.complete"]


def run(path: str, heard) -> list[dict]:
    """What is sent in answer to a bare request."""
    sent = []
    site = Site(Settings(), rooms={"/rest/v1": room}, routes=[], observe=heard, close=lambda: None)
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(site(scope, receive, send))
    return json.loads(json.dumps(sent, default=str))
