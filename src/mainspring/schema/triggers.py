"""Triggers that note which contents a change of records may have left without an owner, so that the files room can look.

They follow from the models, and are brought up to date at the end of every migration; no migration file speaks of them.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from mainspring.model.catalog import Catalog
from mainspring.model.kinds import FileKind
from mainspring.schema.picture import Schema

PREFIX = "mainspring_dropped"
NOTES = "mainspring_dropped_files"

_DELETED = """CREATE TRIGGER "{name}/delete" AFTER DELETE ON "{table}" WHEN old."{column}" IS NOT NULL
BEGIN INSERT INTO mainspring_dropped_files(hash) VALUES (substr(old."{column}", 1, 64)); END"""
_CHANGED = """CREATE TRIGGER "{name}/update" AFTER UPDATE OF "{column}" ON "{table}"
WHEN old."{column}" IS NOT NULL AND old."{column}" IS NOT new."{column}"
BEGIN INSERT INTO mainspring_dropped_files(hash) VALUES (substr(old."{column}", 1, 64)); END"""
_ALL_GONE = (
    """INSERT INTO mainspring_dropped_files(hash) SELECT substr("{column}", 1, 64) FROM "{table}" WHERE "{column}" IS NOT NULL"""
)


def file_triggers(catalog: Catalog) -> dict[str, str]:
    """The statements that make the triggers, by trigger name."""
    made: dict[str, str] = {}
    for table, column in file_columns(catalog):
        name = f"{PREFIX}/{table}/{column}"
        for ending, template in (("delete", _DELETED), ("update", _CHANGED)):
            made[f"{name}/{ending}"] = template.format(name=name, table=table, column=column)
    return made


def file_columns(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """The tables and columns that hold files."""
    for entity in catalog.entities.values():
        for field in entity.fields.values():
            if isinstance(field.kind, FileKind):
                yield entity.name, field.name


def _place(name: str) -> tuple[str, str]:
    """The table and the column of a trigger of ours."""
    _, table, column, _ = name.split("/")
    return table, column


def remove_triggers(connection: sa.Connection) -> set[tuple[str, str]]:
    """Take our triggers away, so that a migration's own work does not set them off; gives the file columns that they watched."""
    standing = _standing(connection)
    for name in standing:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    return {_place(name) for name in standing}


def install_triggers(connection: sa.Connection, catalog: Catalog, schema: Schema) -> None:
    """Make the triggers that the models ask for on the columns that are there, and remove all others of ours."""
    standing, wanted = _standing(connection), _wanted(catalog, schema)
    for name in standing.keys() - wanted:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    for name, sql in wanted.items():
        if standing.get(name) != sql:
            connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{name}"')
            connection.exec_driver_sql(sql)


def missing_triggers(connection: sa.Connection, catalog: Catalog) -> bool:
    """Whether other triggers of ours stand in the database than the models ask for."""
    return _standing(connection) != file_triggers(catalog)


def _wanted(catalog: Catalog, schema: Schema) -> dict[str, str]:
    def stands(table: str, column: str) -> bool:
        return table in schema and column in schema[table].columns

    return {name: sql for name, sql in file_triggers(catalog).items() if NOTES in schema and stands(*_place(name))}


def note_dropped(connection: sa.Connection, table: str, column: str) -> None:
    """Note the contents of a file column that is about to go."""
    connection.exec_driver_sql(_ALL_GONE.format(table=table, column=column))


def _standing(connection: sa.Connection) -> dict[str, str]:
    """Our triggers in the database, by name."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: sql for name, sql in rows if name.startswith(f"{PREFIX}/")}
