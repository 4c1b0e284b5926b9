"""What sign-in keeps. No address leads to these tables, and nothing in them can be used to come in."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Mapped

from mainspring.model.constraint import index, unique
from mainspring.model.field import field, one
from mainspring.model.kinds import LongText
from mainspring.model.model import Model
from mainspring.model.user import User


class Account(Model):
    """How a user proves who they are.

    Attributes:
        user: Whose it is.
        password: The password's Argon2id hash.
        generation: Counted up to end all sign-ins: one is good only in the generation in which it began.
    """

    __tablename__ = "mainspring_accounts"

    user: Mapped[User] = one(on_delete="cascade")
    password: Mapped[LongText] = field()
    generation: Mapped[int] = field(default=1)
    constraints = [unique(user)]

    if TYPE_CHECKING:  # made by `user`
        user_id: Mapped[UUID]


class Session(Model):
    """A sign-in. It is here until it ends.

    Attributes:
        account: Who signed in.
        generation: The account's generation when they did.
        family: The hash of the half of the refresh token that stays the same.
        turn: The hash of the half that is new with each refresh.
        refreshed_at: When it was last refreshed, or begun.
        expires_at: When it ends in any case.
    """

    __tablename__ = "mainspring_sessions"

    id: Mapped[UUID] = field(key=True)
    account: Mapped[Account] = one(on_delete="cascade")
    generation: Mapped[int] = field()
    family: Mapped[str] = field(max_length=64, unique=True)
    turn: Mapped[str] = field(max_length=64)
    refreshed_at: Mapped[datetime] = field(index=True)
    expires_at: Mapped[datetime] = field(index=True)

    if TYPE_CHECKING:  # made by `account`
        account_id: Mapped[int]


class Attempt(Model):
    """A try that counts against an address.

    Attributes:
        action: What was tried.
        address: From where.
        at: When.
    """

    __tablename__ = "mainspring_attempts"

    action: Mapped[str] = field(max_length=20)
    address: Mapped[str] = field(max_length=50)
    at: Mapped[datetime] = field(index=True)
    indexes = [index(action, address)]


class ApiKey(Model):
    """The publishable or the secret key.

    Attributes:
        kind: Which of the two.
        hash: The key's hash.
        text: The key itself where it is no secret, else None.
    """

    __tablename__ = "mainspring_keys"

    kind: Mapped[str] = field(choices=["publishable", "secret"], unique=True)
    hash: Mapped[str] = field(max_length=64, unique=True)
    text: Mapped[str | None] = field(max_length=100)
