"""The id for which a rule is asked when its SQL is made: nobody's, so that what is kept of it serves every caller."""

import secrets
from typing import NoReturn
from uuid import UUID

from mainspring.errors import DeclarationError
from mainspring.model.kinds import KindType, Uuid


class StandIn(UUID):
    """An id that no user has, being of no version. It can stand in SQL as a value, but not be looked at.

    What a rule decided by looking at it (`if who.id == BOSS`) would then hold for every caller, so that is refused.
    """

    __sa_type_engine__ = KindType(Uuid())  # SQLAlchemy takes it for what it is, wherever it takes a UUID

    def __init__(self) -> None:
        super().__init__(int=secrets.randbits(64))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, UUID) and other is not self:
            self._refuse()
        return NotImplemented

    def __hash__(self) -> int:
        return self._refuse()

    def _refuse(self) -> NoReturn:
        raise DeclarationError(
            "a @rule looked at 'who.id' in Python, but its SQL is kept for all callers; "
            "use it as a value in the condition, such as 'User.id == who.id', or give the user a role and look at 'who.roles'"
        )
