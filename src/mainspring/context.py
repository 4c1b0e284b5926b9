"""Who asks. Plain data: nothing here knows HTTP, SQL or a session table."""

from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

ADMINISTRATOR = "administrator"
"""The role whose holders pass every rule unless a model narrows it."""


class Caller(Enum):
    """The kinds of principal. There is no "none": whoever is not known is `anonymous`, never `system`."""

    anonymous = "anonymous"
    user = "user"
    key = "key"
    system = "system"


@dataclass(frozen=True, slots=True)
class Who:
    """The principal of a request or of a piece of work.

    Make one with `anonymous()`, `user(...)`, `secret_key()` or `system(reason)`; rules read `id`, `roles` and `signed_in`.

    Attributes:
        kind: Which kind of principal this is.
        id: The user's id; None unless `kind` is `user`.
        roles: The roles that the user holds now.
        session: The sign-in that the request came with; None unless `kind` is `user`.
        reason: Why the system itself acts; None unless `kind` is `system`.
    """

    kind: Caller
    id: UUID | None = None
    roles: frozenset[str] = field(default_factory=frozenset[str])
    session: UUID | None = None
    reason: str | None = None

    @classmethod
    def anonymous(cls) -> "Who":
        """Somebody who is not signed in."""
        return _ANONYMOUS

    @classmethod
    def user(cls, id: UUID, roles: frozenset[str] = frozenset(), session: UUID | None = None) -> "Who":
        """A signed-in user."""
        return cls(Caller.user, id, roles, session)

    @classmethod
    def secret_key(cls) -> "Who":
        """The holder of the secret key: an administrator who is no user."""
        return _SECRET_KEY

    @classmethod
    def system(cls, reason: str) -> "Who":
        """Mainspring itself, which passes every rule. Never made on behalf of a request's caller."""
        return cls(Caller.system, reason=reason)

    @property
    def signed_in(self) -> bool:
        """Whether a user asks."""
        return self.kind is Caller.user

    @property
    def administrator(self) -> bool:
        """Whether the caller holds the role `administrator`."""
        return ADMINISTRATOR in self.roles

    @property
    def authority(self) -> tuple[Caller, frozenset[str]]:
        """What decides the *shape* of a rule's condition. Two callers of one authority differ only in the bound `id`."""
        return self.kind, self.roles


_ANONYMOUS = Who(Caller.anonymous)
_SECRET_KEY = Who(Caller.key, roles=frozenset({ADMINISTRATOR}))
