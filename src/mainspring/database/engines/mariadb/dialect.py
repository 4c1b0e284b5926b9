"""SQLAlchemy's dialect of MariaDB, as far as ours is another one."""

from typing import Any

import pymysql
from sqlalchemy import BinaryExpression, BindParameter, Boolean, UnaryExpression
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.mysql.base import MySQLDDLCompiler
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.dialects.mysql.mysqldb import MySQLCompiler_mysqldb
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql import operators

from mainspring.database.engines.mariadb.types import LONGEST_INDEXED


class _Compiler(MySQLCompiler_mysqldb):
    """Empty values come first in an ascending order of MariaDB, and last in a descending one; another place is said by a term."""

    def visit_nulls_first_op_unary_modifier(self, unary: UnaryExpression[Any], _operator: Any, **options: Any) -> str:
        """NULLS FIRST."""
        return self._placed(unary.element, "DESC", **options)

    def visit_nulls_last_op_unary_modifier(self, unary: UnaryExpression[Any], _operator: Any, **options: Any) -> str:
        """NULLS LAST."""
        return self._placed(unary.element, "ASC", **options)

    def visit_is__binary(self, binary: BinaryExpression[Any], _operator: Any, **options: Any) -> str:
        """IS, which MariaDB takes before words only."""
        sign = " <=> " if isinstance(binary.right, BindParameter) else " IS "
        return self._generate_generic_binary(binary, sign, **options)

    def _placed(self, term: Any, place: str, **options: Any) -> str:
        text = self.process(term, **options)
        descending = term.modifier is operators.desc_op
        if descending is (place == "ASC"):
            return text
        return f"{self.process(term.element, **options)} IS NULL {place}, {text}"


class _DdlCompiler(MySQLDDLCompiler):
    """An index over a text that may be too long for it holds how it begins."""

    def visit_create_index(self, create: CreateIndex, *places: Any, **options: Any) -> str:
        """CREATE INDEX."""
        index = create.element
        lengths = {column.name: LONGEST_INDEXED for column in index.columns if self._is_long(column)}
        if lengths and not index.unique:
            index.dialect_options["mariadb"]["length"] = index.dialect_options["mysql"]["length"] = lengths
        return super().visit_create_index(create, *places, **options)

    def _is_long(self, column: Any) -> bool:
        return str(column.type.compile(self.dialect)).startswith("LONGTEXT")


class MariadbDialect(MariaDBDialect, MySQLDialect_pymysql):
    """MariaDB's dialect, which knows what MariaDB can do before it has a connection."""

    supports_statement_cache = True
    statement_compiler = _Compiler
    ddl_compiler = _DdlCompiler
    insert_returning = True
    delete_returning = True
    _support_float_cast = True

    def __init__(self, **options: Any) -> None:
        super().__init__(paramstyle="format", **options)

    @classmethod
    def import_dbapi(cls) -> Any:
        return pymysql

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **options: Any) -> list[Any]:
        """The columns of a table. Of the types of numbers one is said to hold what is true or false."""
        columns = super().get_columns(connection, table_name, schema, **options)
        for column in columns:
            if getattr(column["type"], "display_width", None) == 1:
                column["type"] = Boolean()
        return columns


registry.register("mariadb.mainspring", __name__, MariadbDialect.__name__)
