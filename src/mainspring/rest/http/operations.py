"""Several changes in one request, all or nothing: `POST /rest/v1/` with a list of them.

Each is what it would be as a request of its own: it passes the same checks, rules and limits. All are in one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from mainspring.change.changer import Answer, Changer, Written
from mainspring.change.decode.json import decode_value
from mainspring.change.parse import MALFORMED, Body
from mainspring.context import Who
from mainspring.database.engine import Connection
from mainspring.errors import BadRequest, Fault, RequestError
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity
from mainspring.model.kinds import is_list, is_object
from mainspring.query.encode.json import encode_json
from mainspring.query.parse import parse
from mainspring.query.values import Values
from mainspring.rest.http.conditional import read_precondition
from mainspring.rest.http.formats import choose_format
from mainspring.rest.http.once import Once
from mainspring.rest.http.preferences import Preferences, read_preferences
from mainspring.rest.http.references import Done, References
from mainspring.rest.http.writing import Wish, Writing, status_of
from mainspring.rest.media import JSON
from mainspring.settings import Settings

_MEMBERS = frozenset({"method", "path", "body", "prefer", "if_match"})
_METHODS = ("POST", "PUT", "PATCH", "DELETE")


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
        catalog: The models.
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
        catalog: Catalog,
        table: Callable[[str, Who], Entity],
        writing: Writing,
        changer: Changer,
        values: Values,
        settings: Settings,
    ) -> None:
        self._prefix = prefix
        self._catalog = catalog
        self._table = table
        self._writing = writing
        self._changer = changer
        self._values = values
        self._settings = settings

    async def perform(self, operations: Sequence[Operation], preferences: Preferences, once: Once) -> Answer:
        """Make the changes; gives what each of them answers.

        Args:
            operations: The changes.
            preferences: What is preferred of all of them.
            once: Lets the whole be done once.

        Raises:
            RequestError: One is refused; its message and its faults name it, and nothing is stored.
        """
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

        def answer(_: Written) -> Answer:
            return Answer(200, [("content-type", f"{JSON}; charset=utf-8")], encode_json([self._result(*each) for each in done]))

        written = await self._changer.perform(once(work, answer), undone=preferences.undone)
        return written.answer or answer(written)

    def read(self, body: bytes, who: Who) -> list[Operation]:
        """The changes of a body.

        Raises:
            RequestError: It is no list of them, or one could not be made whatever it holds.
        """
        value = decode_value(body, "the body")
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
        if not is_object(value) or not value.keys() <= _MEMBERS:
            raise BadRequest(f"an operation is an object with {', '.join(sorted(_MEMBERS))} and nothing else", code=MALFORMED)
        method, path, prefer, known = value.get("method"), value.get("path"), value.get("prefer", ""), value.get("if_match")
        if not (method in _METHODS and isinstance(path, str) and isinstance(prefer, str) and isinstance(known, str | None)):
            hint = "'prefer' and 'if_match' say what the headers 'Prefer' and 'If-Match' would"
            message = f"an operation has a 'method' of {', '.join(_METHODS)} and a 'path' such as 'albums?id=eq.7'"
            raise BadRequest(message, code=MALFORMED, hint=hint)
        name, _, query = path.removeprefix(self._prefix).removeprefix("/").partition("?")
        preferences = read_preferences(prefer, method)
        if preferences.undone:
            raise BadRequest(
                "all operations are taken back together", code="PGRST122", hint="prefer 'tx=rollback' of the request"
            )
        if len(query.encode()) > self._settings.query_bytes:
            raise BadRequest(f"a query is longer than {self._settings.query_bytes} bytes", code="54000")
        entity = self._table(name, who)
        precondition = read_precondition({} if known is None else {b"if-match": known.encode()})
        wish = Wish(method, self._prefix, entity, who, parse(query), preferences, choose_format(""), precondition)
        self._writing.admit(method, entity, who)
        self._writing.check(wish)
        return Operation(wish, _rows(method, value))

    def _perform(self, connection: Connection, operation: Operation, done: Done) -> tuple[Wish, Written, Body | None]:
        references = References(self._catalog, done, self._values, self._settings.nested_depth)
        query = operation.wish.query
        wish, body = replace(operation.wish, query=replace(query, ask=references.ask(query.ask))), operation.body
        if body is not None:
            body = Body([references.row(wish.entity, row) for row in body.rows], single=body.single)
        return wish, self._writing.work(wish, body)(connection), body

    def _result(self, wish: Wish, written: Written, body: Body | None) -> Mapping[str, Any]:
        status = status_of(wish, written)
        if written.shape is None:
            return {"status": status, "body": None}
        encoder = wish.format.encoder(written.shape, numbers_as_text=wish.query.numbers_as_text)
        return {"status": status, "body": msgspec.Raw(encoder.page(written.records))}


def _rows(method: str, operation: Mapping[str, Any]) -> Body | None:
    if method == "DELETE":
        if "body" in operation:
            raise BadRequest("a deletion takes no body", code=MALFORMED)
        return None
    value = operation.get("body")
    rows: Sequence[Any] = value if is_list(value) else [value]
    if not all(is_object(row) for row in rows):
        raise BadRequest("the body of the operation is no record and no list of records", code=MALFORMED)
    return Body(rows, single=not is_list(value))


def _numbered(number: int, refusal: RequestError) -> RequestError:
    """A refusal that says of which operation it is."""
    faults = [Fault(f"/{number}/body{each.pointer}", each.code, each.message) for each in refusal.faults]
    return refusal.restated(f"operation {number}: {refusal.message}", faults)
