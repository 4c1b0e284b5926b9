"""The engine of a database that was there before, from its URL. Only the driver that is needed is imported."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from mainspring.database.address import needs_driver
from mainspring.database.adopted import AdoptedEngine
from mainspring.database.engines.sqlite.adopted import AdoptedSqlite
from mainspring.errors import CommandError

LOCK = "adopted-writer"
"""The file in the folder of our data on which writers to a SQLite file wait in line."""

SCHEMA = "schema"
"""What names the schema in a URL of PostgreSQL."""

_FORMS = "sqlite:///chinook.sqlite, postgresql://user:password@host/name or mariadb://user:password@host/name"


def adopted_url(url: str, schema: str | None) -> str:
    """A URL as the settings hold it.

    Args:
        url: A URL, or the path of a SQLite file.
        schema: The schema whose tables are meant; None for the usual one.

    Raises:
        CommandError: The engine has no schemas in its databases.
    """
    if "://" not in url:
        return f"sqlite:///{Path(url).absolute()}"
    if schema is None:
        return url
    parts = _parts(url)
    match parts.get_backend_name():
        case "postgresql":
            return parts.update_query_dict({SCHEMA: schema}).render_as_string(hide_password=False)
        case "sqlite":
            return url
        case _:
            raise CommandError("a schema of MariaDB is a database: name it at the end of the URL, and leave --schema out")


def adopted_engine(url: str, data: Path, statement_seconds: float) -> AdoptedEngine:
    """The engine.

    Args:
        url: Where the database is: `sqlite:///chinook.sqlite`, or one of a server.
        data: The folder of our own data.
        statement_seconds: Longest time that one statement may take.

    Raises:
        CommandError: The URL cannot be read, there is no such file, or the driver is not installed.
    """
    parts = _parts(url)
    match parts.get_backend_name():
        case "sqlite" if parts.database:
            return AdoptedSqlite(Path(parts.database), data / LOCK)
        case "postgresql" if parts.database:
            with needs_driver("PostgreSQL", "psycopg", "postgresql"):
                from mainspring.database.engines.postgresql.adopted import AdoptedPostgresql  # noqa: PLC0415 - see above

            address = parts.set(drivername="postgresql").difference_update_query([SCHEMA])
            schema = parts.query.get(SCHEMA)
            return AdoptedPostgresql(address.render_as_string(hide_password=False), statement_seconds, _only(schema))
        case "mysql" | "mariadb" if parts.database:
            with needs_driver("MariaDB", "pymysql", "mariadb"):
                from mainspring.database.engines.mariadb.adopted import AdoptedMariadb  # noqa: PLC0415 - see above

            return AdoptedMariadb(url, statement_seconds)
        case "sqlite" | "postgresql" | "mysql" | "mariadb":
            raise CommandError(f"'{_hidden(parts)}' names no database; write {_FORMS}")
        case name:
            raise CommandError(f"a database of '{name}' cannot be adopted; write {_FORMS}")


def _parts(url: str) -> URL:
    scheme, _, rest = url.partition("://")
    try:
        return make_url(f"postgresql://{rest}" if scheme == "postgres" else url)
    except ArgumentError:
        raise CommandError(f"this is no URL of a database; write {_FORMS}") from None


def _hidden(parts: URL) -> str:
    return parts.render_as_string(hide_password=True)


def _only(value: str | tuple[str, ...] | None) -> str | None:
    return value[0] if isinstance(value, tuple) else value
