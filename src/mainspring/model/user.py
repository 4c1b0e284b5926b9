"""`User`: the one model that Mainspring brings. An app adds fields with `class User(mainspring.User)`."""

from uuid import UUID

from sqlalchemy.orm import Mapped

from mainspring.context import ADMINISTRATOR
from mainspring.model.field import field
from mainspring.model.kinds import Email, Image
from mainspring.model.model import Model
from mainspring.model.rules import Access, is_me, role, signed_in

_only_administrators = role(ADMINISTRATOR)


class User(Model):
    """A person who can sign in. Passwords and sign-ins stand in tables of their own that no address leads to."""

    id: Mapped[UUID] = field(key=True)
    email: Mapped[Email] = field(unique=True, read=is_me(id), write=_only_administrators)
    name: Mapped[str | None] = field(max_length=200)
    avatar: Mapped[Image | None] = field(max_bytes=5_000_000)
    roles: Mapped[list[str]] = field(default=list, read=is_me(id), write=_only_administrators)
    staff: Mapped[bool] = field(default=False, read=is_me(id), write=_only_administrators)
    disabled: Mapped[bool] = field(default=False, read=is_me(id), write=_only_administrators)

    access = Access(read=signed_in, update=is_me(id))
