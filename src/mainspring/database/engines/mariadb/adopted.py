"""A MariaDB database that somebody else's programs use too: it is served as it is."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from pymysql.constants import FIELD_TYPE
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from mainspring.database.adopted import AdoptedEngine, Told
from mainspring.database.engines.mariadb.connection import CONVERTERS
from mainspring.database.engines.mariadb.engine import MariadbEngine

_TYPES = "SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = database()"
_CHECKS = "SELECT table_name, check_clause FROM information_schema.check_constraints WHERE constraint_schema = database()"
_UNSAFE = """SELECT t.table_name, t.engine
FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine
WHERE t.table_schema = database() AND e.transactions <> 'YES'"""


_ESCAPED = re.compile(r"\\(.)")


def _unescape(found: re.Match[str]) -> str:
    """A character of a text in a condition, as SQL writes it elsewhere too."""
    return "''" if found[1] == "'" else found[1]


def _read_bits(bits: bytes) -> int:
    return int.from_bytes(bits)


class AdoptedMariadb(MariadbEngine, AdoptedEngine):
    """MariaDB with tables that were there before; see `MariadbEngine`."""

    converters: ClassVar[Mapping[Any, Any]] = CONVERTERS | {FIELD_TYPE.BIT: _read_bits}

    def plain_type(self, column: str, type_: TypeEngine[Any], told: str, checks: Sequence[str]) -> TypeEngine[Any]:
        match type_:
            case mysql.TINYINT(display_width=1) | mysql.BIT(length=1 | None):
                return sa.Boolean()
            case mysql.BIT() | mysql.YEAR():
                return sa.BigInteger()
            case mysql.SET():
                return sa.Text()
            case mysql.LONGTEXT() if f"json_valid(`{column.replace('`', '``')}`)" in checks:
                return sa.JSON()
            case _:
                return type_

    def tell(self, connection: sa.Connection, schema: str | None) -> Told:
        checks: dict[str, list[str]] = {}
        for table, condition in connection.execute(sa.text(_CHECKS)):
            checks.setdefault(table, []).append(_ESCAPED.sub(_unescape, condition))
        types = {(table, column): type_ for table, column, type_ in connection.execute(sa.text(_TYPES))}
        only_read = {
            table: f"Its storage engine, {engine}, has no transactions, so it can only be read."
            for table, engine in connection.execute(sa.text(_UNSAFE))
        }
        return Told(types, checks, only_read=only_read)
