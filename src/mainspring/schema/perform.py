"""Performs the operations of a migration, by Alembic.

SQLite cannot change most of a table in place; there Alembic copies the table, once for all changes.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from mainspring.model.catalog import Catalog
from mainspring.schema.convert import converted
from mainspring.schema.fill import model_field, stored, value_needed
from mainspring.schema.operation import (
    MODEL_DEFAULT,
    NO_FILL,
    AddColumn,
    AddConstraint,
    AlterColumn,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Execute,
    Operation,
    RenameColumn,
    RenameTable,
)
from mainspring.schema.picture import Check, Constraint, ForeignKey, Unique, sql_table, sql_text, sql_type
from mainspring.schema.refusal import MigrationError, ValueNeeded
from mainspring.schema.sqlite import rebuilding, reflect_table
from mainspring.schema.triggers import NOTES, note_dropped

if TYPE_CHECKING:
    from alembic.operations import BatchOperations

Copying = AlterColumn | AddConstraint | DropConstraint | DropColumn
"""Operations for which SQLite needs a copy of the table."""

COPY = "_alembic_tmp_"
"""What the name of Alembic's copy of a table begins with; of no use to who reads an error."""

Tell = Callable[[str], None]


class Performer:
    """Performs operations on a connection, inside its transaction.

    Args:
        connection: The connection.
        catalog: The models, whose defaults fill columns; None where there are no rows.
        tell: Called with the words of each operation before it begins.
        files: The columns, as table and column, that hold files; what goes with them is noted.
    """

    def __init__(
        self, connection: sa.Connection, catalog: Catalog | None, tell: Tell, files: Iterable[tuple[str, str]] = ()
    ) -> None:
        # Here and not above, because `serve` imports this package, and must start quickly.
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        self._connection = connection
        self._catalog = catalog
        self._tell = tell
        self._files = set(files)
        self._alembic: Operations = Operations(MigrationContext.configure(connection))
        self._waiting: dict[str, list[Copying]] = {}
        self._doing = ""

    def perform(self, operations: Iterable[Operation]) -> None:
        """Perform the operations in their order; what needs a copy of a table waits for all others that do.

        Raises:
            MigrationError: The database refuses one.
        """
        try:
            for operation in operations:
                self._doing = str(operation)
                self._tell(self._doing)
                self._follow_files(operation)
                self._perform(operation)
            self._copy_all()
        except SQLAlchemyError as error:
            cause = str(error.orig if isinstance(error, DBAPIError) else error).replace(COPY, "")
            raise MigrationError(f"the database refuses '{self._doing}': {cause}; nothing was changed") from error

    def _perform(self, operation: Operation) -> None:
        if isinstance(operation, AddColumn):
            self._add_column(operation)
            return
        if isinstance(operation, Copying):
            self._wait(operation)
            return
        self._copy_all()
        alembic = self._alembic
        match operation:
            case CreateTable(table):
                self._connection.execute(sa.schema.CreateTable(sql_table(replace(table, indexes={}))))
            case DropTable(name):
                alembic.drop_table(name)
            case RenameTable(name, new):
                alembic.rename_table(name, new)
            case RenameColumn(table, column, new):
                self._rename_column(table, column, new)
            case CreateIndex(table, index):
                alembic.create_index(index.name, table, list(index.columns), unique=index.unique)
            case DropIndex(table, name):
                alembic.drop_index(name, table)
            case Execute(sql):
                alembic.execute(sql_text(sql))

    def _follow_files(self, operation: Operation) -> None:
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
            if gone and sa.inspect(self._connection).has_table(NOTES):
                note_dropped(self._connection, table, column)
            self._files.discard((table, column))
            self._files |= {now} if now else set()

    def _rename_column(self, table: str, column: str, new: str) -> None:
        quote = self._connection.dialect.identifier_preparer.quote
        # SQLite renames in place, and in every index, check and trigger that names the column; Alembic would copy the table.
        self._connection.exec_driver_sql(f"ALTER TABLE {quote(table)} RENAME COLUMN {quote(column)} TO {quote(new)}")

    def _add_column(self, operation: AddColumn) -> None:
        table, column = operation.table, operation.column
        self._alembic.add_column(table, sa.Column(column.name, sql_type(column.type), nullable=True))
        if not column.nullable:
            self._wait(AlterColumn(table, column.name, nullable=False, fill=operation.fill))

    def _wait(self, operation: Copying) -> None:
        if isinstance(operation, AlterColumn) and operation.nullable is False:
            self._fill(operation.table, operation.column, operation.fill)
        self._waiting.setdefault(operation.table, []).append(operation)

    def _fill(self, table: str, column: str, fill: Any) -> None:
        rows = sa.table(table, sa.column(column), sa.column("rowid"))
        empty, update = rows.c[column].is_(None), rows.update()
        if fill is MODEL_DEFAULT:
            for (row,) in self._connection.execute(sa.select(rows.c.rowid).where(empty)).fetchall():
                value = self._model_default(table, column)
                self._connection.execute(update.where(rows.c.rowid == row).values({column: value}))
        elif fill is not NO_FILL:
            self._connection.execute(update.where(empty).values({column: fill}))
        elif self._connection.execute(sa.select(sa.func.count()).select_from(rows).where(empty)).scalar():
            raise ValueNeeded(value_needed(table, column))

    def _model_default(self, table: str, column: str) -> Any:
        field = model_field(self._catalog, table, column) if self._catalog else None
        if field is None or not callable(field.default):
            raise ValueNeeded(f"op.model_default: no model has a field {table}.{column} whose default is a function")
        return stored(field, field.default(), self._connection.dialect)

    def _copy_all(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for table, operations in waiting.items():
            self._copy(table, operations)

    def _copy(self, table: str, operations: list[Copying]) -> None:
        self._doing = "; ".join(map(str, operations))
        before = reflect_table(self._connection, table)
        for each in operations:
            if isinstance(each, AlterColumn) and each.type:
                _convert(self._connection, each, before.columns[each.column].type)
        with (
            rebuilding(self._connection, table),
            self._alembic.batch_alter_table(table, copy_from=sql_table(before), recreate="always") as batch,
        ):
            for each in operations:
                _note(batch, each)


def _note(batch: "BatchOperations", operation: Copying) -> None:
    match operation:
        case AlterColumn(_, name, type_, nullable):
            changes: dict[str, Any] = {} if type_ is None else {"type_": sql_type(type_)}
            batch.alter_column(name, nullable=nullable, **changes)
        case DropColumn(_, name):
            batch.drop_column(name)
        case DropConstraint(_, name):
            batch.drop_constraint(name)
        case AddConstraint(_, constraint):
            _note_constraint(batch, constraint)


def _note_constraint(batch: "BatchOperations", constraint: Constraint) -> None:
    match constraint:
        case Unique(name, columns):
            batch.create_unique_constraint(name, list(columns))
        case Check(name, condition):
            batch.create_check_constraint(name, sql_text(condition))
        case ForeignKey(name, columns, target, target_columns, action):
            batch.create_foreign_key(name, target, list(columns), list(target_columns), ondelete=action)


def _convert(connection: sa.Connection, operation: AlterColumn, old: str) -> None:
    """Make the values what the column's new type stores; the plan has told which of them do not survive that."""
    rows = sa.table(operation.table, sa.column(operation.column))
    value = converted(rows.c[operation.column], old, operation.type or old)
    if value is not None:
        connection.execute(rows.update().values({operation.column: value}))
