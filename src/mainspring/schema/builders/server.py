"""Building in a server's database, which changes tables in place."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from mainspring.database.engine import Engine
from mainspring.database.types import Decimal, Float, Integer, Stored, Text
from mainspring.schema.builder import HISTORY, Alteration, Builder, Value, in_words_of, reflect_table
from mainspring.schema.operation import AddConstraint, AlterColumn, DropColumn, DropConstraint
from mainspring.schema.picture import (
    Check,
    Column,
    Constraint,
    ForeignKey,
    Schema,
    Table,
    Unique,
    sql_text,
)
from mainspring.schema.types import sql_type, stored_of, type_text

if TYPE_CHECKING:
    from alembic.operations import Operations


class ServerBuilder(Builder):
    """Builds in a server's database.

    Args:
        engine: Whose database it is.
    """

    number: ClassVar[TypeEngine[Any]] = sa.Numeric()
    """The type of any number, of however many digits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def opened(self) -> Generator[sa.Connection]:
        lock = self._engine.open_writer()
        try:
            with self._connected() as connection:
                self.prepare(connection)
                with self._engine.alone(lock):
                    yield connection
        finally:
            lock.close()

    def prepare(self, connection: sa.Connection) -> None:
        """Do what has to be done before the schema is changed, on the connection that changes it."""

    @contextmanager
    def looked_at(self) -> Generator[sa.Connection]:
        with self._connected() as connection:
            yield connection

    @contextmanager
    def _connected(self) -> Generator[sa.Connection]:
        with self._engine.alchemy().connect() as connection:
            yield connection

    @contextmanager
    def transaction(self, connection: sa.Connection) -> Generator[None]:
        connection.rollback()  # what only looked began one
        with connection.begin():
            yield

    def check_references(self, connection: sa.Connection) -> None:
        """The server has held every reference meanwhile."""

    def reflect(self, connection: sa.Connection, like: Schema) -> Schema:
        inspector = sa.inspect(connection)
        names = [name for name in inspector.get_table_names() if name != HISTORY]
        real = {name: reflect_table(inspector, name, counted=is_counted(inspector, name)) for name in names}
        return in_words_of(real, like, connection.dialect)

    def drop_index(self, connection: sa.Connection, alembic: "Operations", before: Table, name: str) -> None:
        alembic.drop_index(name, before.name)

    def alter(self, connection: sa.Connection, alembic: "Operations", before: Table, alterations: Sequence[Alteration]) -> None:
        for each in alterations:
            match each:
                case AlterColumn():
                    _alter_column(connection, alembic, before.columns[each.column], each)
                case DropColumn(table, name):
                    alembic.drop_column(table, name)
                case DropConstraint(table, name):
                    alembic.drop_constraint(name, table, type_=_WORDS[type(before.constraints[name])])
                case AddConstraint(table, constraint):
                    _add_constraint(alembic, table, constraint, connection.dialect)

    def loss(self, value: Value, old: str, new: str) -> tuple[Value, str] | None:
        before, after = stored_of(old), stored_of(new)
        match before, after:
            case Text(), Text(None):
                return None
            case Text(), Text(int() as length):
                return sa.func.char_length(value) > length, f"cut to {length} characters"
            case ((Integer() | Float() | Decimal()), Float()):
                return (sa.func.abs(value) > 2**53, "rounded to what a float holds") if before != after else None
            case ((Integer() | Float() | Decimal()), (Integer() | Decimal())):
                digits, places = (after.digits, after.places) if isinstance(after, Decimal) else (18, 0)
                number = sa.cast(value, self.number)
                return (
                    sa.or_(sa.func.abs(number) >= 10 ** (digits - places), sa.func.round(number, places) != number),
                    f"rounded to {places} decimals, or too large",
                )
            case _:
                return value.is_not(None), "changed by the new type"


_WORDS: dict[type[Constraint], str] = {Unique: "unique", Check: "check", ForeignKey: "foreignkey"}


def _alter_column(connection: sa.Connection, alembic: "Operations", before: Column, alteration: AlterColumn) -> None:
    dialect = connection.dialect
    options: dict[str, Any] = {"existing_type": sql_type(before.type, dialect), "existing_nullable": before.nullable}
    if alteration.type:
        options["type_"] = sql_type(alteration.type, dialect)
        if dialect.name == "postgresql":
            options["postgresql_using"] = _converted(before, stored_of(alteration.type), dialect)
    if alteration.nullable is not None:
        options["nullable"] = alteration.nullable
    alembic.alter_column(alteration.table, alteration.column, **options)


def _converted(before: Column, after: Stored, dialect: sa.Dialect) -> str:
    """The value in the new type, as the `USING` of an alteration says it."""
    value: Value = sa.column(before.name)
    if isinstance(after, Text) and after.length is not None:
        value = sa.func.left(sa.cast(value, sa.Text()), after.length)
    elif isinstance(after, Integer):
        value = sa.func.round(sa.cast(value, sa.Numeric()))
    new = sa.cast(value, sql_type(type_text(after.sql_type()), dialect))
    return str(new.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _add_constraint(alembic: "Operations", table: str, constraint: Constraint, dialect: sa.Dialect) -> None:
    match constraint:
        case Unique(name, columns):
            alembic.create_unique_constraint(name, table, list(columns))
        case Check(name):
            alembic.create_check_constraint(name, table, sql_text(constraint.on(dialect)))
        case ForeignKey(name, columns, target, target_columns, action):
            alembic.create_foreign_key(name, table, target, list(columns), list(target_columns), ondelete=action)


def is_counted(inspector: sa.Inspector, name: str) -> bool:
    """Whether the server counts a table's key."""
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    return any(each["name"] in key and each.get("autoincrement") is True for each in inspector.get_columns(name))
