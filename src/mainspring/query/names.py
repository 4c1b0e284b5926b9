"""What a caller may name: the fields and relations that they may know of. Whatever else they write is a misspelling."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from mainspring.access.conditions import Conditions
from mainspring.context import Who
from mainspring.errors import Ambiguous, BadRequest, Choice
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Field, Relation
from mainspring.model.kinds import Json, Refused, Text
from mainspring.query.ask import JsonPath

UNKNOWN_COLUMN = "42703"
UNKNOWN_RELATION = "PGRST200"


class Names:
    """Looks names up.

    Args:
        catalog: The models.
        conditions: What the rules say of who may see which field.
    """

    def __init__(self, catalog: Catalog, conditions: Conditions) -> None:
        self._catalog = catalog
        self._conditions = conditions

    def fields(self, entity: Entity, who: Who) -> dict[str, Field]:
        """The fields that the caller may see in at least some row."""
        return {name: field for name, field in entity.readable.items() if self._sees(entity, field, who)}

    def relations(self, entity: Entity, who: Who) -> list[Relation]:
        """The relations that the caller may embed."""
        return [each for each in entity.embeddable.values() if self._leads_to_visible(entity, each, who)]

    def relation(self, entity: Entity, name: str, hint: str | None, who: Who) -> Relation:
        """The relation that a name in an embed means: its own name, the target's table, or its column.

        Args:
            entity: The table that it starts from.
            name: The name.
            hint: Which of several it is: its own name, its column, its foreign key, or its join table; or None.
            who: Who asks.

        Raises:
            BadRequest: There is none.
            Ambiguous: There are several, which it lists.
        """
        visible = self.relations(entity, who)
        named = [each for each in visible if name in _words(each)]
        if hint is not None:
            found = [each for each in named if hint in _hints(each)]
        else:
            found = [each for each in named if each.name == name] or named
        if len(found) == 1:
            return found[0]
        if found:
            raise _ambiguous(name, found)
        if named:
            names = ", ".join(f"{name}!{each.name}" for each in named)
            message = f"no relation '{name}' on {entity.name} by the hint '{hint}'"
            raise BadRequest(message, code=UNKNOWN_RELATION, hint=f"write one of: {names}")
        raise unknown(f"no relation '{name}' on {entity.name}", name, (each.name for each in visible), UNKNOWN_RELATION)

    def refuse_bare(self, entity: Entity, name: str, who: Who) -> None:
        """Refuse a relation that stands where a column belongs, without its brackets.

        Raises:
            BadRequest: So it does.
        """
        if any(each.name == name for each in self.relations(entity, who)):
            message = f"no column '{name}' on {entity.name}; it is a relation"
            raise BadRequest(message, code=UNKNOWN_COLUMN, hint=f"write '{name}(*)' to have what it leads to")

    def target(self, relation: Relation) -> Entity:
        """The entity that a relation leads to."""
        return self._catalog.entities[relation.target]

    def _sees(self, entity: Entity, field: Field, who: Who) -> bool:
        return self._conditions.seen_verdict(entity, field, who) is not False

    def _leads_to_visible(self, entity: Entity, relation: Relation, who: Who) -> bool:
        target = self.target(relation)
        if not self._conditions.possible(target, "read", who):
            return False
        if relation.computed is not None:
            sides = ((entity, relation.computed.here), (target, relation.computed.there))
            return all(self._sees(side, side.fields[name], who) for side, names in sides for name in names)
        if relation.join is not None:
            table, *links = relation.join
            join = self._catalog.entities.get(table.name)  # an adopted join table is one with rules of its own
            if join is None:
                return True
            return self._conditions.possible(join, "read", who) and all(
                self._sees(join, join.fields[link], who) for link in links
            )
        holder, link = (entity, relation.local) if relation.cardinality is Cardinality.one else (target, relation.remote)
        return self._sees(holder, holder.fields[link], who)


def _words(relation: Relation) -> tuple[str, ...]:
    """The words that may mean a relation. One that is computed is meant by nothing but its name."""
    if relation.computed is not None:
        return (relation.name,)
    return (relation.name, relation.target, *([relation.local] if relation.cardinality is Cardinality.one else []))


def _hints(relation: Relation) -> tuple[str, ...]:
    """The words by which a hint may mean a relation."""
    if relation.computed is not None:
        return (relation.name,)
    match relation.cardinality:
        case Cardinality.one:
            return relation.name, relation.local, f"{relation.source}_{relation.local}_fkey"
        case Cardinality.many:
            return relation.name, relation.remote, f"{relation.target}_{relation.remote}_fkey"
        case Cardinality.members:
            assert relation.join is not None, "a relation through a join table has one"
            return relation.name, relation.join[0].name


def _ambiguous(name: str, found: Sequence[Relation]) -> Ambiguous:
    """The refusal of a word that could mean several relations, in PostgREST's words: its clients look for the list."""
    source, target = found[0].source, found[0].target
    names = ", ".join(f"'{name}!{each.name}'" for each in found)
    return Ambiguous(
        f"Could not embed because more than one relationship was found for '{source}' and '{target}'",
        hint=f"Try changing '{name}' to one of the following: {names}. Find the desired relationship in the 'details' key.",
        choices=[_choice(each) for each in found],
    )


def _choice(relation: Relation) -> Choice:
    source, target, local, remote = relation.source, relation.target, relation.local, relation.remote
    embedding = f"{source} with {target}"
    match relation.cardinality:
        case Cardinality.one:
            link = f"{source}_{local}_fkey using {source}({local}) and {target}({remote})"
            return Choice("many-to-one", embedding, link)
        case Cardinality.many:
            link = f"{target}_{remote}_fkey using {source}({local}) and {target}({remote})"
            return Choice("one-to-many", embedding, link)
        case Cardinality.members:
            assert relation.join is not None, "a relation through a join table has one"
            table, here, there = relation.join
            link = f"{table.name} using {table.name}_{here}_fkey({here}) and {table.name}_{there}_fkey({there})"
            return Choice("many-to-many", embedding, link)


def part_of(field: Field, path: JsonPath | None) -> Field:
    """A field, or the part of its JSON that a path leads to, as a field of its own: text, or JSON again."""
    if path is None:
        return field
    kind = Text() if path.text else Json()
    return replace(field, name=f"{field.name}{path}", kind=kind, stored=kind.stored, nullable=True)


def named(entity: Entity, name: str, path: JsonPath | None, fields: Mapping[str, Field]) -> Field:
    """What a question names: one of the `fields` that the caller may see, or a part of it.

    Raises:
        BadRequest: There is no such field, or it is not JSON and has no parts.
    """
    field = fields.get(name)
    if field is None:
        raise unknown_column(entity, name, fields)
    if path is not None:
        if not isinstance(field.kind, Json):
            raise BadRequest(
                f"'{name}' is {field.kind.name}, and only JSON has parts that '->' leads to", code="42883", hint=f"write '{name}'"
            )
        _check_keys(path)
    return part_of(field, path)


def _check_keys(path: JsonPath) -> None:
    try:
        for step in path.steps:
            Text().parse(str(step))
    except Refused as refused:
        raise BadRequest(f"the path to a part of JSON holds what no key can: {refused.message}", code=refused.code) from None


def unknown(message: str, name: str, known: Iterable[str], code: str) -> BadRequest:
    """The refusal of a name that does not exist, with the nearest one that does."""
    near = get_close_matches(name, list(known), 1)
    return BadRequest(f"{message}; did you mean '{near[0]}'?" if near else message, code=code)


def unknown_column(entity: Entity, name: str, fields: Iterable[str]) -> BadRequest:
    """The refusal of a column that the caller may not know of."""
    return unknown(f"no column '{name}' on {entity.name}", name, fields, UNKNOWN_COLUMN)
