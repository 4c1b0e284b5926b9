"""The room's addresses: which table, which method, and what the answer's head says."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from typing import TypeVar
from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from mainspring.access.conditions import Conditions
from mainspring.change.changer import Answer, Changer, Written
from mainspring.change.parse import Body
from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.errors import BadRequest, NotAllowed, NotFound, UnsupportedMedia
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity
from mainspring.model.rules import Action
from mainspring.query.cursor import Cursors
from mainspring.query.parse import parse
from mainspring.query.reader import Reader
from mainspring.rest.http.call import Call, prefer_header, send_answer
from mainspring.rest.http.conditional import read_precondition
from mainspring.rest.http.download import Downloads
from mainspring.rest.http.explaining import read_explaining
from mainspring.rest.http.formats import check_charset, choose_decoder, choose_format, media_type
from mainspring.rest.http.once import Repeats
from mainspring.rest.http.operations import Operations
from mainspring.rest.http.preferences import read_preferences
from mainspring.rest.http.profile import naming, read_profile
from mainspring.rest.http.reading import Reading, applied
from mainspring.rest.http.upload import Uploads
from mainspring.rest.http.writing import Wish, Writing
from mainspring.rest.media import JSON, MULTIPART, OPENAPI, XML
from mainspring.settings import Settings
from mainspring.web.body import read_body
from mainspring.web.exchange import WHO

PREFIX = "/rest/v1"
Identify = Callable[[bytes | None, bytes | None], Awaitable[Who]]
"""Who asks, from the values of `Authorization` and `apikey`."""

T = TypeVar("T")

AT_ONCE = 16_384
"""Bytes of the largest body that is read and checked on the event loop; with SQLite some milliseconds of work."""

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_ACTIONS: Mapping[str, tuple[Action, ...]] = {
    "GET": ("read",),
    "HEAD": ("read",),
    "POST": ("create",),
    "PUT": ("create", "read", "update"),
    "PATCH": ("read", "update"),
    "DELETE": ("read", "delete"),
}
"""What a caller must be able to do for a method to be any use to them."""


class Rest:
    """The ASGI application of this room.

    Args:
        catalog: The models.
        conditions: The rules, which decide which tables there are for whom.
        reader: The road of questions.
        changer: The road of changes.
        database: The database.
        cursors: Tell where a page ended.
        uploads: Reads multipart bodies.
        downloads: Answers with files.
        describe: Answers with the description of the API.
        describe_xml: Answers with the XML Schema.
        repeats: Tells requests that are sent again.
        identify: Tells who asks.
        settings: The limits.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        conditions: Conditions,
        reader: Reader,
        changer: Changer,
        database: Database,
        cursors: Cursors,
        uploads: Uploads,
        downloads: Downloads,
        describe: Callable[[Who], bytes],
        describe_xml: Callable[[Who], bytes],
        repeats: Repeats,
        identify: Identify,
        settings: Settings,
    ) -> None:
        self._tables = {entity.name: entity for entity in catalog.entities.values() if entity.addressable}
        self._catalog = catalog
        self._conditions = conditions
        self._changer = changer
        self._database = database
        self._writing = Writing(changer, settings)
        self._operations = Operations(
            prefix=PREFIX,
            catalog=catalog,
            table=self._table,
            writing=self._writing,
            changer=changer,
            values=reader.values,
            settings=settings,
        )
        self._reading = Reading(reader, database, cursors, settings)
        self._uploads = uploads
        self._downloads = downloads
        self._describe = describe
        self._describe_xml = describe_xml
        self._repeats = repeats
        self._identify = identify
        self._settings = settings
        self._methods: dict[str, Callable[[Call], Awaitable[None]]] = {
            "GET": self._reading.answer,
            "HEAD": self._reading.answer,
            "POST": self._write,
            "PUT": self._write,
            "PATCH": self._write,
            "DELETE": self._write,
            "OPTIONS": self._options,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request below `/rest/v1`; what is refused is raised."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        who = scope[WHO] = await self._identify(headers.get(b"authorization"), headers.get(b"apikey"))
        schema = read_profile(scope["method"], headers)
        if schema is not None:
            send = naming(schema, send)
        path: str = scope["path"][len(PREFIX) :].strip("/")
        if path.startswith("files/"):
            raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
            await self._downloads.answer(raw.decode("latin-1").partition("/files/")[2], who, scope, receive, send)
        elif not path and scope["method"] == "POST":
            await self._perform_several(who, headers, scope, receive, send)
        elif not path:
            await self._answer_description(self._describe(who), OPENAPI, scope, send, "GET, HEAD, POST")
        elif path == "schema.xsd":
            await self._answer_description(self._describe_xml(who), f"{XML}; charset=utf-8", scope, send)
        elif path.startswith("rpc/"):
            raise NotFound(f"there is no function '{path[4:104]}'", code="PGRST202")
        else:
            handle = self._methods.get(scope["method"])
            if handle is None:
                raise NotAllowed(f"a table does not take {scope['method'][:20]}", headers=[("Allow", _METHODS)])
            query = scope["query_string"].decode("latin-1")
            await handle(Call(self._table(path, who), who, query, headers, scope, receive, send))

    def _table(self, name: str, who: Who) -> Entity:
        entity = self._tables.get(name)
        if entity is not None and self._conditions.addressable(entity, who):
            return entity
        known = [each.name for each in self._tables.values() if self._conditions.addressable(each, who)]
        near = get_close_matches(name, known, 1)
        raise NotFound(f"there is no table '{name[:100]}'", hint=f"did you mean '{near[0]}'?" if near else None)

    @staticmethod
    async def _answer_description(body: bytes, media: str, scope: Scope, send: Send, methods: str = "GET, HEAD") -> None:
        if scope["method"] not in {"GET", "HEAD"}:
            raise NotAllowed("the description of the API is read only", headers=[("Allow", methods)])
        head = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _options(self, call: Call) -> None:
        entity, who = call.entity, call.who
        able = (
            method
            for method, actions in _ACTIONS.items()
            if all(self._conditions.possible(entity, action, who) for action in actions)
        )
        await call.answer(200, b"", ("Allow", ", ".join((*able, "OPTIONS"))))

    # -- writing -----------------------------------------------------------------------------------------------------------------

    async def _write(self, call: Call) -> None:
        explaining = read_explaining(call.header(b"accept"), call.who)
        format = explaining.format if explaining else choose_format(call.header(b"accept"))
        method = call.scope["method"]
        self._writing.admit(method, call.entity, call.who)
        preferences, precondition = read_preferences(call.prefer, method), read_precondition(call.headers)
        wish = Wish(method, PREFIX, call.entity, call.who, parse(call.query), preferences, format, precondition)
        self._writing.check(wish)
        changing = method != "PATCH" or self._conditions.verdict(call.entity, "update", call.who) is not False
        body, text = (None, b"") if method == "DELETE" else await self._body(call, files=changing)
        incoming = body.incoming if body else ()
        try:
            once = self._repeats.once(call.who, call.headers, call.scope, text)
            work = await self._at_leisure(len(text), lambda: self._writing.work(wish, body))
        except BaseException:
            for each in incoming:
                each.release()
            raise
        if explaining:
            statements = await self._changer.explain(work, incoming, analyze=explaining.analyze)
            await call.answer(200, explaining.encode(statements), explaining.header, *applied(preferences))
            return

        def answer(written: Written) -> Answer:
            return self._writing.answer(wish, body, written)

        written = await self._changer.perform(once(work, answer), incoming, undone=preferences.undone)
        await send_answer(written.answer or answer(written), call.scope, call.send)

    async def _perform_several(self, who: Who, headers: dict[bytes, bytes], scope: Scope, receive: Receive, send: Send) -> None:
        for name in (b"if-match", b"if-none-match"):
            if name in headers:  # passed over, it would write what the caller meant to prevent
                hint = "write it into the operation that it is meant for, as 'if_match'"
                raise BadRequest(f"'{name.decode()}' cannot be heeded here", code="PGRST122", hint=hint)
        media, charset = media_type(headers.get(b"content-type", b"").decode("latin-1"))
        if media not in {"", JSON}:
            raise UnsupportedMedia("a list of operations is JSON", hint=f"send {JSON}")
        check_charset(charset)
        preferences = read_preferences(prefer_header(scope), "POST")
        body = await read_body(scope, receive, self._settings.body_bytes)
        operations = await self._at_leisure(len(body), lambda: self._operations.read(body, who))
        answer = await self._operations.perform(operations, preferences, self._repeats.once(who, headers, scope, body))
        await send_answer(answer, scope, send)

    async def _at_leisure(self, size: int, work: Callable[[], T]) -> T:
        """What `work` gives, which takes as long as a body is large: of a large one from a thread, so that nobody is held up."""
        if size <= AT_ONCE:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._database.pool, work)

    async def _body(self, call: Call, *, files: bool = True) -> tuple[Body, bytes]:
        """The body of a change, and its text; of a form, a text that says as much.

        With `files` off, nothing of a form: who can change nothing has no picture decoded.
        """
        content_type = call.header(b"content-type")
        if media_type(content_type)[0] != MULTIPART:
            decode = choose_decoder(content_type)
            text = await read_body(call.scope, call.receive, self._settings.body_bytes)
            return await self._at_leisure(len(text), lambda: decode(text, call.entity, self._catalog)), text
        if not files:
            return Body([{}], single=True), b""
        body = await self._uploads.read(call.entity, call.who, call.scope, call.receive)
        return body, repr(body.rows).encode()
