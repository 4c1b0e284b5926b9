"""What rows that are already there get in a column that must not be null."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mainspring.model.catalog import Catalog
from mainspring.model.entity import Field
from mainspring.model.field import UNSET, Me
from mainspring.schema.literals import literal
from mainspring.schema.operation import MODEL_DEFAULT, NO_FILL, AddColumn, AlterColumn, Operation


def with_fills(operations: Iterable[Operation], catalog: Catalog) -> list[Operation]:
    """The operations, each new duty to have a value filled from the default of the model's field, where it has one."""
    filled: list[Operation] = []
    for each in operations:
        match each:
            case AddColumn(table, column) if not column.nullable:
                filled.append(replace(each, fill=_fill(model_field(catalog, table, column.name))))
            case AlterColumn(table, column, _, False):
                filled.append(replace(each, fill=_fill(model_field(catalog, table, column))))
            case _:
                filled.append(each)
    return filled


def _fill(field: Field | None) -> Any:
    if field is None or field.default is UNSET or field.default is None or isinstance(field.default, Me):
        return NO_FILL
    if not callable(field.default):
        return written(field, field.default)
    # A function that gives the same twice, such as `list`, is as good as a constant; `uuid7` is called for each row.
    first, second = (written(field, field.default()) for _ in range(2))
    return first if first == second else MODEL_DEFAULT


def model_field(catalog: Catalog, table: str, column: str) -> Field | None:
    """The field that a column belongs to, or None."""
    entity = catalog.entities.get(table)
    return entity.fields.get(column) if entity else None


def written(field: Field, value: Any) -> Any:
    """A field's value as a migration writes it."""
    checked, to_plain = field.kind.validate(value), field.kind.to_plain
    return literal(checked if to_plain is None else to_plain(checked))


def value_needed(table: str, column: str) -> str:
    """What to write where rows have no value for a column that must not be null."""
    return (
        f"{table}.{column} must not be null, and there are rows without a value: give the field a default, let it be empty "
        f"(Mapped[... | None]), or write 'fill=' behind it in the migration file"
    )
