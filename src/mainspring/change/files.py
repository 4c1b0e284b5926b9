"""The files of records that change or go: content that no record needs any more is removed.

Triggers note in `mainspring_dropped_files` what a record no longer holds, also where a cascade or another program took the
record. What is noted is looked at again in a transaction of its own, when everything that could need the content is committed.
"""

from collections.abc import Sequence

from sqlalchemy import Column, Table, bindparam, delete, exists, select

from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.database.sql import prepare
from mainspring.files.inbox import Claim
from mainspring.files.store import Store
from mainspring.model.catalog import Catalog
from mainspring.model.kinds import FileKind, Integer, KindType, Text
from mainspring.model.model import Model

DROPPED = Table(
    "mainspring_dropped_files",
    Model.metadata,
    Column("id", KindType(Integer()), primary_key=True),
    Column("hash", KindType(Text(max_length=64)), nullable=False),
    sqlite_autoincrement=True,
)
"""Hashes of contents that a record held and holds no more."""

AT_ONCE = 500


class Sweeper:
    """Removes content that no record needs.

    Args:
        catalog: The models, some of whose fields are files.
        database: Where the records stand.
        store: Where their content lies.
    """

    def __init__(self, catalog: Catalog, database: Database, store: Store) -> None:
        engine = database.engine
        self._database = database
        self._store = store
        self._noted = prepare(select(DROPPED.c.id, DROPPED.c.hash).order_by(DROPPED.c.id).limit(bindparam("limit")), engine)
        self._forget = prepare(delete(DROPPED).where(DROPPED.c.id <= bindparam("last")), engine)
        # A stored file's text begins with its hash and a blank: a range that the field's index finds.
        self._needs = [
            prepare(select(exists().where(column >= bindparam("hash"), column < bindparam("beyond"))), engine)
            for entity in catalog.entities.values()
            for column in (entity.table.c[name] for name, field in entity.fields.items() if isinstance(field.kind, FileKind))
        ]

    def noted(self, connection: Connection) -> bool:
        """Whether there is something to look at; asked at the end of a change."""
        return bool(self._needs) and self._noted.run(connection, limit=1).fetchone() is not None

    def sweep(self, claims: Sequence[Claim] = ()) -> None:
        """Remove every noted or claimed content that no record needs.

        A process that is killed meanwhile leaves the notes, and the next sweep goes on.
        """
        more = self._database.write(lambda connection: self._sweep(connection, claims), alone=True)
        while more:
            more = self._database.write(lambda connection: self._sweep(connection, ()), alone=True)

    def _sweep(self, connection: Connection, claims: Sequence[Claim]) -> bool:
        """Look at some of the notes; gives whether there may be more."""

        def needed(hash: str) -> bool:
            return any(need.run(connection, hash=f"{hash} ", beyond=f"{hash}!").fetchone()[0] for need in self._needs)

        self._store.settle(claims, needed)
        noted = self._noted.run(connection, limit=AT_ONCE).fetchall()
        for hash in {hash for _, hash in noted}:
            if not needed(hash):
                self._store.remove(hash)
        if noted:
            self._forget.run(connection, last=noted[-1][0])
        return len(noted) == AT_ONCE
