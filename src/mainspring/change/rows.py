"""The rows of one body being checked, and the new records that stand in them: collects the faults of all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from mainspring.change.checked import (
    DUPLICATE_FIELD,
    NEEDED,
    NOT_NESTED,
    NOT_WRITABLE,
    SERVER_OWNED,
    UNKNOWN_FIELD,
    WRONG_FORM,
    Checked,
)
from mainspring.change.increment import is_increment, read_increment
from mainspring.change.parse import Body
from mainspring.change.tables import Table, Tables
from mainspring.context import Who
from mainspring.errors import BadRequest, Fault, pointer_to
from mainspring.model.entity import Cardinality, Entity, Field, Relation
from mainspring.model.field import UNSET, by_database, me
from mainspring.model.kinds import FileKind, Refused, is_list, is_object
from mainspring.query.plan import too_much
from mainspring.settings import Settings

FAULTS = 100
"""Most faults that one answer tells; a body with more is not looked at any further."""
NAME_LENGTH = 100
"""Characters of the longest name that is told back; no field has a longer one."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row stands.

    Attributes:
        at: Its JSON Pointer.
        depth: How many records are around it.
        filled: The column of its link to the record around it, which is filled in; None where that is on the other side.
    """

    at: str
    depth: int = 0
    filled: str | None = None


class Rows:
    """Checks the rows of one body.

    Args:
        tables: What the caller may write.
        settings: The limits.
        who: Who writes.
        body: The rows.
        new: Whether they are new records, which need their defaults.
        nested: Whether new records may stand in them.
    """

    def __init__(self, tables: Tables, settings: Settings, who: Who, body: Body, *, new: bool, nested: bool) -> None:
        self._tables = tables
        self._limits = settings
        self._who = who
        self._body = body
        self._new = new
        self._nested = nested
        self._number = 0
        self._faults: list[Fault] = []
        self._faulty: set[str] = set()

    def check(self, entity: Entity, identifying: Sequence[str] = ()) -> list[Checked]:
        """The rows, checked.

        Raises:
            BadRequest: Something does not fit; its faults name every one. Or there is too much.
        """
        self._count(len(self._body.rows))
        table = self._tables.table(entity, identifying)
        places = [""] if self._body.single else [f"/{number}" for number in range(len(self._body.rows))]
        rows = [self._row(table, row, _Place(at)) for at, row in zip(places, self._body.rows, strict=True)]
        self._finish()
        return rows

    def _row(self, table: Table, row: Mapping[str, Any], place: _Place) -> Checked:
        checked = Checked({}, {}, at=place.at)
        for name, value in row.items():
            pointer, relation = pointer_to(place.at, name[:NAME_LENGTH]), table.lists.get(name)
            if relation is None:
                self._field(table, checked, place, name, value)
            elif relation.cardinality is Cardinality.members:
                self._members(relation, checked, place, pointer, value)
            else:
                self._children(relation, checked, place, pointer, value)
        checked.written = frozenset((*checked.values, *checked.increments))
        if self._new:
            self._defaults(table, checked, place)
        return checked

    def _finish(self) -> None:
        """Refuse the whole change if anything was wrong."""
        if not self._faults:
            return
        first = self._faults[0]
        if len(self._faults) == 1:
            message = f"{first.pointer}: {first.message}"
        else:
            number = f"{FAULTS} or more" if len(self._faults) == FAULTS else str(len(self._faults))
            message = f"{number} things are wrong; the first is {first.pointer}: {first.message}"
        raise BadRequest(message, code=first.code, faults=self._faults)

    # -- fields ------------------------------------------------------------------------------------------------------------------

    def _field(self, table: Table, checked: Checked, place: _Place, name: str, value: Any) -> None:
        pointer, column = pointer_to(place.at, name[:NAME_LENGTH]), table.columns.get(name, name)
        if column not in table.writable:
            self._fault(pointer, UNKNOWN_FIELD, table.unknown(name[:NAME_LENGTH]).message)
            return
        field, relation = table.entity.fields[column], table.ones.get(name)
        if field.server_owned and column not in table.identifying:
            self._fault(pointer, SERVER_OWNED, "this is written by the server alone")
        elif not table.writable[column]:
            self._fault(pointer, NOT_WRITABLE, "you may not write this field")
        elif field.key and not self._new:
            self._fault(pointer, SERVER_OWNED, "the key of a record never changes")
        elif column == place.filled:
            self._fault(pointer, SERVER_OWNED, "the record around this one is what it links to")
        elif column in checked.values or column in checked.increments or field.relation in checked.related:
            self._fault(pointer, DUPLICATE_FIELD, f"'{column}' is written twice")
        elif relation is not None and is_object(value):
            self._one(relation, checked, field, place, pointer, value)
        elif not self._new and field.kind.range is not None and is_object(value) and is_increment(value):
            self._increment(table, checked, field, pointer, value)
        else:
            self._checked(pointer, lambda: checked.values.__setitem__(column, self._read(field, value)))

    def _increment(self, table: Table, checked: Checked, field: Field, pointer: str, value: Mapping[str, Any]) -> None:
        if self._tables.sees(table.entity, field):
            read = partial(read_increment, field, value, text=self._body.text)
            self._checked(pointer, lambda: checked.increments.__setitem__(field.name, read()))
        else:  # a limit that is refused or not would tell what it is
            self._fault(pointer, NOT_WRITABLE, "you may count only what you may see")

    def _read(self, field: Field, value: Any) -> Any:
        if self._body.blank_is_null and value == "" and (field.nullable or isinstance(field.kind, FileKind)):
            value = None
        elif self._body.text and isinstance(value, str):
            value = field.kind.parse(value)
        if value is None:
            if not field.nullable:
                raise Refused(NEEDED, "this cannot be empty")
            return None
        return field.kind.validate(value)

    def _defaults(self, table: Table, checked: Checked, place: _Place) -> None:
        for field in table.entity.fields.values():
            if field.server_owned or field.name in checked.values or field.relation in checked.related:
                continue
            at = pointer_to(place.at, field.relation or field.name)
            if field.name == place.filled:
                if not table.writable.get(field.name):
                    self._fault(at, NOT_WRITABLE, "you may not write this field")
            elif field.default is me and self._who.id is not None:
                checked.values[field.name] = self._who.id
            elif field.default is by_database:
                continue
            elif field.default is not UNSET and field.default is not me:
                value = field.default() if callable(field.default) else field.default
                self._checked(at, partial(self._set_default, checked, field, value))
            elif field.nullable:
                checked.values[field.name] = None
            elif self._faulty.isdisjoint((at, pointer_to(place.at, field.name))):
                self._fault(at, NEEDED, "this is needed")

    @staticmethod
    def _set_default(checked: Checked, field: Field, value: Any) -> None:
        checked.values[field.name] = None if value is None else field.kind.validate(value)

    # -- related records ---------------------------------------------------------------------------------------------------------

    def _one(
        self, relation: Relation, checked: Checked, field: Field, place: _Place, pointer: str, value: dict[str, Any]
    ) -> None:
        """A to-one relation as an object: a link where it holds just the key, else a new record."""
        if value.keys() == {relation.remote}:
            link = pointer_to(pointer, relation.remote)
            self._checked(link, lambda: checked.values.__setitem__(field.name, self._read(field, value[relation.remote])))
        else:
            self._count(1)
            checked.related[relation.name] = self._records(relation, [value], [pointer], place)

    def _children(self, relation: Relation, checked: Checked, place: _Place, pointer: str, value: Any) -> None:
        """A to-many relation, whose link stands in the other records: new ones."""
        if self._body.text and isinstance(value, str):
            self._fault(pointer, NOT_NESTED, f"records of {relation.target} stand in a body of JSON or XML alone")
        elif not is_list(value):
            self._fault(pointer, WRONG_FORM, f"expected a list of new records of {relation.target}")
        else:
            self._count(len(value))
            places = [f"{pointer}/{number}" for number in range(len(value))]
            checked.related[relation.name] = self._records(relation, value, places, place)

    def _members(self, relation: Relation, checked: Checked, place: _Place, pointer: str, value: Any) -> None:
        """A many-to-many relation: keys, or objects that hold just the key; and new records."""
        target = self._tables.target(relation)
        flat = self._body.text and isinstance(value, str)
        if flat:
            value = _list_in_form(value)
        if not is_list(value):
            self._fault(pointer, WRONG_FORM, f"expected a list of keys of {relation.target}")
            return
        self._count(len(value))
        key, keys = target.fields[relation.remote], list[Any]()
        new: list[tuple[Any, str]] = []
        for number, each in enumerate(value):
            item, at = each, f"{pointer}/{number}"
            if is_object(item) and item.keys() == {relation.remote}:
                item, at = item[relation.remote], pointer_to(at, relation.remote)
            if is_object(item) and flat:
                self._fault(at, NOT_NESTED, f"records of {relation.target} stand in a body of JSON or XML alone")
            elif is_object(item) and target.addressable:
                new.append((item, at))
            else:
                parsed = self._body.text and isinstance(item, str)
                self._checked(at, partial(_append, keys, key.kind.parse if parsed else key.kind.validate, item))
        checked.members[relation.name] = list(dict.fromkeys(keys))
        if new:
            records, places = zip(*new, strict=True)
            checked.related[relation.name] = self._records(relation, records, places, place)

    def _records(self, relation: Relation, rows: Sequence[Any], places: Sequence[str], around: _Place) -> list[Checked]:
        """New records that stand in another."""
        if not self._nested:
            message = f"records of {relation.target} are made along with new records alone; write keys of those that are there"
            self._fault(places[0] if places else pointer_to(around.at, relation.name), NOT_NESTED, message)
            return []
        depth, most = around.depth + 1, self._limits.nested_depth
        if depth > most:
            raise too_much("levels of records in each other", depth, most)
        if rows:
            self._tables.require_creatable(self._tables.target(relation), places[0])
        table = self._tables.table(self._tables.target(relation))
        filled = relation.remote if relation.cardinality is Cardinality.many else None
        checked: list[Checked] = []
        for row, at in zip(rows, places, strict=True):
            if is_object(row):
                checked.append(self._row(table, row, _Place(at, depth, filled)))
            else:
                self._fault(at, WRONG_FORM, f"expected an object: a new record of {relation.target}")
        return checked

    # -- faults and limits -------------------------------------------------------------------------------------------------------

    def _count(self, number: int) -> None:
        self._number += number
        if self._number > self._limits.bulk_rows:
            raise too_much("records at once", self._number, self._limits.bulk_rows)

    def _checked(self, pointer: str, check: Callable[[], None]) -> None:
        try:
            check()
        except Refused as refused:
            self._fault(pointer, refused.code, refused.message)

    def _fault(self, pointer: str, code: str, message: str) -> None:
        self._faults.append(Fault(pointer, code, message))
        self._faulty.add(pointer)
        if len(self._faults) == FAULTS:
            self._finish()


def _append(keys: list[Any], read: Callable[[Any], Any], item: Any) -> None:
    keys.append(read(item))


def _list_in_form(text: str) -> Any:
    """The list that a form's text `["…","…"]` holds, or the text itself where it holds none."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
