"""Answers that are kept for a day by the key of their request: one that is sent again has its effect once, and the same answer.

Key, effect and answer are stored in one transaction. A process that is killed leaves all of them or none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Column, Table, bindparam, delete, insert, select

from mainspring import clock
from mainspring.change.changer import Answer, Work, Written
from mainspring.database.engine import Connection, Engine
from mainspring.database.sql import prepare
from mainspring.errors import KeyReused, RequestError
from mainspring.model.kinds import Integer, KindType, LongTextKind, Text
from mainspring.model.model import Model

ANSWERS = Table(
    "mainspring_answers",
    Model.metadata,
    Column("scope", KindType(Text(max_length=64)), primary_key=True),
    Column("fingerprint", KindType(Text(max_length=64)), nullable=False),
    Column("status", KindType(Integer()), nullable=False),
    Column("headers", KindType(LongTextKind()), nullable=False),
    Column("body", KindType(LongTextKind()), nullable=False),
    Column("second", KindType(Integer()), nullable=False, index=True),
)
"""Answers by the scope of their key, and the second (Unix time) in which they were given."""

KEPT_SECONDS = 24 * 3600
"""How long an answer is given again. After that, the same key is a new one."""

_FINAL = frozenset({409, 412})
"""The statuses of refusals that are kept like an answer: a late duplicate must not succeed by surprise."""
_CLEAN_EVERY = 600


@dataclass(frozen=True, slots=True)
class RequestKey:
    """By what a request is known.

    Attributes:
        scope: A mark of the key, of who sent it, and to which address by which method.
        fingerprint: A mark of all that is asked for.
    """

    scope: str
    fingerprint: str


class Answers:
    """Keeps answers.

    Args:
        engine: The engine of the database in which the changes are made.
    """

    def __init__(self, engine: Engine) -> None:
        columns = ANSWERS.c
        found = select(columns.second, columns.fingerprint, columns.status, columns.headers, columns.body)
        self._find = prepare(found.where(columns.scope == bindparam("scope")), engine)
        self._clean = prepare(delete(ANSWERS).where(columns.second <= bindparam("oldest")), engine)
        self._keep = prepare(insert(ANSWERS).values({column.name: bindparam(column.name) for column in columns}), engine)
        self._cleaned = 0

    def once(
        self, key: RequestKey, work: Work, answer: Callable[[Written], Answer], refuse: Callable[[RequestError], Answer]
    ) -> Work:
        """Have a change made unless it has been: then nothing is done, and `Written.answer` is the one that was given.

        Args:
            key: By what the request is known.
            work: The change.
            answer: The answer to it.
            refuse: The answer to a refusal.

        Raises:
            KeyReused: The key is that of another request.
        """

        def kept(connection: Connection) -> Written:
            now = int(clock.now().timestamp())
            row = self._find.run(connection, scope=key.scope).fetchone()
            if row is not None and row[0] > now - KEPT_SECONDS:
                return Written([], [], 0, dropped=False, answer=_repeated(key, row))
            if row is not None or now - self._cleaned > _CLEAN_EVERY:
                self._cleaned = now
                self._clean.run(connection, oldest=now - KEPT_SECONDS)
            connection.execute("SAVEPOINT effect")
            try:
                written = work(connection)
                given = answer(written)
            except RequestError as refusal:
                if refusal.status not in _FINAL:
                    raise
                connection.execute("ROLLBACK TO SAVEPOINT effect")
                written, given = Written([], [], 0, dropped=False), refuse(refusal)
            headers = msgspec.json.encode(given.headers).decode()
            marks = {"scope": key.scope, "fingerprint": key.fingerprint, "second": now}
            self._keep.run(connection, status=given.status, headers=headers, body=given.body.decode(), **marks)
            return replace(written, answer=given)

        return kept


def _repeated(key: RequestKey, row: Sequence[object]) -> Answer:
    _, fingerprint, status, headers, body = row
    if fingerprint != key.fingerprint:
        hint = "make a new key for each new request, and send it again with that request alone"
        raise KeyReused("this 'Idempotency-Key' was sent with another request", hint=hint)
    assert isinstance(status, int)
    assert isinstance(headers, str)
    assert isinstance(body, str)
    return Answer(status, msgspec.json.decode(headers, type=list[tuple[str, str]]), body.encode(), repeated=True)
