"""References from one of several operations to what an earlier one made.

In a body `{"$ref": "/0/id"}` stands for a field of the key of the one record of an operation, in a condition `${/0/id}` does:
`photos?album_id=eq.${/0/id}`. They are put in where a value stands, never into the text of a question.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mainspring.change.changer import Written
from mainspring.change.parse import MALFORMED, Body
from mainspring.errors import BadRequest
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity
from mainspring.model.kinds import Json, is_list, is_object
from mainspring.query.ask import Ask, Condition, Embed, Group, Select, Where
from mainspring.query.record import key_parts
from mainspring.query.values import Values
from mainspring.rest.http.writing import Wish

REFERENCE = "$ref"
_IN_A_CONDITION = re.compile(r"\$\{([^{}]*)\}")
_POINTER = re.compile(r"/([0-9]{1,9})/([^/]+)")

Done = list[tuple[Wish, Written, Body | None]]
"""What the operations so far did."""


class References:
    """What the references of one operation stand for.

    Args:
        catalog: The models.
        done: What the operations before it did.
        values: Converts the keys of what was made.
        depth: How deep records stand in each other at most.
    """

    def __init__(self, catalog: Catalog, done: Done, values: Values, depth: int) -> None:
        self._catalog = catalog
        self._done = done
        self._values = values
        self._depth = depth

    def row(self, entity: Entity, row: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
        """A record of a body with what its references stand for; a JSON field holds whatever was written.

        Raises:
            BadRequest: One stands for nothing.
        """
        return {name: self._value(entity, name, value, depth) for name, value in row.items()}

    def ask(self, ask: Ask) -> Ask:
        """A question with what the references in its conditions stand for.

        Raises:
            BadRequest: One stands for nothing.
        """
        return replace(ask, select=self._select(ask.select), where=self._where(ask.where))

    def _value(self, entity: Entity, name: str, value: Any, depth: int) -> Any:
        field, relation = entity.fields.get(name), entity.relations.get(name)
        if field is not None and isinstance(field.kind, Json):
            return value
        target = None if relation is None else self._catalog.entities[relation.target]
        if is_list(value):
            return [self._item(target, each, depth) for each in value]
        return self._item(target, value, depth)

    def _item(self, target: Entity | None, value: Any, depth: int) -> Any:
        if not is_object(value):
            return value
        if set(value) == {REFERENCE}:
            return self._made(value[REFERENCE])
        return value if target is None or depth == self._depth else self.row(target, value, depth + 1)

    def _select(self, select: Select) -> Select:
        return tuple(
            replace(item, select=self._select(item.select), where=self._where(item.where)) if isinstance(item, Embed) else item
            for item in select
        )

    def _where(self, where: Where) -> Where:
        return tuple(self._part(part) for part in where)

    def _part(self, part: Condition | Group) -> Condition | Group:
        if isinstance(part, Group):
            return replace(part, parts=self._where(part.parts))
        value: str | tuple[str, ...] = part.value
        made = self._text(value) if isinstance(value, str) else tuple(self._text(each) for each in value)
        return replace(part, value=made)

    def _text(self, text: str) -> str:
        found = _IN_A_CONDITION.fullmatch(text)
        return str(self._made(found[1])) if found else text

    def _made(self, pointer: Any) -> Any:
        """What an operation made, by the pointer to it."""
        found = _POINTER.fullmatch(pointer) if isinstance(pointer, str) else None
        if found is None or int(found[1]) >= len(self._done):
            message = f"'{REFERENCE}' takes an earlier operation and a field of its key, such as '/0/id'"
            raise BadRequest(message, code=MALFORMED, hint="in a condition write 'album_id=eq.${/0/id}'")
        wish, written, _ = self._done[int(found[1])]
        if found[2] not in wish.entity.key or len(written.keys) != 1:
            message = f"'{found[0][:100]}' is no field of the key of the one record of an operation"
            raise BadRequest(message, code=MALFORMED, hint=f"the key is {', '.join(wish.entity.key)}")
        at = wish.entity.key.index(found[2])
        return self._values.load(wish.entity.fields[found[2]], key_parts(written.keys[0])[at])
