"""Several changes in one request, all or nothing: `POST /rest/v1/` with a list of them.

Each is what it would be as a request of its own: it passes the same checks, rules and limits. All are in one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import msgspec

from mainspring.change.changer import Changer, Written
from mainspring.change.decode.json import decode_value
from mainspring.change.parse import MALFORMED, Body
from mainspring.context import Who
from mainspring.database.engine import Connection
from mainspring.errors import BadRequest, Fault, RequestError
from mainspring.model.entity import Entity
from mainspring.model.kinds import Json, is_list
from mainspring.query.encode.json import encode_json
from mainspring.query.parse import parse
from mainspring.query.record import key_parts
from mainspring.query.values import Values
from mainspring.rest.http.formats import choose_format
from mainspring.rest.http.preferences import Preferences, read_preferences
from mainspring.rest.http.writing import Wish, Writing
from mainspring.settings import Settings

REFERENCE = "$ref"
_MEMBERS = frozenset({"method", "path", "body", "prefer"})
_METHODS = ("POST", "PUT", "PATCH", "DELETE")

Done = list[tuple[Wish, Written, Body | None]]
"""What the operations so far did."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One of several changes.

    Attributes:
        wish: What is to be changed.
        body: The rows as they were written, references in them; None for a deletion.
    """

    wish: Wish
    body: Body | None


class Operations:
    """Makes several changes in one transaction.

    Args:
        prefix: The address of the room.
        table: Gives the table of a name for a caller.
        writing: Makes changes of wishes.
        changer: The road of changes.
        values: Converts the keys of what was made.
        settings: The limits.
    """

    def __init__(
        self,
        *,
        prefix: str,
        table: Callable[[str, Who], Entity],
        writing: Writing,
        changer: Changer,
        values: Values,
        settings: Settings,
    ) -> None:
        self._prefix = prefix
        self._table = table
        self._writing = writing
        self._changer = changer
        self._values = values
        self._settings = settings

    async def perform(self, body: bytes, who: Who, preferences: Preferences) -> bytes:
        """Make the changes of a body; gives what each of them answers.

        Raises:
            RequestError: One is refused; its message and its faults name it, and nothing is stored.
        """
        operations = self._read(decode_value(body, "the body"), who)
        done: Done = []

        def work(connection: Connection) -> Written:
            done.clear()  # it may be the second time
            for number, operation in enumerate(operations):
                try:
                    done.append(self._perform(connection, operation, done))
                except RequestError as refusal:
                    raise _numbered(number, refusal) from refusal
            keys = [key for _, written, _ in done for key in written.keys]
            return Written(keys, [], 0, any(written.dropped for _, written, _ in done))

        await self._changer.perform(work, undone=preferences.undone)
        return encode_json([self._result(*each) for each in done])

    def _read(self, value: Any, who: Who) -> list[Operation]:
        if not is_list(value):
            hint = 'send a list such as [{"method": "POST", "path": "albums", "body": {"title": "Summer"}}]'
            raise BadRequest("the body is no list of operations", code=MALFORMED, hint=hint)
        if len(value) > self._settings.operations:
            most = self._settings.operations
            raise BadRequest(f"{len(value)} operations at once are too many; at most {most} are taken", code="54000")
        operations: list[Operation] = []
        for number, each in enumerate(value):
            try:
                operations.append(self._read_one(each, who))
            except RequestError as refusal:
                raise _numbered(number, refusal) from refusal
        return operations

    def _read_one(self, value: Any, who: Who) -> Operation:
        if not _is_object(value) or not value.keys() <= _MEMBERS:
            raise BadRequest(f"an operation is an object with {', '.join(sorted(_MEMBERS))} and nothing else", code=MALFORMED)
        method, path, prefer = value.get("method"), value.get("path"), value.get("prefer", "")
        if method not in _METHODS or not isinstance(path, str) or not isinstance(prefer, str):
            message = f"an operation has a 'method' of {', '.join(_METHODS)}, a 'path' such as 'albums?id=eq.7', and may 'prefer'"
            raise BadRequest(message, code=MALFORMED)
        name, _, query = path.removeprefix(f"{self._prefix}/").partition("?")
        preferences = read_preferences(prefer, method)
        if preferences.undone:
            raise BadRequest(
                "all operations are taken back together", code="PGRST122", hint="prefer 'tx=rollback' of the request"
            )
        if len(query.encode()) > self._settings.query_bytes:
            raise BadRequest(f"a query is longer than {self._settings.query_bytes} bytes", code="54000")
        entity = self._table(name, who)
        wish = Wish(method, self._prefix, entity, who, parse(query), preferences, choose_format(""))
        self._writing.check(wish)
        return Operation(wish, _rows(method, value))

    def _perform(self, connection: Connection, operation: Operation, done: Done) -> tuple[Wish, Written, Body | None]:
        wish, body = operation.wish, operation.body
        if body is not None:
            rows = [{name: self._resolve(wish.entity, name, value, done) for name, value in row.items()} for row in body.rows]
            body = Body(rows, single=body.single)
        return wish, self._writing.work(wish, body)(connection), body

    def _resolve(self, entity: Entity, name: str, value: Any, done: Done) -> Any:
        """A value with references to earlier operations replaced by what they made; a JSON field holds whatever was written."""
        field, values = entity.fields.get(name), self._values
        if field is not None and isinstance(field.kind, Json):
            return value
        if is_list(value):
            return [_referred(each, done, values) for each in value]
        return _referred(value, done, values)

    def _result(self, wish: Wish, written: Written, body: Body | None) -> Mapping[str, Any]:
        status = self._writing.reply(wish, body, written).status
        if written.shape is None:
            return {"status": status, "body": None}
        encoder = wish.format.encoder(written.shape, numbers_as_text=wish.query.numbers_as_text)
        return {"status": status, "body": msgspec.Raw(encoder.page(written.records))}


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _rows(method: str, operation: Mapping[str, Any]) -> Body | None:
    if method == "DELETE":
        if "body" in operation:
            raise BadRequest("a deletion takes no body", code=MALFORMED)
        return None
    value = operation.get("body")
    rows: Sequence[Any] = value if is_list(value) else [value]
    if not all(_is_object(row) for row in rows):
        raise BadRequest("the body of the operation is no record and no list of records", code=MALFORMED)
    return Body(rows, single=not is_list(value))


def _referred(value: Any, done: Done, values: Values) -> Any:
    if not _is_object(value) or value.keys() != {REFERENCE}:
        return value
    pointer = value[REFERENCE]
    parts = pointer.split("/") if isinstance(pointer, str) else []
    if len(parts) != 3 or parts[0] or not parts[1].isdecimal() or len(parts[1]) > 9 or int(parts[1]) >= len(done):
        raise BadRequest(f"'{REFERENCE}' takes an earlier operation and a field of its key, such as '/0/id'", code=MALFORMED)
    wish, written, _ = done[int(parts[1])]
    if parts[2] not in wish.entity.key or len(written.keys) != 1:
        message = f"'{pointer[:100]}' is no field of the key of the one record of an operation"
        raise BadRequest(message, code=MALFORMED, hint=f"the key is {', '.join(wish.entity.key)}")
    at = wish.entity.key.index(parts[2])
    return values.load(wish.entity.fields[parts[2]], key_parts(written.keys[0])[at])


def _numbered(number: int, refusal: RequestError) -> RequestError:
    """A refusal that says of which operation it is."""
    return type(refusal)(
        f"operation {number}: {refusal.message}",
        code=refusal.code,
        details=refusal.details,
        hint=refusal.hint,
        faults=[Fault(f"/{number}/body{each.pointer}", each.code, each.message) for each in refusal.faults],
        headers=refusal.headers,
    )
