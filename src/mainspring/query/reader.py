"""The road of a question, from its text to its answer, with what is kept on the way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import FromClause

from mainspring.access.conditions import Condition as RowCondition
from mainspring.access.conditions import Conditions
from mainspring.context import Who
from mainspring.database.engine import Connection, Engine
from mainspring.kept import Kept
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity
from mainspring.model.rules import Action
from mainspring.query.ask import Ask, Column, Order, Select, Star
from mainspring.query.compile import Compiler
from mainspring.query.encode.json import encode_json
from mainspring.query.explain import Explained, explain
from mainspring.query.parse import Query, parse
from mainspring.query.plan import Plan, Planned, Window
from mainspring.query.planner import Planner
from mainspring.query.run import Page, Runner, driver_values
from mainspring.query.statement import Record, Row, Statement, shape_of
from mainspring.query.values import Values
from mainspring.settings import Settings

LONGEST_KEPT = 1_000
"""Characters of the longest query string that is kept whole; of longer ones only the statement is."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A question that is ready to be run.

    Attributes:
        query: What was asked.
        plan: Its plan.
        statement: Its statement.
        values: Its driver values.
        divisible: Whether each step of it is short; see `Database.answer`.
        subject: What its cursors are good for: the table, the conditions and the order.
    """

    query: Query
    plan: Plan
    statement: Statement
    values: list[Any]
    divisible: bool
    subject: bytes

    @property
    def limit(self) -> int:
        """At most how many records are shown."""
        return int(self.values[self._window.limit])

    @property
    def offset(self) -> int:
        """How many records are skipped."""
        return self.query.ask.offset

    def limited(self, limit: int) -> list[Any]:
        """Its driver values with another limit."""
        values = [*self.values]
        values[self._window.limit] = limit
        return values

    @property
    def _window(self) -> Window:
        assert self.plan.window is not None, "the plan of a question has a window"
        return self.plan.window


@dataclass(frozen=True, slots=True, eq=False)
class Showing:
    """How records given by their keys are shown.

    Attributes:
        statement: The statement.
        values: Its driver values, but for the keys.
    """

    statement: Statement
    values: list[Any]


class Reader:
    """Answers questions under the rules.

    Args:
        catalog: The models.
        conditions: The rules.
        engine: The engine.
        settings: The limits.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions, engine: Engine, settings: Settings) -> None:
        self.catalog = catalog
        self.conditions = conditions
        self.settings = settings
        self.planner = Planner(catalog, conditions, settings)
        self.engine = engine
        self.values = Values(engine)
        self._compiler = Compiler(catalog, conditions, self.values, settings.embed_rows)
        self._runner = Runner(engine, settings.embed_rows)
        self._questions: Kept[Question] = Kept(settings.kept_plans)
        self._statements: Kept[Statement] = Kept(settings.kept_plans)
        self._showings: Kept[Showing] = Kept(settings.kept_plans)

    def question(self, entity: Entity, text: str, who: Who) -> Question:
        """The question that a query string asks.

        Raises:
            BadRequest: It cannot be read, names what is not there, or is too much.
        """

        def prepare() -> Question:
            query = parse(text)
            planned = self.planner.plan(entity, query.ask, who)
            statement, values = self.records_statement(planned.plan, who), driver_values(planned, self.values)
            subject = _subject(entity, query.ask, planned.plan)
            return Question(query, planned.plan, statement, values, planned.divisible, subject)

        def keep(question: Question) -> bool:
            return question.statement.keepable and len(text) <= LONGEST_KEPT

        return self._questions.get((entity.name, text, who.authority), prepare, keep)

    def after(self, question: Question, last: Row, who: Who) -> Question:
        """A question about what comes after the record that is sorted by these driver values."""
        first = len(question.values)
        full = [value for value in last if value is not None]
        slots = iter(range(first, first + len(full)))
        plan = replace(question.plan, after=tuple(None if value is None else next(slots) for value in last))
        return replace(question, plan=plan, statement=self.records_statement(plan, who), values=[*question.values, *full])

    def page(self, connection: Connection, question: Question, who: Who, *, count: bool) -> Page:
        """The answer to a question; with `count`, also how many records there are without its limit and offset."""
        counted, most = self._count_statement(question.plan, who) if count else None, question.limit
        values = question.limited(most + 1 if most else 0)
        return self._runner.page(connection, question.statement, values, who, count=counted, most=most)

    def explain(self, connection: Connection, question: Question, who: Who, *, count: bool, analyze: bool) -> list[Explained]:
        """What a question makes the database do; see `explain.explain`."""
        counted = [self._count_statement(question.plan, who)] if count else []
        statements = [question.statement, *counted]
        return explain(self.engine, connection, statements, question.values, who, analyze=analyze)

    def export(self, question: Question) -> Question:
        """A question with the limit of exports instead of that of pages."""
        most, asked = self.settings.export_rows, question.query.ask.limit
        limit = most if asked is None else min(asked, most)
        return replace(question, values=question.limited(limit))

    def pieces(self, connection: Connection, question: Question, who: Who) -> Iterator[list[Record]]:
        """The records of a question, some at a time; see `Runner.pieces`."""
        return self._runner.pieces(connection, question.statement, question.values, who)

    def count(self, connection: Connection, question: Question, who: Who) -> int:
        """How many records there are without the question's limit and offset."""
        statement = self._count_statement(question.plan, who)
        return int(connection.execute(statement.sql, statement.bind(question.values, who)).fetchone()[0])

    def showing(self, entity: Entity, select: Select, who: Who, order: tuple[Order, ...] = ()) -> Showing:
        """How records given by their keys are shown, and in which order.

        Raises:
            BadRequest: `select` names what is not there, has a value that does not fit its field, or is too much.
        """

        def prepare() -> Showing:
            planned = self.planner.keyed(entity, select, who, order)
            return Showing(self.records_statement(planned.plan, who), driver_values(planned, self.values))

        def keep(showing: Showing) -> bool:
            return showing.statement.keepable and not showing.values

        return self._showings.get((entity.name, select, order, who.authority), prepare, keep)

    def shown(self, connection: Connection, showing: Showing, keys: Sequence[Any], who: Who) -> Page:
        """The records with these keys (driver values), as far as the caller may see them."""
        values = [*showing.values, self.engine.expressions.bind_list(keys)]
        return self._runner.page(connection, showing.statement, values, who)

    def version_of(self, connection: Connection, statement: Statement, page: Page, who: Who) -> str | None:
        """The `version` of the only record of a page; None where there is none, or nothing tells it from others."""
        shape = shape_of(statement)
        if page.only is None or not shape.key_at:
            return None
        if shape.version_at is not None:
            return str(page.only[shape.version_at])
        key = tuple(page.only[at] for at in shape.key_at)
        return self.version(connection, shape.entity, key[0] if len(key) == 1 else key, who)

    def version(self, connection: Connection, entity: Entity, key: Any, who: Who) -> str | None:
        """What is another whenever a record has changed; None where the caller sees no such record.

        Adopted tables have no versions: there it is made from all that the caller may see of the record.
        """
        showing = self.showing(entity, EVERYTHING if entity.adopted else _VERSION, who)
        records = self.shown(connection, showing, [key], who).records
        if not records:
            return None
        return sha256(encode_json(records[0])).hexdigest()[:16] if entity.adopted else str(records[0]["version"])

    def typed(self, entity: Entity, ask: Ask, who: Who) -> tuple[Statement, list[Any]]:
        """The statement and driver values of a question whose conditions hold Python values."""
        planned = self.planner.plan(entity, ask, who, typed=True)
        return self.records_statement(planned.plan, who), driver_values(planned, self.values)

    def keys(self, connection: Connection, planned: Planned, action: Action, who: Who, *, limited: bool) -> list[Any]:
        """The keys (driver values) of the records of a plan that the caller may read and `action`.

        Args:
            connection: Where they stand.
            planned: The plan.
            action: What is to be done with them.
            who: The caller.
            limited: Whether the plan's limit and offset hold; else all of them are found.
        """
        plan = planned.plan if limited else replace(planned.plan, window=None)
        statement = self._kept(("keys", action, plan, who.authority), lambda: self._compiler.keys(plan, action, who))
        rows = connection.execute(statement.sql, statement.bind(driver_values(planned, self.values), who)).fetchall()
        return [row[0] for row in rows] if rows and len(rows[0]) == 1 else rows

    def check_statement(
        self,
        entity: Entity,
        name: str,
        condition: Callable[[Who, FromClause], RowCondition],
        who: Who,
        columns: tuple[str, ...],
    ) -> Statement:
        """The statement that counts, among records given by what these columns hold, those that fulfil a condition.

        It is kept under the condition's name.
        """
        key = ("check", name, entity.name, columns, who.authority)
        return self._kept(key, lambda: self._compiler.check(entity, columns, condition, who))

    def number_fulfilling(self, connection: Connection, statement: Statement, keys: list[Any], who: Who) -> int:
        """How many of the records with these keys, each given once, are there and fulfil the statement's condition."""
        (found,) = connection.execute(statement.sql, statement.bind((), who, self.engine.expressions.bind_list(keys))).fetchone()
        return int(found)

    def records_statement(self, plan: Plan, who: Who) -> Statement:
        """The statement that finds the records of a plan."""
        return self._kept(("records", plan, who.authority), lambda: self._compiler.records(plan, who))

    def _count_statement(self, plan: Plan, who: Who) -> Statement:
        return self._kept(
            ("count", plan.entity, plan.where, (plan.columns, plan.embeds) if plan.grouped else None, who.authority),
            lambda: self._compiler.count(plan, who),
        )

    def _kept(self, key: tuple[Any, ...], make: Callable[[], Statement]) -> Statement:
        return self._statements.get(key, make, lambda statement: statement.keepable)


def _subject(entity: Entity, ask: Ask, plan: Plan) -> bytes:
    """The same for every page of one question, and for nothing else."""
    if plan.grouped:
        return b""  # of groups there are no pages by cursor
    terms = [(each, entity.readable[each.field].kind.name if each.embed is None else "") for each in plan.order]
    return repr((entity.name, replace(ask, limit=None, offset=0), terms)).encode()


_VERSION: Select = (Column("version"),)
EVERYTHING: Select = (Star(),)
"""What is shown where nothing is chosen."""
