"""The road of a change: checked rows are written in one transaction, with their files, and what comes back is shown."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mainspring.change.apply import Applier
from mainspring.change.check import Checker
from mainspring.change.explain import Explaining
from mainspring.change.files import Sweeper
from mainspring.change.guard import Guard
from mainspring.change.insert import Inserter, number_of_records
from mainspring.change.parse import Body
from mainspring.change.precondition import Precondition
from mainspring.change.upsert import Conflict, Upserter
from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.files.inbox import Incoming
from mainspring.files.store import Store
from mainspring.model.entity import Entity
from mainspring.model.rules import Action
from mainspring.query.ask import Ask, Order, Select
from mainspring.query.explain import Explained
from mainspring.query.grouping import refuse_groups
from mainspring.query.plan import Planned
from mainspring.query.reader import Reader, Showing
from mainspring.query.run import Page
from mainspring.query.statement import Record, Shape, shape_of


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody is answered.

    Attributes:
        status: The status.
        headers: The headers, but the length.
        body: The body.
        repeated: Whether it was given before, to the same request.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What a change did.

    Attributes:
        keys: The keys (driver values) of the records that it made, changed or deleted.
        records: They, as the caller may see them; empty where that was not asked for. Of deleted ones, as they were.
        made: How many records are new, those included that were made along with others.
        dropped: Whether there may be content that no record needs any more.
        shape: How the records are made; None where they were not asked for.
        version: Where one record is shown, its version.
        answer: Where answers are kept, the one to this change.
    """

    keys: Sequence[Any]
    records: Sequence[Record]
    made: int
    dropped: bool
    shape: Shape | None = None
    version: str | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class _Shown:
    """The records of a change, as its author sees them; see `Written`."""

    records: Sequence[Record]
    shape: Shape | None = None
    version: str | None = None


_NOTHING_SHOWN = _Shown(())

Work = Callable[[Connection], Written]
"""A change that is checked and ready: called with a connection inside a transaction. It may be called again after a rollback."""


class Changer:
    """Makes changes under the rules.

    Args:
        database: Where the records stand.
        store: Where their files lie.
        reader: Finds and shows records.
        checker: Checks rows.
        guard: Holds them against the rules.
        applier: Writes them.
        inserter: Writes new ones, with those that stand in them.
        upserter: Writes those that may be there already.
        sweeper: Removes content that no record needs any more.
    """

    def __init__(
        self,
        *,
        database: Database,
        store: Store,
        reader: Reader,
        checker: Checker,
        guard: Guard,
        applier: Applier,
        inserter: Inserter,
        upserter: Upserter,
        sweeper: Sweeper,
    ) -> None:
        self._database = database
        self._store = store
        self._reader = reader
        self._checker = checker
        self._guard = guard
        self._applier = applier
        self._inserter = inserter
        self._upserter = upserter
        self._sweeper = sweeper

    def insert(self, entity: Entity, body: Body, who: Who, select: Select | None, order: tuple[Order, ...] = ()) -> Work:
        """Have records made.

        Args:
            entity: The table.
            body: The rows.
            who: Who makes them.
            select: What to show of them; None for nothing.
            order: In which order they are shown.

        Raises:
            RequestError: The rows cannot be made.
        """
        self._guard.require(entity, who, "create")
        rows = self._checker.new(entity, body, who)
        shown = self._showing(entity, select, who, order)

        def work(connection: Connection) -> Written:
            self._keep(connection, body)
            keys = self._inserter.insert(connection, entity, rows, who)
            return self._written(connection, keys, self._shown(connection, shown, keys, who), made=number_of_records(rows))

        return work

    def upsert(
        self,
        entity: Entity,
        body: Body,
        who: Who,
        select: Select | None,
        conflict: Conflict,
        order: tuple[Order, ...] = (),
    ) -> Work:
        """Have records made, or changed where they are there already; see `insert`.

        Args:
            entity: The table.
            body: The rows.
            who: Who writes them.
            select: What to show of them; None for nothing.
            conflict: When a record counts as there already, and what becomes of it; its columns are those of `identifying`.
            order: In which order they are shown.
        """
        self._guard.require(entity, who, "create", "update")
        rows = self._checker.perhaps_new(entity, body, who, conflict.columns)
        shown = self._showing(entity, select, who, order)

        def work(connection: Connection) -> Written:
            self._keep(connection, body)
            keys, made = self._upserter.write(connection, entity, rows, who, conflict)
            return self._written(connection, keys, self._shown(connection, shown, keys, who), made=made)

        return work

    def identifying(self, entity: Entity, names: Sequence[str] | None, who: Who) -> tuple[str, ...]:
        """The columns by which an upsert finds records; see `Checker.identifying`."""
        return self._checker.identifying(entity, names, who)

    def update(self, entity: Entity, ask: Ask, body: Body, who: Who, select: Select | None, *, typed: bool = False) -> Work:
        """Have the records of a question changed, as far as the caller may.

        Args:
            entity: The table.
            ask: Which records; with a limit, so many of them in its order.
            body: The one row of new values.
            who: Who changes them.
            select: What to show of them; None for nothing.
            typed: Whether the question holds Python values.

        Raises:
            RequestError: The values cannot be written.
        """
        planned = self._planned(entity, ask, who, typed=typed)
        row = self._checker.changed(entity, body, who)
        shown = self._showing(entity, select, who, ask.order)

        def work(connection: Connection) -> Written:
            self._keep(connection, body)
            keys = self._applier.update(connection, entity, planned, row, who, limited=ask.limit is not None)
            return self._written(connection, keys, self._shown(connection, shown, keys, who), made=0)

        return work

    def delete(self, entity: Entity, ask: Ask, who: Who, select: Select | None, *, typed: bool = False) -> Work:
        """Have the records of a question deleted, as far as the caller may; see `update`."""
        planned = self._planned(entity, ask, who, typed=typed)
        shown = self._showing(entity, select, who, ask.order)

        def work(connection: Connection) -> Written:
            keys = self._reader.keys(connection, planned, "delete", who, limited=ask.limit is not None)
            gone = self._shown(connection, shown, keys, who)
            self._applier.delete(connection, entity, keys, who)
            return self._written(connection, keys, gone, made=0)

        return work

    def conditional(self, work: Work, entity: Entity, ask: Ask, precondition: Precondition, who: Who) -> Work:
        """Have a change made only if the one record that it is about is as its author knows it.

        Args:
            work: The change.
            entity: The table.
            ask: Which record, by its whole key.
            precondition: How it must be.
            who: Who makes the change.
        """
        planned = self._planned(entity, ask, who, typed=False)

        def checked(connection: Connection) -> Written:
            keys = self._reader.keys(connection, planned, "read", who, limited=False)
            precondition.check(self._reader.version(connection, entity, keys[0], who) if keys else None)
            return work(connection)

        return checked

    def require(self, entity: Entity, who: Who, *actions: Action) -> None:
        """Refuse at once what no row could make allowed; see `Applier.require`."""
        self._guard.require(entity, who, *actions)

    async def perform(self, work: Work, incoming: Sequence[Incoming] = (), *, undone: bool = False) -> Written:
        """Do a change and wait, without holding a thread, until it is on the disk.

        Args:
            work: The change.
            incoming: The files that came with it.
            undone: Whether it is only tried: everything is as if it were made, but nothing is stored.

        Raises:
            RequestError: It is refused; nothing of it was stored.
        """
        loop = asyncio.get_running_loop()
        try:
            written = await asyncio.wrap_future(self._database.submit(_undone(work) if undone else work))
        except BaseException as error:  # whoever goes away meanwhile leaves no files behind
            if incoming:
                await loop.run_in_executor(self._database.pool, self._sweeper.sweep, incoming)
            if isinstance(error, _Undone):
                return error.written
            raise
        if self._unsettled(written, incoming):
            await loop.run_in_executor(self._database.pool, self._sweeper.sweep, incoming)
        else:
            self._release(incoming)
        return written

    async def explain(self, work: Work, incoming: Sequence[Incoming] = (), *, analyze: bool) -> list[Explained]:
        """What a change makes the database do. It is made for a trial, and nothing is stored.

        Args:
            work: The change.
            incoming: The files that came with it.
            analyze: Whether to tell what its statements cost.

        Raises:
            RequestError: The change is refused, or the engine cannot tell what statements cost.
        """
        found: list[Explained] = []

        def explained(connection: Connection) -> Written:
            explaining = Explaining(connection, self._database.engine, analyze=analyze)
            written = work(explaining)
            found[:] = explaining.explained
            return written

        await self.perform(explained, incoming, undone=True)
        return found

    def perform_now(self, work: Work, incoming: Sequence[Incoming] = ()) -> Written:
        """`perform`, for callers that may wait in their thread."""
        try:
            written = self._database.write(work)
        except BaseException:  # as above
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
        planned = self._reader.planner.plan(entity, ask, who, typed=typed)
        refuse_groups(planned.plan)
        return planned

    def _showing(self, entity: Entity, select: Select | None, who: Who, order: tuple[Order, ...] = ()) -> Showing | None:
        return None if select is None else self._reader.showing(entity, select, who, order)

    def _keep(self, connection: Connection, body: Body) -> None:
        """Keep the files that come along, inside the transaction."""
        if body.incoming:
            self._database.engine.keep_out_lone(connection)  # the sweeper, to which they are content that no record needs
        for incoming in body.incoming:
            self._store.keep(incoming)

    def _written(self, connection: Connection, keys: Sequence[Any], shown: _Shown, *, made: int) -> Written:
        dropped = self._sweeper.noted(connection)
        return Written(keys, shown.records, made, dropped, shown.shape, shown.version)

    def _shown(self, connection: Connection, showing: Showing | None, keys: Sequence[Any], who: Who) -> _Shown:
        if showing is None:
            return _NOTHING_SHOWN
        page = self._reader.shown(connection, showing, keys, who) if keys else Page([])
        version = self._reader.version_of(connection, showing.statement, page, who)
        return _Shown(page.records, shape_of(showing.statement), version)


class _Undone(Exception):
    """No fault: what takes a change back that was only tried."""

    def __init__(self, written: Written) -> None:
        super().__init__()
        self.written = written


def _undone(work: Work) -> Work:
    def tried(connection: Connection) -> Written:
        raise _Undone(work(connection))

    return tried
