"""A user as GoTrue's clients see them."""

from typing import Any
from uuid import UUID

from mainspring.auth.refusals import SignedOut
from mainspring.auth.tokens import AUDIENCE
from mainspring.change.records import Records
from mainspring.context import Who
from mainspring.model.entity import Field
from mainspring.model.user import User
from mainspring.query.reader import EVERYTHING
from mainspring.query.statement import Record

PROVIDER = "email"


class Profiles:
    """Describes users.

    Args:
        records: The door to the database.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._entity = records.reader.catalog.of(User)

    def describe(self, user: UUID) -> dict[str, Any]:
        """GoTrue's user object. `user_metadata` holds what this person may write of themselves, `app_metadata` the rest.

        Raises:
            SignedOut: There is no such user any more.
        """
        own = Who.user(user)
        record = self._read(user, Who.system("describing a user"))
        if not record:
            raise SignedOut("User from sub claim in JWT does not exist")
        seen = self._read(user, own)
        mine = {name: seen[name] for name, field in self._entity.fields.items() if name in seen and self._writes(field, own)}
        return {
            "id": record["id"],
            "aud": AUDIENCE,
            "role": AUDIENCE,
            "email": record["email"],
            "email_confirmed_at": record["created_at"],
            "confirmed_at": record["created_at"],
            "phone": "",
            "app_metadata": {"provider": PROVIDER, "providers": [PROVIDER], "roles": record["roles"]},
            "user_metadata": mine,
            "identities": [],
            "created_at": record["created_at"],
            "updated_at": record["updated_at"],
            "is_anonymous": False,
        }

    def _read(self, user: UUID, who: Who) -> Record:
        """What `who` may see of a user; nothing where they may not even see that there is one."""
        reader = self._records.reader
        showing = reader.showing(self._entity, EVERYTHING, who)
        found = self._records.database.read(lambda connection: reader.shown(connection, showing, [str(user)], who).records)
        return found[0] if found else {}

    def _writes(self, field: Field, own: Who) -> bool:
        writable = self._records.reader.conditions.writable
        return not field.key and writable(self._entity, field, own, self._entity.table) is not False
