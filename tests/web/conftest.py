"""A site with rooms of the tests' own, asked by a real ASGI client."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partialmethod
from typing import Any

import httpx
import pytest
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from mainspring.observe import Event
from mainspring.settings import Settings
from mainspring.web.site import Site


@dataclass
class Heard:
    """What an observer was told."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture
def heard() -> Heard:
    return Heard()


class Client:
    """Asks a site without a server between."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._site, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.request(method, f"http://test{path}", **options)

        return asyncio.run(send())

    get = partialmethod(request, "GET")
    head = partialmethod(request, "HEAD")
    post = partialmethod(request, "POST")
    delete = partialmethod(request, "DELETE")
    options = partialmethod(request, "OPTIONS")


Ask = Callable[..., Client]


@pytest.fixture
def ask(heard: Heard) -> Ask:
    """Makes a client of a site: `ask(rooms={"/room": application}, routes=[...], origins=(...))`."""

    def make(*, rooms: Mapping[str, ASGIApp] | None = None, routes: Sequence[BaseRoute] = (), **settings: Any) -> Client:
        return Client(Site(Settings(**settings), rooms=rooms or {}, routes=routes, observe=heard, close=lambda: None))

    return make
