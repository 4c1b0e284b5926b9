"""Who asks, from the headers of a request. It is asked on the event loop before every answer, so it is one small look-up."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from mainspring import clock
from mainspring.auth.keys import KINDS
from mainspring.auth.refusals import SignedOut, UnknownKey
from mainspring.auth.secret import digest, read_secret
from mainspring.auth.tables import ApiKey, Session
from mainspring.auth.tokens import AccessTokens
from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.errors import Unauthenticated
from mainspring.model.model import Model
from mainspring.query.ask import Ask, Column, Condition, Embed
from mainspring.query.reader import Reader
from mainspring.query.statement import Record

SYSTEM = Who.system("finding out who asks")


class Identity:
    """Tells who asks.

    Args:
        database: Where sign-ins and keys stand.
        reader: Makes the two questions that are asked of them.
        tokens: Reads access tokens.
        idle: How long a sign-in lives without a refresh.
    """

    def __init__(self, database: Database, reader: Reader, tokens: AccessTokens, idle: timedelta) -> None:
        self._database = database
        self._tokens = tokens
        self._idle = idle
        user = Embed("user", None, (Column("id"), Column("disabled"), Column("roles")))
        account = Embed("account", None, (Column("generation"), user))
        session = (Column("generation"), Column("refreshed_at"), Column("expires_at"), account)
        self._sessions = _LookUp(reader, Session, "id", Ask(session, (Condition("id", "eq", UUID(int=0)),)))
        self._keys = _LookUp(reader, ApiKey, "hash", Ask((Column("kind"),), (Condition("hash", "eq", ""),)))

    def identify(self, authorization: str | None, apikey: str | None) -> Who:
        """Who sends these headers. Whatever is sent must hold; of two that hold, a user's token decides, the Bearer's first.

        Args:
            authorization: The value of `Authorization`, or None.
            apikey: The value of `apikey`, or None.

        Raises:
            Unauthenticated: A token or key is unknown, forged, expired, or its user is signed out or disabled.
        """
        given = dict.fromkeys(text for text in (_bearer(authorization), apikey) if text is not None)
        if not given:
            return Who.anonymous()
        found = [self._find(text) for text in given]
        decisive = (who for who in found if who.signed_in)
        return next(decisive, None) or max(found, key=lambda who: who.administrator)

    def _find(self, text: str) -> Who:
        if text.startswith("ms_"):
            return self._find_key(text)
        claims = self._tokens.read(text)
        session = self._sessions.find(self._database, claims.session)
        if session is None:
            raise _signed_out()
        return self._check(session, claims.user, claims.session)

    def _find_key(self, text: str) -> Who:
        known = any(read_secret(kind, text) is not None for kind in KINDS)
        key = self._keys.find(self._database, digest(text)) if known else None
        if key is None:
            raise UnknownKey("the API key is unknown", hint="'mainspring keys' shows the keys that hold")
        return Who.secret_key() if key["kind"] == "secret" else Who.anonymous()

    def _check(self, session: Record, claimed: UUID, id: UUID) -> Who:
        account = session["account"]
        user = account["user"]
        now = clock.now()
        idle_since = datetime.fromisoformat(session["refreshed_at"])
        ended = idle_since + self._idle <= now or datetime.fromisoformat(session["expires_at"]) <= now
        if ended or session["generation"] != account["generation"] or user["disabled"] or str(user["id"]) != str(claimed):
            raise _signed_out()
        return Who.user(claimed, _roles(user["roles"]), id)


class _LookUp:
    """A question for one record, of which only one value changes: it is planned and compiled once."""

    def __init__(self, reader: Reader, model: type[Model], name: str, ask: Ask) -> None:
        entity = reader.catalog.of(model)
        self._statement, (_, *self._rest) = reader.typed(entity, ask, SYSTEM)
        self._field, self._values = entity.fields[name], reader.values
        assert self._statement.build is not None, "a statement that finds records can build them"
        self._build = self._statement.build

    def find(self, database: Database, value: object) -> Record | None:
        """The record for a value, or None."""
        values = self._statement.bind([self._values.bind(self._field, value), *self._rest], SYSTEM)
        row = database.read(lambda connection: connection.execute(self._statement.sql, values).fetchone())
        return None if row is None else self._build(row, {})


def _bearer(authorization: str | None) -> str | None:
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("'Authorization' cannot be read", hint="write 'Authorization: Bearer <access token>'")
    return token.strip()


def _roles(text: msgspec.Raw) -> frozenset[str]:
    return frozenset(msgspec.json.decode(text, type=list[str]))


def _signed_out() -> SignedOut:
    return SignedOut("the sign-in of this access token has ended", code="PGRST303", hint="sign in again")
