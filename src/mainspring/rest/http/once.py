"""Requests that are sent again: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07)."""

import re
from collections.abc import Callable
from functools import cache
from hashlib import blake2b

from starlette.types import Scope

from mainspring.change.answers import Answers, RequestKey
from mainspring.change.changer import Answer, Work, Written
from mainspring.context import Who
from mainspring.errors import BadRequest, RequestError
from mainspring.web.problem import describe

HEADER = b"idempotency-key"

Once = Callable[[Work, Callable[[Written], Answer]], Work]
"""Has a change made once, however often its request is sent; see `Answers.once`."""

_KEY = re.compile(r'"[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}"|[\x21\x23-\x5b\x5d-\x7e]{1,255}')


class Repeats:
    """Tells requests that are sent again.

    Args:
        answers: Keeps the answers; None where the database has no table for that.
        secret: Gives the key of the marks that are made of requests, so that nobody finds out what was in one by trying.
    """

    def __init__(self, answers: Answers | None, secret: Callable[[], bytes]) -> None:
        self._answers = answers
        self._secret = cache(secret)

    def once(self, who: Who, headers: dict[bytes, bytes], scope: Scope, body: bytes) -> Once:
        """Whether and how a change is made once.

        Args:
            who: Who asks for it.
            headers: The request's headers.
            scope: The request.
            body: Its body, or what says as much.

        Raises:
            BadRequest: The key cannot be read or heeded (`PGRST122`).
        """
        if HEADER not in headers:
            return lambda work, _answer: work
        text = headers[HEADER].decode("latin-1").strip()
        if self._answers is None:
            hint = (
                "answers are kept beside the tables that they are about; adopting with --join, which lets them, is not there yet"
            )
            raise BadRequest("'Idempotency-Key' cannot be heeded: the database is adopted as it is", code="PGRST122", hint=hint)
        if not _KEY.fullmatch(text):
            raise BadRequest("'Idempotency-Key' has 1 to 255 characters of ASCII, such as a UUID", code="PGRST122")
        answers, accept = self._answers, headers.get(b"accept", b"").decode("latin-1")
        scoped = self._mark(who.kind.value, str(who.id), scope["method"], scope["path"], text.strip('"'))
        media = headers.get(b"content-type", b"").partition(b";")[0]
        key = RequestKey(scoped, self._mark(scope["query_string"], media, body))
        return lambda work, answer: answers.once(key, work, answer, lambda refusal: _refused(refusal, accept))

    def _mark(self, *parts: str | bytes) -> str:
        mark = blake2b(key=self._secret(), digest_size=32)
        for part in parts:
            data = part.encode() if isinstance(part, str) else part
            mark.update(len(data).to_bytes(8))  # so that no two lists of parts are alike
            mark.update(data)
        return mark.hexdigest()


def _refused(refusal: RequestError, accept: str) -> Answer:
    status, headers, body = describe(refusal, accept)
    texts = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    return Answer(status, [each for each in texts if each[0] != "content-length"], body)
