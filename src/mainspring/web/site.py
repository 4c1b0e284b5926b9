"""The site: the ASGI application that finds the room of a request, and gives every answer what all answers have."""

import itertools
import secrets
from collections.abc import Callable, Mapping, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from mainspring.errors import BadRequest, RequestError
from mainspring.observe import Failed, Observer
from mainspring.settings import Settings
from mainspring.web.cors import allow_origins
from mainspring.web.exchange import EXCHANGE, Exchange
from mainspring.web.problem import no_such_address, send_refusal, translate, unexpected


class Site:
    """The ASGI application of a back end.

    Args:
        settings: The settings; `dev`, `log`, `origins` and `query_bytes` are looked at.
        rooms: ASGI applications by the prefix of their paths, asked before any route is looked at: the quick way for records.
        routes: All other addresses.
        observe: Who is told of each request, where `settings.log` is on, and of each defect always.
        close: Called when the server stops, after the last answer.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        rooms: Mapping[str, ASGIApp],
        routes: Sequence[BaseRoute],
        observe: Observer,
        close: Callable[[], None],
    ) -> None:
        self._rooms = tuple((prefix, f"{prefix}/", room) for prefix, room in rooms.items())
        self._router = Router(routes, redirect_slashes=False, default=_refuse_address)
        self._crossing = allow_origins(self._answer, settings)
        self._query_bytes = settings.query_bytes
        self._log = settings.log
        self._observe = observe
        self._close = close
        # A process's own word and a count: as good as a random id, and quicker.
        self._word = secrets.token_hex(4)
        self._count = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's own messages."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        exchange = Exchange(f"{self._word}-{next(self._count):x}", scope, send)
        scope[EXCHANGE] = exchange
        answer = self._crossing if b"origin" in dict(scope["headers"]) else self._answer
        await answer(scope, receive, exchange.send)
        if self._log and exchange.status:
            self._observe(exchange.event())

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request's room answer; what it refuses becomes its answer."""
        exchange: Exchange = scope[EXCHANGE]
        refusal: RequestError | None = None
        try:
            await self._find(scope)(scope, receive, send)
        except ClientDisconnect:  # or it sent a chunk that is none: the server cannot tell these apart
            refusal = BadRequest("the body ended before it was whole", code="PGRST102")
        except RequestError as error:
            refusal = error
        except HTTPException as error:
            refusal = translate(error, scope["path"])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered without its insides, and logged with them
            self._observe(Failed(exchange.id, error))
            refusal = unexpected(exchange.id)
        if refusal is not None and not exchange.status:  # an answer that has begun can only be cut off, which the server does
            await send_refusal(refusal, scope, send)

    def _find(self, scope: Scope) -> ASGIApp:
        if len(scope["query_string"]) > self._query_bytes:
            raise BadRequest(f"the query string is longer than {self._query_bytes} bytes", code="54000")
        path = scope["path"]
        for exact, below, room in self._rooms:
            if path.startswith(below) or path == exact:
                return room
        scope["app"] = self  # with it, Starlette raises what it refuses instead of answering in its own way
        return self._router

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._close()
        await send({"type": "lifespan.shutdown.complete"})


async def _refuse_address(scope: Scope, _receive: Receive, _send: Send) -> None:
    raise no_such_address(scope["path"])
