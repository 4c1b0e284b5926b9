"""Sign-ins. One lives as long as its refresh tokens are used in time, each of them once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from mainspring import clock
from mainspring.auth.refusals import banned
from mainspring.auth.secret import HALF_DIGITS, digest, random_digits, read_secret, write_secret
from mainspring.auth.tables import Account, Session
from mainspring.auth.tokens import AccessTokens
from mainspring.change.records import Records
from mainspring.context import Who
from mainspring.errors import BadRequest
from mainspring.model.user import User
from mainspring.query.ask import Condition
from mainspring.settings import Settings

KIND = "rfsh"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client holds of a sign-in.

    Attributes:
        user: Whose it is.
        access: The access token.
        refresh: The refresh token.
        expires_at: When the access token ends.
        life: How long it is good.
    """

    user: UUID
    access: str
    refresh: str
    expires_at: datetime
    life: timedelta


class Sessions:
    """Begins, refreshes and ends sign-ins.

    Args:
        records: The door to the database.
        tokens: Writes access tokens.
        settings: How long sign-ins live.
    """

    def __init__(self, records: Records, tokens: AccessTokens, settings: Settings) -> None:
        self._records = records.as_(Who.system("keeping sign-ins"))
        self._tokens = tokens
        self.longest = timedelta(days=settings.session_days)
        self.idle = timedelta(days=settings.session_idle_days)

    def begin(self, records: Records, user: User, account: Account) -> Tokens:
        """Begin a sign-in, in the transaction of `records`. Those of long ago are cleared away."""
        now = clock.now()
        records.delete(Session, Condition("expires_at", "lt", now))
        records.delete(Session, Condition("refreshed_at", "lt", now - self.idle))
        family, turn = random_digits(HALF_DIGITS), random_digits(HALF_DIGITS)
        session = records.create(
            Session,
            account=account,
            generation=account.generation,
            family=digest(family),
            turn=digest(turn),
            refreshed_at=now,
            expires_at=now + self.longest,
        )
        return self._write(user, session.id, family + turn, now)

    def refresh(self, token: str) -> Tokens:
        """New tokens for a refresh token, which is used up by that. A token that was used before ends its sign-in.

        Raises:
            BadRequest: The token is none, was used before, or its sign-in has ended.
        """
        digits = read_secret(KIND, token)
        if digits is None or len(digits) != 2 * HALF_DIGITS:
            raise _not_found()
        # A refusal is handed out of the transaction instead of raised in it: that the sign-in ends must be stored.
        outcome = self._records.transact(lambda records: self._turn(records, digits[:HALF_DIGITS], digits[HALF_DIGITS:]))
        if isinstance(outcome, BadRequest):
            raise outcome
        return outcome

    def _turn(self, records: Records, family: str, turn: str) -> Tokens | BadRequest:
        session = records.one(Session, family=digest(family))
        if session is None:
            return _not_found()
        account = records.one(Account, id=session.account_id)
        assert account is not None, "a sign-in goes with its account"
        user = records.one(User, id=account.user_id)
        assert user is not None, "an account goes with its user"
        now, fresh = clock.now(), random_digits(HALF_DIGITS)
        refusal = self._find_refusal(session, account, user, now)
        changes = {"turn": digest(fresh), "refreshed_at": now}
        if refusal is None and records.update(Session, changes, id=session.id, turn=digest(turn)) == 1:
            return self._write(user, session.id, family + fresh, now)
        records.delete(Session, id=session.id)
        return refusal or BadRequest("Invalid Refresh Token: Already Used", code="refresh_token_already_used")

    def _find_refusal(self, session: Session, account: Account, user: User, now: datetime) -> BadRequest | None:
        if user.disabled:
            return banned()
        if session.generation != account.generation:
            return _not_found()
        if session.expires_at <= now or session.refreshed_at + self.idle <= now:
            return BadRequest("Invalid Refresh Token: Session Expired", code="session_expired")
        return None

    def end(self, who: Who) -> None:
        """End the sign-in that a user came with."""
        self._records.delete(Session, id=who.session)

    def end_all(self, records: Records, account: Account, *, but: UUID | None = None) -> None:
        """End all sign-ins of an account, or all but one, in the transaction of `records`."""
        generation = account.generation + 1
        records.update(Account, {"generation": generation}, id=account.id)
        if but is not None:
            records.update(Session, {"generation": generation}, id=but, account=account)
        records.delete(Session, Condition("generation", "lt", generation), account=account)

    def _write(self, user: User, session: UUID, digits: str, at: datetime) -> Tokens:
        access = self._tokens.write(user.id, session, user.email, at)
        return Tokens(user.id, access, write_secret(KIND, digits), at + self._tokens.life, self._tokens.life)


def _not_found() -> BadRequest:
    return BadRequest("Invalid Refresh Token: Refresh Token Not Found", code="refresh_token_not_found")
