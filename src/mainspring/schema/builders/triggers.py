"""The triggers that note dropped files, in the words of each engine.

Each is known by `mainspring_dropped/table/column/event`, where MariaDB has a name of its own for the last part.
"""

from collections.abc import Mapping
from hashlib import sha256

import sqlalchemy as sa

from mainspring.schema.builders import mariadb_triggers
from mainspring.schema.picture import Schema

PREFIX = "mainspring_dropped"
NOTES = "mainspring_dropped_files"
EVENTS = ("delete", "update")

_SQLITE = {
    "delete": """CREATE TRIGGER "{name}/delete" AFTER DELETE ON "{table}" WHEN old."{column}" IS NOT NULL
BEGIN INSERT INTO mainspring_dropped_files(hash) VALUES (substr(old."{column}", 1, 64)); END""",
    "update": """CREATE TRIGGER "{name}/update" AFTER UPDATE OF "{column}" ON "{table}"
WHEN old."{column}" IS NOT NULL AND old."{column}" IS NOT new."{column}"
BEGIN INSERT INTO mainspring_dropped_files(hash) VALUES (substr(old."{column}", 1, 64)); END""",
}
_POSTGRESQL_FUNCTION = """CREATE OR REPLACE FUNCTION mainspring_note_dropped() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE stored text;
BEGIN
    EXECUTE format('SELECT ($1).%%I', TG_ARGV[0]) INTO stored USING OLD;
    INSERT INTO mainspring_dropped_files(hash) VALUES (substr(stored, 1, 64));
    RETURN NULL;
END $$"""
_POSTGRESQL = {
    "delete": """CREATE TRIGGER {trigger} AFTER DELETE ON {table} FOR EACH ROW
WHEN (OLD.{column} IS NOT NULL) EXECUTE FUNCTION mainspring_note_dropped({argument})""",
    "update": """CREATE TRIGGER {trigger} AFTER UPDATE OF {column} ON {table} FOR EACH ROW
WHEN (OLD.{column} IS NOT NULL AND OLD.{column} IS DISTINCT FROM NEW.{column})
EXECUTE FUNCTION mainspring_note_dropped({argument})""",
}
_POSTGRESQL_STANDING = """SELECT tables.relname, columns.attname, triggers.tgname FROM pg_trigger triggers
JOIN pg_class tables ON tables.oid = triggers.tgrelid
JOIN pg_attribute columns ON columns.attrelid = tables.oid
    AND convert_to(columns.attname, 'UTF8') = substring(triggers.tgargs FOR length(triggers.tgargs) - 1)
WHERE tables.relnamespace = current_schema()::regnamespace AND starts_with(triggers.tgname, 'mainspring_dropped/')"""


def making(table: str, column: str, schema: Schema, dialect: sa.Dialect) -> Mapping[str, str]:
    """The statements that make the triggers of a file column of a schema, by their names.

    Raises:
        MigrationError: The engine cannot watch it.
    """
    if dialect.name == "mariadb":
        triggers = mariadb_triggers.making(schema[table], column, schema, dialect.identifier_preparer)
        return {f"{PREFIX}/{name}": sql.replace("%", "%%") for name, sql in triggers.items()}
    return _making(table, column, dialect)


def _making(table: str, column: str, dialect: sa.Dialect) -> Mapping[str, str]:
    name = f"{PREFIX}/{table}/{column}"
    if dialect.name == "sqlite":
        return {f"{name}/{event}": _SQLITE[event].format(name=name, table=table, column=column) for event in EVENTS}
    quote = dialect.identifier_preparer.quote_identifier
    words = {"table": quote(table), "column": quote(column), "argument": f"'{column.replace(chr(39), chr(39) * 2)}'"}
    made = {event: _POSTGRESQL[event].format(trigger=quote(_trigger(column, event)), **words) for event in EVENTS}
    return {f"{name}/{event}": sql.replace("%", "%%") for event, sql in made.items()}


def _trigger(column: str, event: str) -> str:
    """What PostgreSQL calls a trigger: it knows names of 63 bytes."""
    return f"{PREFIX}/{event}/{sha256(column.encode()).hexdigest()[:16]}"


def prepare(connection: sa.Connection) -> None:
    """Make what the triggers call."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL_FUNCTION)


def standing(connection: sa.Connection) -> dict[str, str]:
    """Our triggers in the database: what made them, by their names."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: sql for name, sql in rows if name.startswith(f"{PREFIX}/")}
    if connection.dialect.name == "mariadb":
        return {f"{PREFIX}/{name}": sql.replace("%", "%%") for name, sql in mariadb_triggers.standing(connection).items()}
    found: dict[str, str] = {}
    for table, column, trigger in connection.exec_driver_sql(_POSTGRESQL_STANDING):
        name = f"{PREFIX}/{table}/{column}/{trigger.split('/')[1]}"
        found[name] = _making(table, column, connection.dialect)[name]
    return found


def drop(connection: sa.Connection, name: str) -> None:
    """Remove a trigger, if it is there."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {quote(name)}")
        return
    _, table, column, event = name.split("/")
    if connection.dialect.name == "mariadb":
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {quote(event)}")
        return
    sql = f"DROP TRIGGER IF EXISTS {quote(_trigger(column, event))} ON {quote(table)}"
    connection.exec_driver_sql(sql.replace("%", "%%"))
