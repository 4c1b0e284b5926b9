"""The triggers that note dropped files, in the words of each engine. Each is known by `mainspring_dropped/table/column/event`."""

from collections.abc import Mapping

import sqlalchemy as sa

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
    "delete": """CREATE TRIGGER "mainspring_dropped/{column}/delete" AFTER DELETE ON "{table}" FOR EACH ROW
WHEN (OLD."{column}" IS NOT NULL) EXECUTE FUNCTION mainspring_note_dropped('{column}')""",
    "update": """CREATE TRIGGER "mainspring_dropped/{column}/update" AFTER UPDATE OF "{column}" ON "{table}" FOR EACH ROW
WHEN (OLD."{column}" IS NOT NULL AND OLD."{column}" IS DISTINCT FROM NEW."{column}")
EXECUTE FUNCTION mainspring_note_dropped('{column}')""",
}
_POSTGRESQL_STANDING = """SELECT tables.relname, triggers.tgname FROM pg_trigger triggers
JOIN pg_class tables ON tables.oid = triggers.tgrelid
WHERE tables.relnamespace = current_schema()::regnamespace AND starts_with(triggers.tgname, 'mainspring_dropped/')"""


def making(table: str, column: str, dialect: sa.Dialect) -> Mapping[str, str]:
    """The statements that make the triggers of a file column, by their names."""
    name = f"{PREFIX}/{table}/{column}"
    templates = _SQLITE if dialect.name == "sqlite" else _POSTGRESQL
    return {f"{name}/{event}": templates[event].format(name=name, table=table, column=column) for event in EVENTS}


def prepare(connection: sa.Connection) -> None:
    """Make what the triggers call."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_POSTGRESQL_FUNCTION)


def standing(connection: sa.Connection) -> dict[str, str]:
    """Our triggers in the database: what made them, by their names."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: sql for name, sql in rows if name.startswith(f"{PREFIX}/")}
    found: dict[str, str] = {}
    for table, trigger in connection.exec_driver_sql(_POSTGRESQL_STANDING):
        _, column, event = trigger.split("/")
        name = f"{PREFIX}/{table}/{column}/{event}"
        found[name] = making(table, column, connection.dialect)[name]
    return found


def drop(connection: sa.Connection, name: str) -> None:
    """Remove a trigger, if it is there."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{name}"')
        return
    _, table, column, event = name.split("/")
    connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{PREFIX}/{column}/{event}" ON "{table}"')
