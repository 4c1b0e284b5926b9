"""The road of a change: checked rows are written in one transaction, with their files, and what comes back is shown."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mainspring.change.apply import Applier
from mainspring.change.check import Checker
from mainspring.change.files import Sweeper
from mainspring.change.parse import Body
from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.files.inbox import Incoming
from mainspring.files.store import Store
from mainspring.model.entity import Entity
from mainspring.model.rules import Action
from mainspring.query.ask import Ask, Select
from mainspring.query.plan import Planned
from mainspring.query.reader import Reader
from mainspring.query.statement import Record, Statement


@dataclass(frozen=True, slots=True)
class Written:
    """What a change did.

    Attributes:
        keys: The keys (driver values) of the records that it made, changed or deleted.
        records: They, as the caller may see them; empty where that was not asked for. Of deleted ones, as they were.
        dropped: Whether there may be content that no record needs any more.
    """

    keys: Sequence[Any]
    records: Sequence[Record]
    dropped: bool


Work = Callable[[Connection], Written]
"""A change that is checked and ready: called with a connection inside a transaction. It may be called again after a rollback."""


class Changer:
    """Makes changes under the rules.

    Args:
        database: Where the records stand.
        store: Where their files lie.
        reader: Finds and shows records.
        checker: Checks rows.
        applier: Writes them.
        sweeper: Removes content that no record needs any more.
    """

    def __init__(
        self, database: Database, store: Store, reader: Reader, checker: Checker, applier: Applier, sweeper: Sweeper
    ) -> None:
        self._database = database
        self._store = store
        self._reader = reader
        self._checker = checker
        self._applier = applier
        self._sweeper = sweeper

    def insert(self, entity: Entity, body: Body, who: Who, select: Select | None) -> Work:
        """Have records made.

        Args:
            entity: The table.
            body: The rows.
            who: Who makes them.
            select: What to show of them; None for nothing.

        Raises:
            RequestError: The rows cannot be made.
        """
        self._applier.require(entity, "create", who)
        rows = self._checker.new(entity, body, who)
        shown = self._shown_statement(entity, select, who)

        def work(connection: Connection) -> Written:
            keys = self._apply(connection, entity, body, who, lambda: self._applier.insert(connection, entity, rows, who))
            return self._written(connection, keys, who, shown)

        return work

    def update(self, entity: Entity, ask: Ask, body: Body, who: Who, select: Select | None, *, typed: bool = False) -> Work:
        """Have the records of a question changed, as far as the caller may.

        Args:
            entity: The table.
            ask: Which records.
            body: The one row of new values.
            who: Who changes them.
            select: What to show of them; None for nothing.
            typed: Whether the question holds Python values.

        Raises:
            RequestError: The values cannot be written.
        """
        planned = self._planned(entity, ask, who, typed=typed)
        row = self._checker.changed(entity, body, who)
        shown = self._shown_statement(entity, select, who)

        def work(connection: Connection) -> Written:
            keys = self._apply(connection, entity, body, who, lambda: self._applier.update(connection, entity, planned, row, who))
            return self._written(connection, keys, who, shown)

        return work

    def delete(self, entity: Entity, ask: Ask, who: Who, select: Select | None, *, typed: bool = False) -> Work:
        """Have the records of a question deleted, as far as the caller may; see `update`."""
        planned = self._planned(entity, ask, who, typed=typed)
        shown = self._shown_statement(entity, select, who)

        def work(connection: Connection) -> Written:
            keys = self._reader.keys(connection, planned, "delete", who)
            records = self._shown(connection, shown, keys, who)
            self._applier.delete(connection, entity, keys)
            return Written(keys, records, self._sweeper.noted(connection))

        return work

    def require(self, entity: Entity, action: Action, who: Who) -> None:
        """Refuse at once what no row could make allowed; see `Applier.require`."""
        self._applier.require(entity, action, who)

    async def perform(self, work: Work, incoming: Sequence[Incoming] = ()) -> Written:
        """Do a change and wait, without holding a thread, until it is on the disk.

        Raises:
            RequestError: It is refused; nothing of it was stored.
        """
        loop = asyncio.get_running_loop()
        try:
            written = await asyncio.wrap_future(self._database.submit(work))
        except BaseException:
            if incoming:
                await loop.run_in_executor(self._database.pool, self._sweeper.sweep, incoming)
            raise
        if self._unsettled(written, incoming):
            await loop.run_in_executor(self._database.pool, self._sweeper.sweep, incoming)
        else:
            self._release(incoming)
        return written

    def perform_now(self, work: Work, incoming: Sequence[Incoming] = ()) -> Written:
        """`perform`, for callers that may wait in their thread."""
        try:
            written = self._database.write(work)
        except BaseException:
            if incoming:
                self._sweeper.sweep(incoming)
            raise
        if self._unsettled(written, incoming):
            self._sweeper.sweep(incoming)
        else:
            self._release(incoming)
        return written

    @staticmethod
    def _release(incoming: Sequence[Incoming]) -> None:
        for each in incoming:
            each.release()

    @staticmethod
    def _unsettled(written: Written, incoming: Sequence[Incoming]) -> bool:
        """Whether there may be content that no record needs: what was dropped, or what came for records that were not there."""
        return written.dropped or (bool(incoming) and not written.keys)

    def _planned(self, entity: Entity, ask: Ask, who: Who, *, typed: bool) -> Planned:
        return self._reader.planner.plan(entity, ask, who, typed=typed)

    def _shown_statement(self, entity: Entity, select: Select | None, who: Who) -> Statement | None:
        return None if select is None else self._reader.shown_statement(entity, select, who)

    def _apply(
        self, connection: Connection, entity: Entity, body: Body, who: Who, write: Callable[[], Sequence[Any]]
    ) -> Sequence[Any]:
        """Keep the files that come along, and write; what the database refuses names only fields that the caller may know."""
        for incoming in body.incoming:
            self._store.keep(incoming)
        engine = self._database.engine
        try:
            return write()
        except engine.errors as error:
            raise self._checker.told(entity, engine.translate(error), who) from error

    def _written(self, connection: Connection, keys: Sequence[Any], who: Who, shown: Statement | None) -> Written:
        return Written(keys, self._shown(connection, shown, keys, who), self._sweeper.noted(connection))

    def _shown(self, connection: Connection, shown: Statement | None, keys: Sequence[Any], who: Who) -> Sequence[Record]:
        return [] if shown is None or not keys else self._reader.shown(connection, shown, keys, who)
