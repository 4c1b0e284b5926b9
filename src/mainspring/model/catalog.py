"""The catalog: a frozen picture of all models, made once at the start, when everything that can be wrong with them is found."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from sqlalchemy import MetaData
from sqlalchemy.orm import configure_mappers

from mainspring.errors import DeclarationError
from mainspring.model.computed.columns import computed_fields
from mainspring.model.computed.relations import computed_relations
from mainspring.model.declaration import Declaration, declarations
from mainspring.model.entity import Cardinality, Entity, Relation
from mainspring.model.kinds import Text, Uuid
from mainspring.model.links import add_waiting
from mainspring.model.model import Model
from mainspring.model.names import snake_case
from mainspring.model.rules import IsMe, MemberOf, Rule, Through, Written, leaves

RESERVED = frozenset({"rpc", "files", "schema.xsd"})
"""Tables that would stand in the way of addresses of ours."""


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """All models of an app.

    Attributes:
        entities: The models by table. Where an adopted table has the name of one of ours, it is the adopted one.
        metadata: The tables that are ours, join tables included.
        own: The models of ours alone.
        adopted: The adopted models alone.
    """

    entities: Mapping[str, Entity]
    metadata: MetaData
    own: Mapping[str, Entity]
    adopted: Mapping[str, Entity]

    def part(self, entities: Mapping[str, Entity]) -> "Catalog":
        """The catalog of some of the models, between which and the others nothing leads."""
        return replace(self, entities=entities)

    def of(self, model: type) -> Entity:
        """The entity of a model's class; of `mainspring.User`, the app's own where it has one.

        Raises:
            DeclarationError: The class is no model of this app.
        """
        for entity in self.entities.values():
            if issubclass(entity.model, model):
                return entity
        raise DeclarationError(f"{model.__name__} is no model of this app")


def freeze() -> Catalog:
    """The catalog of every model declared so far.

    Raises:
        DeclarationError: A declaration names what does not exist; the message names file and line and what to write.
    """
    add_waiting()
    for declaration in declarations.values():
        _check_relations(declaration)
    own = {name: _freeze(declaration) for (adopted, name), declaration in declarations.items() if not adopted}
    others = {name: _freeze(declaration) for (adopted, name), declaration in declarations.items() if adopted}
    for entity in (*own.values(), *others.values()):
        if entity.name in RESERVED:
            raise DeclarationError(
                f"{entity.location}: the table name '{entity.name}' is an address of Mainspring; give another '__tablename__'"
            )
        _check_rules(entity)
    configure_mappers()
    entities = MappingProxyType(own | others)
    return Catalog(entities, Model.metadata, MappingProxyType(own), MappingProxyType(others))


def _freeze(declaration: Declaration) -> Entity:
    model = declaration.model
    assert issubclass(model, Model)
    fields = declaration.fields
    if not declaration.adopted:  # the stamps come last, also where relations joined later
        fields = dict(sorted(fields.items(), key=lambda item: item[1].server_owned and not item[1].key))
    return Entity(
        name=declaration.table,
        singular=snake_case(model.__name__),
        model=model,
        table=model.metadata.tables[declaration.table],
        key=tuple(each.name for each in declaration.key),
        fields=MappingProxyType(fields),
        readable=MappingProxyType(fields | {each.name: each for each in computed_fields(declaration)}),
        relations=MappingProxyType(dict(declaration.relations)),
        embeddable=MappingProxyType(declaration.relations | {each.name: each for each in computed_relations(declaration)}),
        access=model.access,
        location=declaration.location,
        adopted=declaration.adopted,
    )


def _check_relations(declaration: Declaration) -> None:
    for waiting in declaration.waiting:
        wanted = declaration.annotations[waiting.name].inner
        name = wanted if isinstance(wanted, str) else getattr(wanted, "__name__", repr(wanted))
        models = ", ".join(
            sorted(each.model.__name__ for each in declarations.values() if not each.table.startswith("mainspring_"))
        )
        raise DeclarationError(
            f"{waiting.location}: '{waiting.name}' leads to {name}, which is no model; the models are: {models}"
        )
    for relation in declaration.relations.values():
        if relation.back is not None:
            _check_back(declaration, relation)


def _check_back(declaration: Declaration, relation: Relation) -> None:
    """Two relations that look back at each other must name each other."""
    target = declarations[declaration.adopted, relation.target]
    other = target.relations.get(relation.back or "")
    here, there = declaration.model.__name__, target.model.__name__
    if other is None:
        raise DeclarationError(
            f"{relation.location}: back='{relation.back}' names no relation of {there}; "
            f"declare '{relation.back}: Mapped[list[\"{here}\"]] = many(back=\"{relation.name}\")' there, or leave 'back' out"
        )
    if other.target != declaration.table or other.back != relation.name:
        raise DeclarationError(
            f"{relation.location}: '{here}.{relation.name}' and '{there}.{other.name}' ({other.location}) must name each other; "
            f'write back="{other.name}" here and back="{relation.name}" there'
        )


def _check_rules(entity: Entity) -> None:
    for rule in entity.rules:
        for leaf in leaves(rule):
            _check_leaf(entity, leaf)


def _check_leaf(entity: Entity, rule: Rule) -> None:
    if isinstance(rule, IsMe):
        fits = rule_column(entity, rule) is not None
        wanted = "a field of UUIDs or text that holds users' ids" if entity.adopted else "a one() to User"
    elif isinstance(rule, MemberOf):
        relation = rule_relation(entity, rule)
        fits = relation is not None and relation.cardinality is Cardinality.members and relation.target == "users"
        fits = fits and not entity.adopted
        wanted = "a many-to-many many() to User"
    elif isinstance(rule, Through):
        relation = rule_relation(entity, rule)
        fits = relation is not None and relation.cardinality is Cardinality.one
        wanted = "a one()"
    elif isinstance(rule, Written) and not entity.key:
        message = f"a @rule of {entity.model.__name__} needs a key, which its table has not; write another rule"
        raise DeclarationError(f"{rule.location}: {message}")
    else:
        return
    if not fits:
        stands = (
            ", which no adopted table has: users stand in another database"
            if entity.adopted and isinstance(rule, MemberOf)
            else ""
        )
        raise DeclarationError(
            f"{rule.location}: this rule of {entity.model.__name__} names {_name(rule)!r}, "
            f"but it needs {wanted} of that model{stands}"
        )


def rule_relation(entity: Entity, rule: MemberOf | Through | IsMe) -> Relation | None:
    """The relation that a rule speaks of."""
    return entity.relations.get(_name(rule))


def rule_column(entity: Entity, rule: IsMe) -> str | None:
    """The column that holds the user of whom an `is_me` rule speaks."""
    relation = rule_relation(entity, rule)
    name = _name(rule)
    if entity.adopted:  # users are in another database, so a field holds the bare id
        named = (each for each in entity.fields.values() if name in {each.attribute, each.name})
        return next((each.name for each in named if isinstance(each.kind, (Uuid, Text))), None)
    if relation is not None and relation.cardinality is Cardinality.one and relation.target == "users":
        return relation.local
    return name if entity.name == "users" and (name,) == entity.key else None


def _name(rule: IsMe | MemberOf | Through) -> str:
    """The name of the rule's field: declared in a class body, or of a mapped class."""
    name: str = getattr(rule.field, "name", "") or getattr(rule.field, "key", "")
    return name
