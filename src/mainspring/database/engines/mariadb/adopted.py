"""A MariaDB database that somebody else's programs use too: it is served as it is."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from pymysql.constants import FIELD_TYPE
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from mainspring.database.adopted import AdoptedEngine
from mainspring.database.engines.mariadb.connection import CONVERTERS
from mainspring.database.engines.mariadb.engine import MariadbEngine


def _read_bits(bits: bytes) -> int:
    return int.from_bytes(bits)


class AdoptedMariadb(MariadbEngine, AdoptedEngine):
    """MariaDB with tables that were there before; see `MariadbEngine`."""

    converters: ClassVar[Mapping[Any, Any]] = CONVERTERS | {FIELD_TYPE.BIT: _read_bits}

    def plain_type(self, column: str, type_: TypeEngine[Any], checks: Sequence[str]) -> TypeEngine[Any]:
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

    def left_out(self, connection: sa.Connection, schema: str | None) -> Collection[str]:
        return ()
