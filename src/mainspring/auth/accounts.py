"""What people do about themselves: sign up, sign in, change. And what is done to them by command. Everything here may block."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from mainspring.auth.passwords import check_password, hash_password, is_password, is_weak_hash
from mainspring.auth.refusals import SignedOut, Unprocessable, banned, wrong_credentials
from mainspring.auth.sessions import Sessions, Tokens
from mainspring.auth.tables import Account
from mainspring.change.records import Records
from mainspring.context import Who
from mainspring.errors import BadRequest, Conflict, NotFound
from mainspring.model.kinds import Refused
from mainspring.model.user import User
from mainspring.query.ask import Condition

T = TypeVar("T")

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a person changes about themselves; None leaves as it is.

    Attributes:
        email: The new address.
        password: The new password.
        current_password: The old password, compared where it is given.
        data: Fields of `User`.
    """

    email: str | None = None
    password: str | None = None
    current_password: str | None = None
    data: Mapping[str, object] | None = None


class Accounts:
    """The people of an app.

    Args:
        records: The door to the database.
        sessions: Their sign-ins.
        shortest: Least number of characters of a password.
        words: Words that are no password here, such as the app's name.
    """

    def __init__(self, records: Records, sessions: Sessions, shortest: int, words: frozenset[str]) -> None:
        self._records = records.as_(Who.system("signing people in and up"))
        self._sessions = sessions
        self._shortest = shortest
        self._words = words

    def check(self, email: str, password: str) -> None:
        """Refuse an address that is none, and a password that is too easy to guess.

        Raises:
            BadRequest: The address is none.
            Unprocessable: The password is not taken.
        """
        self._check_password(password, self.canonical(email))

    def canonical(self, email: str) -> str:
        """An address as it is kept.

        Raises:
            BadRequest: It is none.
        """
        try:
            validated: str = self._records.reader.catalog.of(User).fields["email"].kind.validate(email)
        except Refused:
            raise BadRequest("Unable to validate email address: invalid format", code="validation_failed") from None
        return validated

    def sign_up(self, email: str, password: str, data: Mapping[str, object]) -> Tokens:
        """Make a user with what they say of themselves, and sign them in.

        Raises:
            BadRequest: The address is none, or `data` holds what they may not write.
            Unprocessable: The password is not taken, or the address is known.
        """
        self.check(email, password)
        kept = hash_password(password)

        def sign_up(records: Records) -> Tokens:
            user = self._add(records, email, kept, data)
            if data:  # only what this person could write themselves: asked of the rules by writing it in their name
                records.as_(Who.user(user.id)).update(User, data, id=user.id)
            account = records.one(Account, user=user)
            assert account is not None, "made in this transaction"
            return self._sessions.begin(records, user, account)

        return self._store(sign_up, Unprocessable("User already registered", code="user_already_exists"))

    def sign_in(self, email: str, password: str) -> Tokens:
        """Sign a user in. It takes as long for an unknown address as for a wrong password.

        Raises:
            BadRequest: The address or the password is wrong, or the user is disabled.
        """
        user, account = self._find(email)
        if not is_password(account.password if account else None, password) or user is None or account is None:
            raise wrong_credentials()
        if user.disabled:
            raise banned()
        kept = hash_password(password) if is_weak_hash(account.password) else account.password

        def sign_in(records: Records) -> Tokens:
            # The password may have been changed since it was compared.
            if records.update(Account, {"password": kept}, id=account.id, password=account.password) != 1:
                raise wrong_credentials()
            now = records.one(Account, id=account.id)
            assert now is not None, "found in this transaction"
            return self._sessions.begin(records, user, now)

        return self._records.transact(sign_in)

    def change(self, who: Who, changes: Changes) -> None:
        """Change what a signed-in user asks for. A new password ends their other sign-ins.

        Raises:
            BadRequest: The address is none, the old password is wrong, or `data` holds what they may not write.
            Unprocessable: The password is not taken or is the old one, or the address is known.
        """
        account = self._account_of(who)
        if changes.current_password is not None and not is_password(account.password, changes.current_password):
            raise wrong_credentials()
        kept = None if changes.password is None else self._new_hash(who, account, changes.password)

        def change(records: Records) -> None:
            if kept is not None:
                records.update(Account, {"password": kept}, id=account.id)
                self._sessions.end_all(records, account, but=who.session)
            if changes.email is not None:
                records.update(User, {"email": changes.email}, id=who.id)
            if changes.data:
                records.as_(who).update(User, changes.data, id=who.id)

        self._store(change, Unprocessable("A user with this email address has already been registered", code="email_exists"))

    def sign_out(self, who: Who, *, but: UUID | None = None) -> None:
        """End all sign-ins of a user, or all but one."""
        account = self._account_of(who)
        self._records.transact(lambda records: self._sessions.end_all(records, account, but=but))

    # -- by command --------------------------------------------------------------------------------------------------------------

    def create(self, email: str, password: str, data: Mapping[str, object]) -> User:
        """Make a user, with any of their fields, without signing them in.

        Raises:
            BadRequest: The address or a field is wrong.
            Unprocessable: The password is not taken, or the address is known.
        """
        self.check(email, password)
        kept = hash_password(password)
        taken = Unprocessable(f"{email} is a user already", code="user_already_exists")
        return self._store(lambda records: self._add(records, email, kept, data), taken)

    def set_password(self, email: str, password: str) -> None:
        """Give a user a new password and end all their sign-ins.

        Raises:
            NotFound: Nobody has that address.
            Unprocessable: The password is not taken.
        """
        user = self.user(email)
        self._check_password(password, user.email)
        kept = hash_password(password)

        def set_password(records: Records) -> None:
            account = records.one(Account, user=user)
            if account is None:  # made by an administrator, without a password
                records.create(Account, user=user, password=kept)
            else:
                records.update(Account, {"password": kept}, id=account.id)
                self._sessions.end_all(records, account)

        self._records.transact(set_password)

    def set_disabled(self, email: str, *, disabled: bool) -> None:
        """Shut a user out at their next request and end all their sign-ins, or let them sign in again.

        Raises:
            NotFound: Nobody has that address.
        """
        user = self.user(email)

        def set_disabled(records: Records) -> None:
            records.update(User, {"disabled": disabled}, id=user.id)
            account = records.one(Account, user=user)
            if disabled and account is not None:
                self._sessions.end_all(records, account)

        self._records.transact(set_disabled)

    def users(self) -> Iterator[User]:
        """All users, in the order in which they came."""
        last: list[Condition] = []
        while page := self._records.all(User, *last):
            yield from page
            last = [Condition("id", "gt", page[-1].id)]

    def sign_out_user(self, email: str) -> None:
        """End all sign-ins of a user.

        Raises:
            NotFound: Nobody has that address.
        """
        self.sign_out(Who.user(self.user(email).id))

    def user(self, email: str) -> User:
        """The user with that address.

        Raises:
            NotFound: There is none.
        """
        user, _ = self._find(email)
        if user is None:
            raise NotFound(f"no user has the address {email}", code="user_not_found")
        return user

    # ----------------------------------------------------------------------------------------------------------------------------

    def _find(self, email: str) -> tuple[User | None, Account | None]:
        """The user of an address and their account; both are looked for in any case, so that time tells nothing."""
        known = ""
        with suppress(BadRequest):
            known = self.canonical(email)
        user = self._records.one(User, email=known)
        return user, self._records.one(Account, user_id=user.id if user else _NOBODY)

    def _account_of(self, who: Who) -> Account:
        account = self._records.one(Account, user_id=who.id)
        if account is None:
            raise SignedOut("User from sub claim in JWT does not exist")
        return account

    def _check_password(self, password: str, email: str) -> None:
        name, _, host = email.partition("@")
        check_password(password, self._shortest, self._words | {email, name, host, host.partition(".")[0]})

    def _new_hash(self, who: Who, account: Account, password: str) -> str:
        user = self._records.one(User, id=who.id)
        self._check_password(password, user.email if user else "")
        if is_password(account.password, password):
            raise Unprocessable("New password should be different from the old password.", code="same_password")
        return hash_password(password)

    def _add(self, records: Records, email: str, password: str, data: Mapping[str, object]) -> User:
        # A key is never taken: where people speak for themselves it would tell which ids are known. `sign_up` refuses it then.
        known = {name for name, field in self._records.reader.catalog.of(User).fields.items() if not field.key}
        values: dict[str, Any] = {name: value for name, value in data.items() if name in known} | {"email": email}
        user = records.create(User, **values)
        records.create(Account, user=user, password=password)
        return user

    def _store(self, work: Callable[[Records], T], taken: Unprocessable) -> T:
        """Do `work` in a transaction; `taken` is the refusal where the address belongs to somebody else."""
        try:
            return self._records.transact(work)
        except Conflict as conflict:
            if any(fault.pointer == "/email" for fault in conflict.faults):
                raise taken from conflict
            raise
