"""Pages of other origins: exactly the listed ones, and in dev those of the same machine."""

import pytest
from starlette.responses import PlainTextResponse

from mainspring.errors import DeclarationError, NotFound

LISTED = "https://photos.example.org"
HOSTILE = [
    "null",
    "*",
    "",
    "http://photos.example.org",
    "https://photos.example.org:8443",
    "https://photos.example.org.evil.example",
    "https://evil.example?https://photos.example.org",
    "https://xphotos.example.org",
    "https://photos.example.orgx",
    "HTTPS://PHOTOS.EXAMPLE.ORG",
    "https://photos.example.org/",
    "file://",
    "http://localhost:3000",
    "http://127.0.0.1",
]
OWN_MACHINE = ["http://localhost", "http://localhost:3000", "https://localhost:1", "http://127.0.0.1:5173", "http://[::1]:80"]
NOT_OWN_MACHINE = ["http://localhost.evil.example", "http://evil.example:80", "http://localhost:x", "http://127.0.0.10", "null"]


async def room(scope, receive, send):
    if scope["path"].endswith("/missing"):
        raise NotFound("there is none")
    if scope["path"].endswith("/broken"):
        raise ZeroDivisionError
    await PlainTextResponse("hello")(scope, receive, send)


@pytest.fixture
def client(ask):
    return ask(rooms={"/r": room}, origins=(LISTED,))


@pytest.mark.parametrize("path", ["/r", "/r/missing", "/r/broken", "/nowhere"])
def test_a_listed_page_reads_answers_and_refusals(client, path: str):
    answer = client.get(path, headers={"Origin": LISTED})
    assert answer.headers["access-control-allow-origin"] == LISTED
    assert answer.headers["vary"] == "Origin"
    assert {"Content-Range", "ETag", "Location", "Retry-After"} <= set(
        answer.headers["access-control-expose-headers"].split(", ")
    )
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", HOSTILE)
def test_no_other_page_does(client, origin: str):
    assert "access-control-allow-origin" not in client.get("/r", headers={"Origin": origin}).headers
    preflight = client.options("/r", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    assert "access-control-allow-origin" not in preflight.headers


def test_no_page_does_where_none_is_listed(ask):
    assert "access-control-allow-origin" not in ask(rooms={"/r": room}).get("/r", headers={"Origin": LISTED}).headers


def test_a_preflight_is_answered_for_the_client_s_headers_and_kept_for_a_day(client):
    wanted = "apikey,authorization,content-type,prefer,range,x-client-info,x-supabase-api-version"
    answer = client.options(
        "/r", headers={"Origin": LISTED, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": wanted}
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-headers"] == wanted
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-max-age"] == "86400"


@pytest.mark.parametrize("origin", OWN_MACHINE)
def test_in_dev_every_page_of_the_own_machine_does(ask, origin: str):
    assert (
        ask(rooms={"/r": room}, dev=True).get("/r", headers={"Origin": origin}).headers["access-control-allow-origin"] == origin
    )


@pytest.mark.parametrize("origin", NOT_OWN_MACHINE)
def test_in_dev_pages_that_only_look_like_it_do_not(ask, origin: str):
    assert "access-control-allow-origin" not in ask(rooms={"/r": room}, dev=True).get("/r", headers={"Origin": origin}).headers


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example.org", "photos.example.org", "https://photos.example.org/", "https://"]
)
def test_an_origin_that_is_none_stops_the_start(ask, origin: str):
    with pytest.raises(DeclarationError, match="MAINSPRING_ORIGINS"):
        ask(origins=(origin,))
