"""Performs the operations of a migration, by Alembic."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from mainspring.model.catalog import Catalog
from mainspring.schema.builder import Alteration, Builder
from mainspring.schema.builders.triggers import NOTES
from mainspring.schema.fill import model_field, value_needed, written
from mainspring.schema.literals import driver_value
from mainspring.schema.operation import (
    MODEL_DEFAULT,
    NO_FILL,
    AddColumn,
    AlterColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropIndex,
    DropTable,
    Execute,
    Operation,
    RenameColumn,
    RenameTable,
)
from mainspring.schema.picture import Schema, Table, sql_table, sql_text
from mainspring.schema.refusal import MigrationError, ValueNeeded
from mainspring.schema.replay import followed
from mainspring.schema.triggers import note_dropped
from mainspring.schema.types import sql_type, stored_of

COPY = "_alembic_tmp_"
"""What the name of Alembic's copy of a table begins with; of no use to who reads an error."""

Tell = Callable[[str], None]


class Performer:
    """Performs operations on a connection, inside its transaction.

    Args:
        connection: The connection.
        builder: Who builds there.
        schema: The picture of the database as it stands.
        catalog: The models, whose defaults fill columns.
        tell: Called with the words of each operation before it begins.
        files: The columns, as table and column, that hold files; what goes with them is noted.
    """

    def __init__(
        self,
        connection: sa.Connection,
        builder: Builder,
        schema: Schema,
        *,
        catalog: Catalog,
        tell: Tell,
        files: Iterable[tuple[str, str]],
    ) -> None:
        # Here and not above, because `serve` imports this package, and must start quickly.
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        self._connection = connection
        self._builder = builder
        self._schema = schema
        self._catalog = catalog
        self._tell = tell
        self._files = set(files)
        self._alembic: Operations = Operations(MigrationContext.configure(connection))
        self._before: dict[str, Table] = {}
        self._waiting: dict[str, list[Alteration]] = {}
        self._doing = ""

    def pass_over(self, operations: Iterable[Operation]) -> None:
        """Know what operations have done that were performed before."""
        for operation in operations:
            self._follow_files(operation, note=False)

    def perform(self, operations: Iterable[Operation], after: str = "nothing was changed") -> None:
        """Perform the operations in their order; what may need a copy of a table waits for all others that do.

        Args:
            operations: The operations.
            after: What holds where the database refuses one, in words.

        Raises:
            MigrationError: The database refuses one.
        """
        try:
            for operation in operations:
                self._doing = str(operation)
                self._tell(self._doing)
                self._follow_files(operation)
                self._perform(operation)
            self._alter_all()
        except SQLAlchemyError as error:
            cause = str(error.orig if isinstance(error, DBAPIError) else error).replace(COPY, "")
            raise MigrationError(f"the database refuses '{self._doing}': {cause}; {after}") from error

    def _perform(self, operation: Operation) -> None:
        if isinstance(operation, AddColumn):
            self._add_column(operation)
        elif isinstance(operation, Alteration):
            self._wait(operation)
        else:
            self._alter_all()
            self._build(operation)
            self._schema = followed(self._schema, [operation])

    def _build(self, operation: Operation) -> None:
        alembic = self._alembic
        match operation:
            case CreateTable(table):
                made = sql_table(replace(table, indexes={}), self._connection.dialect)
                self._connection.execute(sa.schema.CreateTable(made))
            case DropTable(name):
                alembic.drop_table(name)
            case RenameTable(name, new):
                alembic.rename_table(name, new)
            case RenameColumn(table, column, new):
                self._rename_column(table, column, new)
            case CreateIndex(table, index):
                made = sql_table(replace(self._schema[table], indexes={index.name: index}), self._connection.dialect)
                for each in made.indexes:
                    self._connection.execute(sa.schema.CreateIndex(each))
            case DropIndex(table, name):
                self._builder.drop_index(self._connection, alembic, self._schema[table], name)
            case Execute(sql):
                alembic.execute(sql_text(sql))
            case _:
                raise AssertionError(operation)

    def _follow_files(self, operation: Operation, *, note: bool = True) -> None:
        """Note the contents that go with a table or a column, and know file columns by their new names."""
        for table, column in sorted(self._files):
            match operation:
                case DropTable(name) if name == table:
                    gone, now = True, None
                case DropColumn(owner, name) if (owner, name) == (table, column):
                    gone, now = True, None
                case RenameTable(name, new) if name == table:
                    gone, now = False, (new, column)
                case RenameColumn(owner, name, new) if (owner, name) == (table, column):
                    gone, now = False, (table, new)
                case _:
                    continue
            if gone and note and sa.inspect(self._connection).has_table(NOTES):
                note_dropped(self._connection, table, column)
            self._files.discard((table, column))
            self._files |= {now} if now else set()

    def _rename_column(self, table: str, column: str, new: str) -> None:
        quote = self._connection.dialect.identifier_preparer.quote
        # Databases rename in place, and in every index, check and trigger that names the column; Alembic would copy the table.
        self._connection.exec_driver_sql(f"ALTER TABLE {quote(table)} RENAME COLUMN {quote(column)} TO {quote(new)}")

    # -- alterations -------------------------------------------------------------------------------------------------------------

    def _add_column(self, operation: AddColumn) -> None:
        table, column = operation.table, operation.column
        self._alembic.add_column(table, sa.Column(column.name, sql_type(column.type, self._connection.dialect), nullable=True))
        made = replace(column, nullable=True)
        if table in self._before:
            self._before[table] = replace(self._before[table], columns={**self._before[table].columns, column.name: made})
        self._schema = followed(self._schema, [replace(operation, column=made)])
        if not column.nullable:
            self._wait(AlterColumn(table, column.name, nullable=False, fill=operation.fill))

    def _wait(self, operation: Alteration) -> None:
        if isinstance(operation, AlterColumn) and operation.nullable is False:
            self._fill(operation.table, operation.column, operation.fill)
        if operation.table in self._schema:
            self._before.setdefault(operation.table, self._schema[operation.table])
        self._schema = followed(self._schema, [operation])
        self._waiting.setdefault(operation.table, []).append(operation)

    def _fill(self, table: str, column: str, fill: Any) -> None:
        key = self._schema[table].key
        columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in dict.fromkeys((column, *key))]
        rows = sa.table(table, *columns)
        empty, update = rows.c[column].is_(None), rows.update()
        if fill is MODEL_DEFAULT:
            for row in self._connection.execute(sa.select(*(rows.c[name] for name in key)).where(empty)).fetchall():
                same = [rows.c[name] == part for name, part in zip(key, row, strict=True)]
                value = self._stored(table, column, self._model_default(table, column))
                self._connection.execute(update.where(*same).values({column: value}))
        elif fill is not NO_FILL:
            self._connection.execute(update.where(empty).values({column: self._stored(table, column, fill)}))
        elif self._connection.execute(sa.select(sa.func.count()).select_from(rows).where(empty)).scalar():
            raise ValueNeeded(value_needed(table, column))

    def _stored(self, table: str, column: str, literal: Any) -> Any:
        stored = stored_of(self._schema[table].columns[column].type)
        return driver_value(literal, stored, self._connection.dialect)

    def _model_default(self, table: str, column: str) -> Any:
        field = model_field(self._catalog, table, column)
        if field is None or not callable(field.default):
            raise ValueNeeded(f"op.model_default: no model has a field {table}.{column} whose default is a function")
        return written(field, field.default())

    def _alter_all(self) -> None:
        waiting, self._waiting = self._waiting, {}
        before, self._before = self._before, {}
        for table, alterations in waiting.items():
            self._doing = "; ".join(map(str, alterations))
            self._builder.alter(self._connection, self._alembic, before[table], alterations)
