"""From rules and who asks to conditions on rows.

A condition is `True` (every row), `False` (none), or SQL. What depends only on who asks is decided here, so that the database is
asked only about what depends on the row.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, String, and_, exists, literal, not_, or_, true
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from mainspring.access.stand_in import StandIn
from mainspring.context import Caller, Who
from mainspring.errors import DeclarationError
from mainspring.kept import Kept
from mainspring.model.catalog import Catalog, rule_column, rule_relation
from mainspring.model.entity import Entity, Field
from mainspring.model.kinds import Uuid
from mainspring.model.rules import (
    Action,
    AllOf,
    AnyOf,
    Constant,
    HasRole,
    IsMe,
    MemberOf,
    Not,
    Rule,
    SignedIn,
    Through,
    Written,
    leaves,
)

Condition = ColumnElement[bool] | bool

Verdict = bool | None
"""What a condition comes to: the same for every row, or None where it depends on the row."""

VERDICTS = 5_000
"""Most verdicts that are kept."""

DEPTH = 10
"""How many `through` may follow each other."""


def either(*parts: Condition) -> Condition:
    """The condition that at least one part holds."""
    if True in parts:
        return True
    open_parts = [part for part in parts if part is not False]
    return or_(*(sql(part) for part in open_parts)) if open_parts else False


def both(*parts: Condition) -> Condition:
    """The condition that every part holds."""
    if False in parts:
        return False
    open_parts = [part for part in parts if part is not True]
    return and_(*(sql(part) for part in open_parts)) if open_parts else True


def sql(condition: Condition) -> ColumnElement[bool]:
    """The condition as SQL, also where it is the same for every row."""
    if isinstance(condition, bool):
        return true() if condition else ~true()
    return condition


class Conditions:
    """The conditions of every rule of a catalog.

    Args:
        catalog: The models and their rules.

    Raises:
        DeclarationError: Rules lead through each other in a circle, or a `@rule` looks at the caller's id in Python.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._verdicts: Kept[tuple[Verdict]] = Kept(VERDICTS)
        for entity in catalog.entities.values():
            for action in ("read", "update"):
                self._check_circle(entity, action, ())
            for rule in entity.rules:
                for leaf in leaves(rule):
                    if isinstance(leaf, Written):
                        _try(leaf)

    def rows(self, entity: Entity, action: Action, who: Who, source: FromClause) -> Condition:
        """Which rows of `source`, the entity's table under some name, the caller may `action`."""
        return self._rows(entity, action, who, source, 0)

    def seen(self, entity: Entity, field: Field, who: Who, source: FromClause) -> Condition:
        """In which rows the caller may see a field, among those that they may see."""
        if who.kind is Caller.system:
            return True
        if field.private:
            return False
        own = True if who.administrator else self._condition(field.read, entity, "read", who, source, 0)
        if field.computed is None:
            return own
        return both(own, *(self.seen(entity, entity.fields[name], who, source) for name in field.computed.uses))

    def writable(self, entity: Entity, field: Field, who: Who, source: FromClause) -> Condition:
        """In which rows the caller may write a field, among those that they may write."""
        if who.kind is Caller.system:
            return True
        if field.private or field.server_owned:
            return False
        return True if who.administrator else self._condition(field.write, entity, "update", who, source, 0)

    def verdict(self, entity: Entity, action: Action, who: Who) -> Verdict:
        """What `rows` comes to for every caller of this authority; kept, where `rows` makes its condition anew."""
        return self._kept((entity.name, action, who.authority), lambda: self.rows(entity, action, who, entity.table))

    def seen_verdict(self, entity: Entity, field: Field, who: Who) -> Verdict:
        """What `seen` comes to for every caller of this authority."""
        return self._kept((entity.name, "seen", field.name, who.authority), lambda: self.seen(entity, field, who, entity.table))

    def writable_verdict(self, entity: Entity, field: Field, who: Who) -> Verdict:
        """What `writable` comes to for every caller of this authority."""
        key = (entity.name, "writable", field.name, who.authority)
        return self._kept(key, lambda: self.writable(entity, field, who, entity.table))

    def known(self, entity: Entity, field: Field, who: Who) -> bool:
        """Whether the caller may know that a field exists: they may write or see it in at least some row."""
        return any(verdict(entity, field, who) is not False for verdict in (self.writable_verdict, self.seen_verdict))

    def _kept(self, key: tuple[Any, ...], make: Callable[[], Condition]) -> Verdict:
        (verdict,) = self._verdicts.get(key, lambda: (_verdict(make()),))
        return verdict

    def possible(self, entity: Entity, action: Action, who: Who) -> bool:
        """Whether there could be a row that the caller may `action`, whatever the table held; signing in counts as possible."""
        if not entity.key and action != "read":
            return False
        return _passes(entity, action, who) or _possible(entity.access.rule(action), who)

    def addressable(self, entity: Entity, who: Who) -> bool:
        """Whether the table exists at all for the caller: whether they could see or make some row."""
        return entity.addressable and (self.possible(entity, "read", who) or self.possible(entity, "create", who))

    def asks_who_is_in(self, entity: Entity, relation: str) -> bool:
        """Whether a rule of the table lets people do something because they are in a many-to-many field of it."""
        return any(_asks_who_is_in(entity, leaf, relation) for rule in entity.rules for leaf in leaves(rule))

    def _rows(self, entity: Entity, action: Action, who: Who, source: FromClause, depth: int) -> Condition:
        if not entity.key and action != "read":
            return False  # nothing tells its rows apart, so nobody can change one
        if _passes(entity, action, who):
            return True
        return self._condition(entity.access.rule(action), entity, action, who, source, depth)

    def _condition(self, rule: Rule, entity: Entity, action: Action, who: Who, source: FromClause, depth: int) -> Condition:
        match rule:
            case Constant(value):
                return value
            case SignedIn():
                return who.signed_in
            case HasRole(name):
                return name in who.roles
            case AnyOf(parts):
                return either(*(self._condition(part, entity, action, who, source, depth) for part in parts))
            case AllOf(parts):
                return both(*(self._condition(part, entity, action, who, source, depth) for part in parts))
            case Not(part):
                inner = self._condition(part, entity, action, who, source, depth)
                return not inner if isinstance(inner, bool) else not_(inner)
            case IsMe():
                return False if who.id is None else _is_me(source.c[str(rule_column(entity, rule))], entity, who.id)
            case MemberOf():
                return self._member_of(rule, entity, who, source)
            case Through():
                return self._through(rule, entity, action, who, source, depth)
            case Written():
                return _written(rule, entity, who, source)
            case _:
                raise DeclarationError(f"{entity.location}: {rule!r} is no rule")

    def _member_of(self, rule: MemberOf, entity: Entity, who: Who, source: FromClause) -> Condition:
        relation = rule_relation(entity, rule)
        assert relation is not None, "checked when the catalog was frozen"
        assert relation.join is not None, "checked when the catalog was frozen"
        if who.id is None:
            return False
        table, here, there = relation.join
        members = table.alias()
        return exists().where(members.c[here] == source.c[relation.local], members.c[there] == who.id).correlate(source)

    def _through(self, rule: Through, entity: Entity, action: Action, who: Who, source: FromClause, depth: int) -> Condition:
        relation = rule_relation(entity, rule)
        assert relation is not None, "checked when the catalog was frozen"
        target = self._catalog.entities[relation.target]
        other = target.table.alias()
        inner = self._rows(target, "read" if action == "read" else "update", who, other, depth + 1)
        if inner is False:
            return False
        if inner is True:
            return source.c[relation.local].is_not(None)
        return exists().where(other.c[relation.remote] == source.c[relation.local], inner).correlate(source)

    def _check_circle(self, entity: Entity, action: Action, path: tuple[str, ...]) -> None:
        if len(path) > DEPTH:
            first = self._catalog.entities[path[0]]
            raise DeclarationError(
                f"{first.location}: the rules of {' → '.join(path[:4])} … lead through each other in a circle or too deep; "
                f"write one of them without through()"
            )
        for relation in _through_relations(entity, entity.access.rule(action)):
            self._check_circle(self._catalog.entities[relation], action, (*path, entity.name))


def _verdict(condition: Condition) -> Verdict:
    return condition if isinstance(condition, bool) else None


def _passes(entity: Entity, action: Action, who: Who) -> bool:
    """Whether the caller needs no rule for this action."""
    if who.kind is Caller.system:
        return True
    power = entity.access.administrator
    return who.administrator and (power == "write" or (power == "read" and action == "read"))


def _possible(rule: Rule, who: Who) -> bool:
    match rule:
        case Constant(value):
            return value
        case HasRole(name):
            return name in who.roles
        case AnyOf(parts):
            return any(_possible(part, who) for part in parts)
        case AllOf(parts):
            return all(_possible(part, who) for part in parts)
        case Not(Constant(value)):
            return not value
        case Not(HasRole(name)):
            return name not in who.roles
        case _:
            return True


def _is_me(column: ColumnElement[Any], entity: Entity, id: UUID) -> ColumnElement[bool]:
    if isinstance(entity.fields[str(column.key)].kind, Uuid):
        return column == id
    return column == literal(id, _IdAsText())  # an adopted column may hold users' ids as text


class _IdAsText(TypeDecorator[UUID]):
    """A user's id as the text that it is on the wire."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return None if value is None else str(value)


def _written(rule: Written, entity: Entity, who: Who, source: FromClause) -> Condition:
    """The author's condition speaks of the table itself; it is joined to `source` by the key."""
    table = entity.table
    same: list[Any] = [table.c[name] == source.c[name] for name in entity.key]
    return exists().where(*same, rule.function(who)).correlate(source)


def _try(rule: Written) -> None:
    """Call an author's rule once at the start, so that it fails there and not at somebody's question."""
    try:
        rule.function(Who.user(StandIn()))
    except DeclarationError as error:
        raise DeclarationError(f"{rule.location}: {error}") from None


def _through_relations(entity: Entity, rule: Rule) -> list[str]:
    """The tables whose rules a rule asks."""
    found = (rule_relation(entity, leaf) for leaf in leaves(rule) if isinstance(leaf, Through))
    return [relation.target for relation in found if relation]


def _asks_who_is_in(entity: Entity, leaf: Rule, relation: str) -> bool:
    if isinstance(leaf, MemberOf):
        asked = rule_relation(entity, leaf)
        return asked is not None and asked.name == relation
    return isinstance(leaf, Written)  # what an author wrote in SQL may ask anything
