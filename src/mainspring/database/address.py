"""From the setting `MAINSPRING_DATABASE` to the engine. Only the driver that is needed is imported."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mainspring.database.engine import Engine
from mainspring.errors import CommandError, DeclarationError

FILE = "app.sqlite"
"""The database in the folder of data, where the setting names no other."""

_FORMS = "sqlite:///path/to/file, postgresql://user:password@host/name or mariadb://user:password@host/name"


def open_engine(address: str, data: Path, statement_seconds: float) -> Engine:
    """The engine of a database; nothing is connected yet.

    Args:
        address: The database's address; empty for SQLite in the folder of data.
        data: The folder of data.
        statement_seconds: Longest time that one statement may take.

    Raises:
        DeclarationError: The address is none.
        CommandError: The driver is not installed.
    """
    scheme, colon, rest = address.partition("://")
    match scheme:
        case "":
            return _open_sqlite(data / FILE)
        case "sqlite" if rest.startswith("/") and len(rest) > 1:
            return _open_sqlite(Path(unquote(rest[1:])))
        case "postgresql" | "postgres" if _names_a_database(address):
            return _open_postgresql(f"postgresql://{rest}", statement_seconds)
        case "mariadb" | "mysql" if _names_a_database(address):
            return _open_mariadb(f"mariadb://{rest}", statement_seconds)
        case _:
            shown = f"'{scheme}://…'" if colon else "what it says"
            raise DeclarationError(f"MAINSPRING_DATABASE: {shown} is no address of a database; write {_FORMS}")


def _names_a_database(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return len(parts.path) > 1 and (parts.port or 1) > 0
    except ValueError:
        return False


def _open_sqlite(path: Path) -> Engine:
    from mainspring.database.engines.sqlite import SqliteEngine  # noqa: PLC0415 - see above

    return SqliteEngine(path)


def _open_postgresql(address: str, statement_seconds: float) -> Engine:
    with needs_driver("PostgreSQL", "psycopg", "postgresql"):
        from mainspring.database.engines.postgresql import PostgresqlEngine  # noqa: PLC0415 - see above

    return PostgresqlEngine(address, statement_seconds)


def _open_mariadb(address: str, statement_seconds: float) -> Engine:
    with needs_driver("MariaDB", "pymysql", "mariadb"):
        from mainspring.database.engines.mariadb import MariadbEngine  # noqa: PLC0415 - see above

    return MariadbEngine(address, statement_seconds)


@contextmanager
def needs_driver(name: str, module: str, extra: str) -> Generator[None]:
    """Around the import of an engine: where its driver is not installed, say how to have it.

    Raises:
        CommandError: It is not.
    """
    try:
        yield
    except ImportError as error:
        if error.name != module:
            raise
        raise CommandError(f"{name} needs its driver: pip install 'mainspring[{extra}]'") from error
