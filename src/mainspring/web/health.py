"""For the operator: `/healthz` (the process turns) and `/readyz` (it can answer requests)."""

import math
import time
from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from mainspring.errors import RequestError, Unavailable

CHECK_SECONDS = 1.0
"""How long a finding holds: probes cost at most one look at the database in this time, however many there are."""


class Readiness:
    """Whether the back end can answer requests.

    Args:
        check: What is wrong, in a few words without internals, or None. It may take its time, and may raise RequestError.
    """

    def __init__(self, check: Callable[[], str | None]) -> None:
        self._check = check
        self._checked = -math.inf
        self._fault: str | None = None

    def routes(self) -> Sequence[BaseRoute]:
        """`/healthz` and `/readyz`."""
        return (Route("/healthz", _answer_health), Route("/readyz", self._answer_readiness))

    async def _answer_readiness(self, _: Request) -> Response:
        now = time.monotonic()
        if now - self._checked >= CHECK_SECONDS:
            self._checked = now  # before the look, so that probes which come meanwhile do not look as well
            self._fault = await run_in_threadpool(self._look)
        if self._fault is not None:
            raise Unavailable(self._fault, headers=[("Retry-After", "1")])
        return JSONResponse({"status": "ready"})

    def _look(self) -> str | None:
        try:
            return self._check()
        except RequestError as error:
            return error.message


async def _answer_health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
