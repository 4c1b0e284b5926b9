"""Triggers that note which contents a change of records may have left without an owner, so that the files room can look.

They follow from the models, and are brought up to date at the end of every migration; no migration file speaks of them.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from mainspring.model.catalog import Catalog
from mainspring.model.kinds import FileKind
from mainspring.schema.builders.triggers import NOTES, drop, making, prepare, standing
from mainspring.schema.picture import Schema, picture_of

_ALL_GONE = "INSERT INTO mainspring_dropped_files(hash) SELECT substr({column}, 1, 64) FROM {table} WHERE {column} IS NOT NULL"


def file_triggers(catalog: Catalog, schema: Schema, dialect: sa.Dialect) -> dict[str, str]:
    """The statements that make the triggers on the columns that stand in a schema, by trigger name.

    Raises:
        MigrationError: The engine cannot watch one of them.
    """
    made: dict[str, str] = {}
    if NOTES in schema:
        for table, column in file_columns(catalog):
            if table in schema and column in schema[table].columns:
                made |= making(table, column, schema, dialect)
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


def watched(connection: sa.Connection) -> set[tuple[str, str]]:
    """The file columns, as table and column, that our triggers watch."""
    return {_place(name) for name in standing(connection)}


def remove_triggers(connection: sa.Connection) -> None:
    """Take our triggers away, so that a migration's own work does not set them off."""
    for name in standing(connection):
        drop(connection, name)


def install_triggers(connection: sa.Connection, catalog: Catalog, schema: Schema) -> None:
    """Make the triggers that the models ask for on the columns that are there, and remove all others of ours."""
    found, wanted = standing(connection), file_triggers(catalog, schema, connection.dialect)
    for name in found.keys() - wanted:
        drop(connection, name)
    if wanted:
        prepare(connection)
    for name, sql in wanted.items():
        if found.get(name) != sql:
            drop(connection, name)
            connection.exec_driver_sql(sql)


def missing_triggers(connection: sa.Connection, catalog: Catalog) -> bool:
    """Whether other triggers of ours stand in the database than the models ask for."""
    return standing(connection) != file_triggers(catalog, picture_of(catalog.metadata), connection.dialect)


def note_dropped(connection: sa.Connection, table: str, column: str) -> None:
    """Note the contents of a file column that is about to go."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    sql = _ALL_GONE.format(table=quote(table), column=quote(column))
    connection.exec_driver_sql(sql if connection.dialect.name == "sqlite" else sql.replace("%", "%%"))
