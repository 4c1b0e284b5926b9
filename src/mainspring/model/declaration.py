"""A model while it is being put together, and all of them so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table

from mainspring.model.annotation import Annotation
from mainspring.model.entity import Field, Relation
from mainspring.model.expression import Location
from mainspring.model.field import Declared, DeclaredMany, DeclaredOne
from mainspring.model.rules import Rule


@dataclass(frozen=True, slots=True, eq=False)
class ComputedDeclaration:
    """A computed column as it was declared.

    Attributes:
        function: Makes its expression of the model.
        values: What its values are, as an annotation.
        read: Who may see it; None for who may see what it is made of.
        location: Where it was declared.
    """

    function: Callable[..., ColumnElement[Any]]
    values: Any
    read: Rule | None
    location: Location


@dataclass(frozen=True, slots=True, eq=False)
class ComputedRelationDeclaration:
    """A computed relation as it was declared.

    Attributes:
        function: Makes the condition that joins two models.
        target: The model that it leads to.
        first: By what the one record is chosen that it leads to; None where it leads to many.
        location: Where it was declared.
    """

    function: Callable[..., ColumnElement[bool]]
    target: "Declaration"
    first: Any
    location: Location


@dataclass(eq=False)
class Declaration:
    """A model while it is being put together.

    Attributes:
        model: The class.
        table: The table's name.
        location: Where the class was declared.
        declared: What stands in the class body, by name.
        annotations: What the annotations say, by name.
        fields: The columns so far.
        relations: The relations so far.
        waiting: Relations to models that are not yet there.
        computed: The computed columns so far.
        computed_relations: The computed relations so far.
        adopted: Whether its table was there before, and is none of ours to change.
    """

    model: type
    table: str
    location: Location
    declared: dict[str, Declared] = field(default_factory=dict[str, Declared])
    annotations: dict[str, Annotation] = field(default_factory=dict[str, Annotation])
    fields: dict[str, Field] = field(default_factory=dict[str, Field])
    relations: dict[str, Relation] = field(default_factory=dict[str, Relation])
    waiting: list[DeclaredOne | DeclaredMany] = field(default_factory=list[DeclaredOne | DeclaredMany])
    computed: dict[str, ComputedDeclaration] = field(default_factory=dict[str, ComputedDeclaration])
    computed_relations: dict[str, ComputedRelationDeclaration] = field(default_factory=dict[str, ComputedRelationDeclaration])
    adopted: bool = False

    @property
    def key(self) -> tuple[Field, ...]:
        """The columns of the key."""
        return tuple(each for each in self.fields.values() if each.key)

    @property
    def sql_table(self) -> Table:
        """Its table, once the class is mapped."""
        table: Table = getattr(self.model, "__table__")  # noqa: B009 - `type` has no such attribute for the checkers
        return table


declarations: dict[tuple[bool, str], Declaration] = {}
"""Every model of this process, by whether it is adopted and by table; of a model and its extension, the extension."""
