"""Numbers that are counted up or down: `{"stock": {"$inc": -1, "$min": 0}}`."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest
from tests.rest.conftest import PREFIX, Library
from tests.rest.test_write import SHOWN, everything, refused

from mainspring.app import asgi

ENGINES = ("sqlite", "postgresql", "mariadb")

MOBY = "books?id=eq.1"  # 635 pages, 12.50, no weight


def count(library: Library, body: Any, path: str = MOBY, who: str = "ann") -> httpx.Response:
    return library.patch(path, who, json=body, prefer=SHOWN)


@pytest.mark.parametrize(
    ("field", "step", "after"),
    [
        ("pages", {"$inc": 1}, 636),
        ("pages", {"$inc": -634}, 1),
        ("pages", {"$inc": 0}, 635),
        ("pages", {"$inc": -5, "$min": 630}, 630),
        ("pages", {"$inc": 5, "$max": 640}, 640),
        ("pages", {"$inc": 99_365}, 100_000),
        ("price", {"$inc": 0.07}, Decimal("12.57")),
        ("price", {"$inc": "-12.50", "$min": "0.00"}, Decimal("0.00")),
        ("price", {"$inc": 99_999_987.49}, Decimal("99999999.99")),
    ],
)
def test_what_it_comes_to(library: Library, field: str, step: Any, after: Any):
    reply = count(library, {field: step, "title": "Whale"})
    assert reply.status_code == 200, reply.text
    (book,) = library.get(f"{MOBY}&numbers=text", "ann").json()
    assert (type(after)(book[field]), book["title"], book["version"]) == (after, "Whale", "2")


@pytest.mark.parametrize(
    ("path", "field", "step"),
    [
        (MOBY, "pages", {"$inc": -5, "$min": 631}),
        (MOBY, "pages", {"$inc": 5, "$max": 639}),
        (MOBY, "pages", {"$inc": -635}),
        (MOBY, "pages", {"$inc": 2**63 - 1}),
        (MOBY, "pages", {"$inc": -(2**63), "$min": -(2**63)}),
        (MOBY, "pages", {"$inc": 1, "$min": 2**63 - 1}),
        (MOBY, "price", {"$inc": "-12.51"}),
        (MOBY, "price", {"$inc": "99999987.50"}),
        (MOBY, "weight", {"$inc": 1}),
        ("books?shelf_id=eq.1", "pages", {"$inc": -1}),
    ],
)
def test_what_would_leave_its_range(library: Library, path: str, field: str, step: Any):
    if field == "price" and step["$inc"].startswith("-"):
        step = step | {"$min": 0}
    before = everything(library)
    refused(count(library, {field: step, "title": "Whale"}, path), 409, "23514", f"/{field}")
    assert everything(library) == before


@pytest.mark.parametrize(
    ("method", "path", "who", "body", "code", "pointer"),
    [
        ("PATCH", MOBY, "ann", {"title": {"$inc": 1}}, "22P02", "/title"),
        ("PATCH", MOBY, "ann", {"shelf": {"$inc": 1}}, "0A000", "/shelf"),
        ("PATCH", MOBY, "ann", {"pages": {"$inc": "many"}}, "22P02", "/pages"),
        ("PATCH", MOBY, "ann", {"pages": {"$inc": None}}, "22P02", "/pages"),
        ("PATCH", MOBY, "ann", {"pages": {"$inc": 1.5}}, "22P02", "/pages"),
        ("PATCH", MOBY, "ann", {"pages": {"$inc": 2**63}}, "22003", "/pages"),
        ("PATCH", MOBY, "ann", {"pages": {"$inc": 1, "$less": 2}}, "22P02", "/pages"),
        ("PATCH", MOBY, "ann", {"pages": {"$min": 1}}, "22P02", "/pages"),
        ("PATCH", MOBY, "ann", {"price": {"$inc": "0.001"}}, "23514", "/price"),
        ("PATCH", MOBY, "ann", {"version": {"$inc": 1}}, "428C9", "/version"),
        ("POST", "books", "ann", {"title": "x", "shelf": 1, "pages": {"$inc": 1}}, "22P02", "/pages"),
    ],
)
def test_what_is_none(library: Library, *, method: str, path: str, who: str, body: Any, code: str, pointer: str):
    before = everything(library)
    reply = library.request(method, path, who, json=body)
    assert (reply.status_code, reply.json()["code"]) == (400, code), reply.text
    assert reply.json()["errors"][0]["pointer"].startswith(pointer)
    assert everything(library) == before


def test_json_may_hold_what_looks_like_one(library: Library):
    assert count(library, {"extra": {"$inc": 1}}).json()[0]["extra"] == {"$inc": 1}


def test_in_xml(library: Library):
    body = "<book><pages><_x0024_inc>-5</_x0024_inc><_x0024_min>0</_x0024_min></pages></book>"
    reply = library.patch(MOBY, "ann", content=body, headers={"content-type": "application/xml"})
    assert (reply.status_code, library.names(MOBY, "ann", "pages")) == (204, [630])


def test_many_at_once_lose_none(library: Library):
    """Forty callers take one each of thirty: thirty get one, ten are told that there is none."""
    library.patch(MOBY, "ann", json={"pages": 31})
    site = asgi(library.backend)

    async def take_all() -> list[int]:
        headers = {"authorization": f"Bearer {library.tokens['ann']}"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://test", headers=headers) as client:
            step = {"pages": {"$inc": -1, "$min": 1}}
            replies = await asyncio.gather(*(client.patch(f"{PREFIX}/{MOBY}", json=step) for _ in range(40)))
            return [reply.status_code for reply in replies]

    statuses = library.runner.run(take_all())
    assert sorted(statuses) == [204] * 30 + [409] * 10
    assert library.names(MOBY, "ann", "pages") == [1]
