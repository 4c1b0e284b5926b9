"""Multipart bodies: one record, one part a field, its files as file parts."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from mainspring.change.check import Checker
from mainspring.change.parse import MALFORMED, Body
from mainspring.change.receive import receive
from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.errors import BadRequest, Fault
from mainspring.files.inbox import Incoming
from mainspring.files.store import Store
from mainspring.files.stored import FileRefused
from mainspring.model.entity import Entity
from mainspring.model.kinds import FileKind
from mainspring.settings import Settings
from mainspring.web.body import refuse_rest


class Uploads:
    """Reads multipart bodies.

    Args:
        store: Whose inbox takes the files.
        checker: Tells which fields the caller may write, so that no file is taken for another.
        database: Whose pool does the work that would block.
        settings: The limits.
    """

    def __init__(self, store: Store, checker: Checker, database: Database, settings: Settings) -> None:
        self._store = store
        self._checker = checker
        self._database = database
        self._settings = settings

    async def read(self, entity: Entity, who: Who, scope: Scope, receive: Receive) -> Body:
        """The record that a multipart body holds, its files received and checked.

        Raises:
            BadRequest: It cannot be read, or a file is not what its field takes.
            TooLarge: It, or a file, is over its limit.
        """
        form = await self._form(scope, receive)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._database.pool, self._take, entity, who, form)
        finally:
            await form.close()

    async def _form(self, scope: Scope, receive: Receive) -> FormData:
        limit, parts = self._settings.upload_bytes, self._settings.upload_parts
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                await refuse_rest(receive, limit, more=message.get("more_body", False))
            return message

        request = Request(scope, counted)
        _check_charset(request.headers["content-type"])
        parser = _Parser(
            request.headers, request.stream(), max_files=parts, max_fields=parts, max_part_size=self._settings.body_bytes
        )
        try:
            return await parser.parse()
        except (MultiPartException, MultipartParseError, UnicodeDecodeError, KeyError) as error:
            raise _unreadable(error.message if isinstance(error, MultiPartException) else type(error).__name__) from None

    def _take(self, entity: Entity, who: Who, form: FormData) -> Body:
        row: dict[str, Any] = {}
        incoming: list[Incoming] = []
        faults: list[Fault] = []
        try:
            for name, value in form.multi_items():
                if name in row:
                    faults.append(Fault(f"/{name}", "42701", f"'{name}' is written twice"))
                elif isinstance(value, str):
                    row[name] = value
                else:
                    received = self._receive(entity, who, name, value, faults)
                    row[name] = received.file if received else None
                    incoming += [received] if received else []
            if faults:
                raise BadRequest(f"{faults[0].pointer}: {faults[0].message}", code=faults[0].code, faults=faults)
        except BaseException:
            for each in incoming:
                each.release()
            raise
        return Body([row], single=True, text=True, blank_is_null=True, incoming=tuple(incoming))

    def _receive(self, entity: Entity, who: Who, name: str, part: UploadFile, faults: list[Fault]) -> Incoming | None:
        field = entity.fields.get(name)
        if field is None or not isinstance(field.kind, FileKind) or not self._checker.writable(entity, field, who):
            faults.append(Fault(f"/{name}", "PGRST204", f"'{name}' is no field of {entity.name} that takes a file from you"))
            return None
        try:
            return receive(self._store, field.kind, part.filename or "file", part.file)
        except FileRefused as refused:
            faults.append(Fault(f"/{name}", refused.code, refused.message))
            return None


class _Parser(MultiPartParser):
    """Starlette's parser, but for what it would mend.

    Of a form that was cut off it would give the parts that had arrived, and text that is no UTF-8 it would take for Latin-1.
    """

    _ended = False

    def on_end(self) -> None:
        self._ended = True

    def on_headers_finished(self) -> None:
        _check_utf8(self._current_part.content_disposition or b"")
        super().on_headers_finished()

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            _check_utf8(self._current_part.data)
        super().on_part_end()

    async def parse(self) -> FormData:
        self.stream = self._until_end(self.stream)
        return await super().parse()

    async def _until_end(self, stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        async for chunk in stream:
            yield chunk
        if not self._ended:
            raise MultiPartException("It ends before its last boundary.")


def _check_charset(content_type: str) -> None:
    """Refuse another charset than UTF-8 (RFC 7578, 5.1.2). Python knows some whose decoding takes the square of the length."""
    _, options = parse_options_header(content_type)
    charset = options.get(b"charset", b"utf-8")
    if charset.lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
        raise _unreadable("Its charset is not UTF-8.")


def _check_utf8(text: bytes | bytearray) -> None:
    try:
        text.decode()
    except UnicodeDecodeError:
        raise MultiPartException("Its text is not UTF-8.") from None


def _unreadable(details: str) -> BadRequest:
    return BadRequest("the body is no multipart form that can be read", code=MALFORMED, details=details)
