"""A record's file, for whoever may see the record and the field: `/rest/v1/files/<table>/<key>/<field>/<hash>/<name>`."""

import asyncio
import re
from urllib.parse import unquote

from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from mainspring.access.conditions import Conditions
from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.errors import BadRequest, NotAllowed, NotFound, RangeUnsatisfiable
from mainspring.files.stored import PICTURE_TYPES, StoredFile
from mainspring.files.stores.disk import DiskStore
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity
from mainspring.model.kinds import FileKind, Refused
from mainspring.query.ask import Ask, Column, Condition
from mainspring.query.reader import Reader

_PART = re.compile(rb"(?=.{2,})([0-9]{0,18})-([0-9]{0,18})")
RANGES = 10
"""Most parts of a `Range` that is heeded."""

# What somebody uploaded is shown from our own origin: no browser may take it for a page of ours.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


class Downloads:
    """Answers with files.

    Args:
        catalog: The models.
        conditions: The rules, which decide which tables there are for whom.
        reader: Finds the record, under the rules.
        database: Where it stands.
        store: Where the content lies.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, reader: Reader, database: Database, store: DiskStore) -> None:
        self._catalog = catalog
        self._conditions = conditions
        self._reader = reader
        self._database = database
        self._store = store

    async def answer(self, path: str, who: Who, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for the file at `path`, with ranges (RFC 9110, 14) and conditions on its ETag.

        Raises:
            NotFound: There is none that the caller may see.
        """
        if scope["method"] not in {"GET", "HEAD"}:
            raise NotAllowed("a file is read only", headers=[("Allow", "GET, HEAD")])
        file = await self._find(path, who)
        headers = {
            "etag": f'"{file.hash}"',
            "cache-control": "private, no-cache",  # to be kept, but asked for each time: the rule may have changed
            "content-security-policy": _POLICY,
            "cross-origin-resource-policy": "cross-origin",
        }
        asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"").decode("latin-1")
        if headers["etag"] in {part.strip().removeprefix("W/") for part in asked.split(",")}:
            await Response(status_code=304, headers=headers)(scope, receive, send)
            return
        content = self._store.path(file.hash)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._database.pool, content.stat)
        except FileNotFoundError:
            await self._find(path, who)  # refuses, where the record was changed since it was looked up
            raise
        shown = "inline" if file.type in PICTURE_TYPES and file.width is not None else "attachment"
        answer = FileResponse(
            content,
            headers=headers,
            media_type=file.type,
            filename=file.name,
            stat_result=found,
            content_disposition_type=shown,
        )
        await answer({**scope, "headers": _with_sound_range(scope["headers"], file.size)}, receive, send)

    async def _find(self, path: str, who: Who) -> StoredFile:
        nothing = NotFound("there is no such file", code="PGRST125")
        parts = path.split("/")
        if len(parts) != 5:
            raise nothing
        table, key, name, hash, _ = parts
        entity = self._catalog.entities.get(table)
        field = entity.fields.get(name) if entity else None
        if (
            entity is None
            or field is None
            or not isinstance(field.kind, FileKind)
            or not self._conditions.addressable(entity, who)
        ):
            raise nothing
        where = _key_conditions(entity, key)
        if where is None:
            raise nothing
        try:
            statement, values = self._reader.typed(entity, Ask((Column(name),), where), who)
        except BadRequest:  # the field is hidden from this caller
            raise nothing from None
        shape = statement.shape
        assert shape is not None, "a statement that finds records has a shape"
        rows = await self._database.answer(
            lambda connection: connection.execute(statement.sql, statement.bind(values, who)).fetchall()
        )
        file: StoredFile | None = self._reader.values.load_rows(shape, rows)[0][name] if rows else None
        if file is None or file.hash != hash:
            raise nothing
        return file


def _with_sound_range(headers: list[tuple[bytes, bytes]], size: int) -> list[tuple[bytes, bytes]]:
    """The headers without a `Range` that is to be ignored: of another unit, malformed, or in too many parts (RFC 9110, 14.2).

    Raises:
        RangeUnsatisfiable: Every part begins after the end.
    """
    asked = next((value for name, value in headers if name == b"range"), None)
    if asked is None:
        return headers
    parts = [_PART.fullmatch(part.strip()) for part in asked.lower().removeprefix(b"bytes=").split(b",")]
    bounds = [(part[1], part[2]) for part in parts if part]
    sound = all(not first or not last or int(first) <= int(last) for first, last in bounds)
    if not asked.lower().startswith(b"bytes=") or len(bounds) != len(parts) or not sound or len(parts) > RANGES:
        return [(name, value) for name, value in headers if name != b"range"]
    if all(int(first) >= size if first else int(last) == 0 for first, last in bounds):
        raise RangeUnsatisfiable("the range begins after the end of the file", headers=[("Content-Range", f"bytes */{size}")])
    return headers


def _key_conditions(entity: Entity, text: str) -> tuple[Condition, ...] | None:
    """The conditions that find the record with the key in an address, or None where it is no key."""
    parts = text.split(",")
    if len(parts) != len(entity.key):
        return None
    try:
        values = [entity.fields[name].kind.parse(unquote(part)) for name, part in zip(entity.key, parts, strict=True)]
    except Refused:
        return None
    return tuple(Condition(name, "eq", value) for name, value in zip(entity.key, values, strict=True))
