"""`Model`: the class that every record's class derives from."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped

from mainspring.model.constraint import Check, Index, Unique
from mainspring.model.declare import declare
from mainspring.model.expression import Location
from mainspring.model.rules import Access

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every index and constraint has a name that follows from its columns, so that a migration can speak of it."""


class Model(DeclarativeBase):
    """A kind of record. Its fields become a table, an API and checks.

    Every model has `id` (a 64-bit integer, unless a field is declared with `key=True`), `created_at`, `updated_at` and `version`,
    which counts the record's changes.
    """

    metadata = MetaData(naming_convention=NAMING)

    adopted: ClassVar[bool] = False
    access: ClassVar[Access] = Access()
    indexes: ClassVar[list[Index]] = []
    constraints: ClassVar[list[Unique | Check]] = []
    location: ClassVar[Location]

    if TYPE_CHECKING:  # made for each model by declare(), whose key may be of another type
        id: Mapped[Any]
        created_at: Mapped[datetime]
        updated_at: Mapped[datetime]
        version: Mapped[int]

    def __init_subclass__(cls, **options: Any) -> None:
        if not cls.__dict__.get("__abstract__", False):
            declare(cls, Location.of_caller())
        super().__init_subclass__(**options)
