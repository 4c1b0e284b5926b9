"""What differs between two pictures of a schema, as the operations that lead from one to the other.

Alembic's own comparison is not used: it sees no check constraints on SQLite, takes a rename for a drop and an add, and costs a
fifth of a second to import, where `serve` compares at each start.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mainspring.model.catalog import Catalog
from mainspring.schema.operation import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Operation,
    RenameColumn,
    RenameTable,
)
from mainspring.schema.picture import Schema, Table, with_column_renamed, with_table_renamed
from mainspring.schema.refusal import MigrationError


@dataclass(frozen=True, slots=True)
class Rename:
    """That something old goes on under a new name.

    Attributes:
        table: The table, by its new name; of a renamed table, the old one.
        old: The column's former name; None where the table itself is renamed.
        new: The new name of the column or the table.
    """

    table: str
    old: str | None
    new: str

    @classmethod
    def parse(cls, text: str) -> "Rename":
        """`albums.title=name`, or `albums=collections` for a table.

        Raises:
            MigrationError: It is neither.
        """
        old, equals, new = text.partition("=")
        table, dot, column = old.partition(".")
        if not equals or not new.isidentifier() or not table.isidentifier() or (dot and not column.isidentifier()):
            raise MigrationError(f"--rename {text} cannot be read; write it as albums.title=name, or albums=collections")
        return cls(table, column if dot else None, new)

    def __str__(self) -> str:
        return f"{self.table}={self.new}" if self.old is None else f"{self.table}.{self.old}={self.new}"


@dataclass(frozen=True, slots=True)
class Question:
    """Something went and something came: is that a rename?

    Attributes:
        table: The table; None where tables are meant.
        gone: What went.
        come: What came, any of which may be its new name.
    """

    table: str | None
    gone: str
    come: tuple[str, ...]

    @property
    def address(self) -> str:
        """What went, as the options name it: `albums.title`."""
        return self.gone if self.table is None else f"{self.table}.{self.gone}"

    def __str__(self) -> str:
        what = "the table" if self.table is None else f"{self.table}: the column"
        options = " or ".join(f"--rename {self.address}={name}" for name in self.come)
        declare = "" if self.table is None else f'declare it with was="{self.gone.removesuffix("_id")}", or '
        return (
            f"{what} {self.gone} is gone and {' and '.join(self.come)} came. Where that is a rename, {declare}"
            f"write 'mainspring migrate make {options}'; where it is none, 'mainspring migrate make --drop {self.address}'"
        )


def all_renames(catalog: Catalog, before: Schema, after: Schema, said: Iterable[Rename]) -> list[Rename]:
    """The renames that the author said, by `was=` or by option, tables first.

    Raises:
        MigrationError: One names what is not there, or what is no new name.
    """
    said = list(said)
    tables = [each for each in said if each.old is None]
    for rename in tables:
        _check_rename(rename, rename.table, before, rename.new, after)
        before = with_table_renamed(before, rename.table, rename.new)
    declared = [
        Rename(entity.name, field.was, field.name)
        for entity in catalog.entities.values()
        for field in entity.fields.values()
        if field.was and entity.name in before and field.was in before[entity.name].columns
        and field.was not in entity.fields and field.name not in before[entity.name].columns
    ]  # fmt: skip
    columns = list(dict.fromkeys([*declared, *(each for each in said if each.old is not None)]))
    for rename in columns:
        _check_rename(rename, rename.old or "", _columns(before, rename.table), rename.new, _columns(after, rename.table))
    return tables + columns


def _columns(schema: Schema, table: str) -> Collection[str]:
    return schema[table].columns.keys() if table in schema else ()


def _check_rename(rename: Rename, old: str, before: Collection[str], new: str, after: Collection[str]) -> None:
    if old not in before or old in after:
        raise MigrationError(f"--rename {rename}: '{old}' is not what went; it {'stays' if old in after else 'is unknown'}")
    if new not in after or new in before:
        raise MigrationError(f"--rename {rename}: '{new}' is not what came; it {'was there' if new in before else 'is unknown'}")


def renamed(before: Schema, renames: Iterable[Rename]) -> tuple[Schema, list[Operation]]:
    """The schema after renames, and the operations that make them."""
    operations: list[Operation] = []
    for rename in renames:
        if rename.old is None:
            operations.append(RenameTable(rename.table, rename.new))
            before = with_table_renamed(before, rename.table, rename.new)
        else:
            operations.append(RenameColumn(rename.table, rename.old, rename.new))
            before = with_column_renamed(before, rename.table, rename.old, rename.new)
    return before, operations


def taken_back(renames: Sequence[Rename]) -> list[Rename]:
    """The renames that undo renames."""
    return [
        Rename(each.new, None, each.table) if each.old is None else Rename(each.table, each.new, each.old)
        for each in reversed(renames)
    ]


def questions(before: Schema, after: Schema, dropped: Iterable[str] = ()) -> list[Question]:
    """What may be a rename and has not been said to be one, nor, in `dropped`, to be none."""
    known = set(dropped)
    open_ = [Question(None, name, tuple(sorted(after.keys() - before))) for name in before if name not in after]
    for name, table in after.items():
        if name in before:
            columns = before[name].columns
            come = tuple(column for column in table.columns if column not in columns)
            open_ += [Question(name, column, come) for column in columns if column not in table.columns]
    return [each for each in open_ if each.come and each.address not in known]


def differences(before: Schema, after: Schema) -> list[Operation]:
    """The operations that lead from one schema to another, when all renames are made.

    Raises:
        MigrationError: A table's key differs, for which no operation is known.
    """
    operations: list[Operation] = []
    for table in after.values():
        if table.name not in before:
            operations.append(CreateTable(table))
            operations += (CreateIndex(table.name, index) for index in table.indexes.values())
    for table in after.values():
        if table.name in before:
            operations += _table_differences(before[table.name], table)
    operations += (DropTable(name) for name in reversed(list(before)) if name not in after)
    return operations


def _table_differences(before: Table, after: Table) -> Iterator[Operation]:
    if (before.key, before.counted) != (after.key, after.counted):
        raise MigrationError(
            f"{after.name}: the key is ({', '.join(before.key)}) and should become ({', '.join(after.key)}), which "
            "Mainspring does not migrate; make a new model with the new key and move the rows"
        )
    name = after.name
    yield from (DropIndex(name, each.name) for each in before.indexes.values() if after.indexes.get(each.name) != each)
    for constraint in before.constraints.values():
        if after.constraints.get(constraint.name) != constraint:
            yield DropConstraint(name, constraint.name)  # first, for it may stand in the way of what follows
    for column in after.columns.values():
        old = before.columns.get(column.name)
        if old is None:
            yield AddColumn(name, column)
        elif old != column:
            type_ = column.type if column.type != old.type else None
            yield AlterColumn(name, column.name, type_, column.nullable if column.nullable != old.nullable else None)
    yield from (DropColumn(name, column) for column in before.columns if column not in after.columns)
    for constraint in after.constraints.values():
        if before.constraints.get(constraint.name) != constraint:
            yield AddConstraint(name, constraint)
    yield from (CreateIndex(name, each) for each in after.indexes.values() if before.indexes.get(each.name) != each)
