"""Who may do what, as plain declarations. `access/` turns them into SQL conditions; nothing here knows SQL.

Words combine with `|` (either), `&` (both) and `~` (not).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement

from mainspring.context import Who
from mainspring.errors import DeclarationError
from mainspring.model.expression import Location


@dataclass(frozen=True, slots=True)
class Rule:
    """What every rule is: given who asks, a condition on rows."""

    def __or__(self, other: "Rule") -> "Rule":
        return AnyOf((self, other))

    def __and__(self, other: "Rule") -> "Rule":
        return AllOf((self, other))

    def __invert__(self) -> "Rule":
        return Not(self)


@dataclass(frozen=True, slots=True)
class Constant(Rule):
    """The same for everybody and every row: `anyone` or `nobody`."""

    value: bool


@dataclass(frozen=True, slots=True)
class SignedIn(Rule):
    """Every row, for whoever is signed in."""


@dataclass(frozen=True, slots=True)
class HasRole(Rule):
    """Every row, for the users who hold a role."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class IsMe(Rule):
    """Rows whose field names the caller."""

    field: Any
    location: Location


@dataclass(frozen=True, slots=True, eq=False)
class MemberOf(Rule):
    """Rows whose many-to-many field holds the caller."""

    field: Any
    location: Location


@dataclass(frozen=True, slots=True, eq=False)
class Through(Rule):
    """Rows whose related record the caller may read (to read them) or update (to write them)."""

    field: Any
    location: Location


@dataclass(frozen=True, slots=True, eq=False)
class Written(Rule):
    """A rule that the app's author wrote as a function."""

    function: Callable[[Who], ColumnElement[bool]]
    location: Location


@dataclass(frozen=True, slots=True)
class AnyOf(Rule):
    """Rows for which at least one part holds."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AllOf(Rule):
    """Rows for which every part holds."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not(Rule):
    """Rows for which the part does not hold (nor is unknown)."""

    part: Rule


anyone: Rule = Constant(True)
"""Everybody, signed in or not, and every row."""

nobody: Rule = Constant(False)
"""No one but administrators."""

signed_in: Rule = SignedIn()
"""Every row, for whoever is signed in."""


def role(name: str) -> Rule:
    """Every row, for users who hold the role `name`."""
    return HasRole(name)


def is_me(field: Any) -> Rule:
    """Rows whose `field`, a `one()` to `User` or a user's key, names the caller."""
    return IsMe(_declared(field, "is_me"), Location.of_caller())


def member_of(field: Any) -> Rule:
    """Rows whose `field`, a many-to-many `many()` to `User`, holds the caller."""
    return MemberOf(_declared(field, "member_of"), Location.of_caller())


def through(field: Any) -> Rule:
    """Rows whose related record, by the `one()` named `field`, the caller may read; for writing: may update."""
    return Through(_declared(field, "through"), Location.of_caller())


def rule(function: Callable[[Who], ColumnElement[bool]]) -> Rule:
    """A rule of your own: a function from who asks to a condition, which may use everything that SQLAlchemy can say.

    It is called when a question is first compiled, and what it gives is kept for all callers with the same roles. So it may look
    at `who.roles` and `who.signed_in`, while `who.id` is a value to be compared with in the condition.
    """
    return Written(function, Location.of_caller())


def leaves(rule: Rule) -> Iterator[Rule]:
    """The words that a rule is made of."""
    if isinstance(rule, (AnyOf, AllOf)):
        for part in rule.parts:
            yield from leaves(part)
    elif isinstance(rule, Not):
        yield from leaves(rule.part)
    else:
        yield rule


def _declared(field: Any, word: str) -> Any:
    if hasattr(field, "key") or hasattr(field, "location"):
        return field
    raise DeclarationError(
        f"{Location.of_caller(3)}: {word}() takes a field of the model, such as {word}(owner); it was given {field!r}"
    )


Action = Literal["read", "create", "update", "delete"]


@dataclass(frozen=True, slots=True, init=False)
class Access:
    """Who may read and write the records of a model. What is not named is closed.

    Args:
        read: Rows that may be seen.
        write: What `create`, `update` and `delete` are where they are not named.
        create: New rows that may be made; checked against the new row.
        update: Rows that may be changed; checked against the row before and after.
        delete: Rows that may be deleted.
        administrator: What administrators may do without a rule: `"write"` (all), `"read"`, or `"none"`.
    """

    read: Rule
    create: Rule
    update: Rule
    delete: Rule
    administrator: Literal["write", "read", "none"]

    def __init__(
        self,
        *,
        read: Rule = nobody,
        write: Rule = nobody,
        create: Rule | None = None,
        update: Rule | None = None,
        delete: Rule | None = None,
        administrator: Literal["write", "read", "none"] = "write",
    ) -> None:
        object.__setattr__(self, "read", read)
        object.__setattr__(self, "create", write if create is None else create)
        object.__setattr__(self, "update", write if update is None else update)
        object.__setattr__(self, "delete", write if delete is None else delete)
        object.__setattr__(self, "administrator", administrator)

    @classmethod
    def through(cls, field: Any) -> "Access":
        """Whoever may read the related record reads these; whoever may update it writes these."""
        related = Through(_declared(field, "Access.through"), Location.of_caller())
        return cls(read=related, write=related)

    def rule(self, action: Action) -> Rule:
        """The rule of one action."""
        rule: Rule = getattr(self, action)
        return rule
