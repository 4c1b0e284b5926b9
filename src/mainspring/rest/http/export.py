"""Answers of more than a page, in formats that can be written piece by piece."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from starlette.types import Receive, Scope, Send

from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.database.export import Export
from mainspring.errors import BadRequest, Unavailable
from mainspring.query.encode.encoder import StreamEncoder
from mainspring.query.reader import Question, Reader
from mainspring.query.statement import Record
from mainspring.settings import Settings

T = TypeVar("T")

RawHeaders = list[tuple[bytes, bytes]]
Head = Callable[[int | None], tuple[int, RawHeaders]]
"""The status and headers of an answer, from the number of all records, where it was asked for."""


class Exports:
    """Sends large answers.

    Args:
        reader: The road of questions.
        database: The database.
        settings: The limits.
    """

    def __init__(self, reader: Reader, database: Database, settings: Settings) -> None:
        self._reader = reader
        self._database = database
        self._settings = settings
        self._running = 0

    async def answer(
        self,
        question: Question,
        who: Who,
        encoder: StreamEncoder,
        head: Head,
        *,
        count: bool,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Send the records of a question as they stand at one moment. A client that goes away stops the statement.

        Raises:
            Unavailable: Too many others are being sent.
            BadRequest: It takes too long; the answer is cut off.
        """
        if self._running >= self._settings.exports:
            raise Unavailable("too many large answers are being sent now", headers=[("Retry-After", "10")])
        self._running += 1
        export = self._database.export()
        gone = asyncio.ensure_future(wait_until_gone(receive))
        try:
            async with asyncio.timeout(self._settings.export_seconds):
                total = await _step(export, gone, lambda each: self._reader.count(each, question, who)) if count else None
                status, headers = head(total)
                pieces = await _step(export, gone, lambda each: self._reader.pieces(each, question, who))
                await send({"type": "http.response.start", "status": status, "headers": headers})
                if scope["method"] != "HEAD":
                    await _send_pieces(export, pieces, encoder, gone, send)
                await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            raise BadRequest("the answer took longer than it may", code="57014", hint="ask for fewer records at once") from None
        finally:
            gone.cancel()
            self._running -= 1
            await export.close()


async def _send_pieces(
    export: Export, pieces: Iterator[list[Record]], encoder: StreamEncoder, gone: asyncio.Future[None], send: Send
) -> None:
    def take(_: Connection) -> bytes | None:
        records = next(pieces, None)
        return None if records is None else encoder.rows(records)

    piece: bytes | None = encoder.begin()
    while piece is not None and not gone.done():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        piece = await _step(export, gone, take)


async def _step(export: Export, gone: asyncio.Future[None], work: Callable[[Connection], T]) -> T:
    """A step of an export; where the client goes away meanwhile it is stopped, and fails."""
    step = asyncio.ensure_future(export.step(work))
    either: set[asyncio.Future[Any]] = {step, gone}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not step.done():
        await export.stop()
    return await step


async def wait_until_gone(receive: Receive) -> None:
    """Wait until the client goes away; what else it sends is passed over."""
    while (await receive())["type"] != "http.disconnect":
        pass
