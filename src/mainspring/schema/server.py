"""What is particular to database servers when tables are made and looked at."""

import sqlalchemy as sa

from mainspring.database.engine import Engine
from mainspring.model.catalog import Catalog
from mainspring.schema import mariadb
from mainspring.schema.triggers import file_columns

_FUNCTION = """CREATE OR REPLACE FUNCTION mainspring_note_dropped() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE stored text;
BEGIN
    EXECUTE format('SELECT ($1).%I', TG_ARGV[0]) INTO stored USING OLD;
    INSERT INTO mainspring_dropped_files(hash) VALUES (substr(stored, 1, 64));
    RETURN NULL;
END $$"""
_DELETED = """CREATE TRIGGER {name} AFTER DELETE ON {table} FOR EACH ROW
WHEN (OLD.{column} IS NOT NULL) EXECUTE FUNCTION mainspring_note_dropped({argument})"""
_CHANGED = """CREATE TRIGGER {name} AFTER UPDATE OF {column} ON {table} FOR EACH ROW
WHEN (OLD.{column} IS NOT NULL AND OLD.{column} IS DISTINCT FROM NEW.{column})
EXECUTE FUNCTION mainspring_note_dropped({argument})"""


def create_all(engine: Engine, catalog: Catalog) -> None:
    """Make all tables and triggers, in one transaction where the engine has such."""
    if engine.dialect.name == "mariadb":
        mariadb.create_all(engine, catalog)
        return
    with engine.alchemy().begin() as connection:
        catalog.metadata.create_all(connection, checkfirst=False)
        connection.exec_driver_sql(_FUNCTION.replace("%", "%%"))
        quote = connection.dialect.identifier_preparer.quote_identifier
        for table, column in file_columns(catalog):
            for word, template in (("delete", _DELETED), ("update", _CHANGED)):
                name, argument = quote(f"mainspring_dropped/{column}/{word}"), f"'{column.replace(chr(39), 2 * chr(39))}'"
                text = template.format(name=name, table=quote(table), column=quote(column), argument=argument)
                connection.exec_driver_sql(text.replace("%", "%%"))
        for entity in catalog.entities.values():
            for field in entity.fields.values():
                if field.search:
                    index, column = quote(f"mainspring_search/{entity.name}/{field.name}"), quote(field.name)
                    text = f"CREATE INDEX {index} ON {quote(entity.name)} USING gin (to_tsvector('simple'::regconfig, {column}))"
                    connection.exec_driver_sql(text.replace("%", "%%"))


def missing_tables(engine: Engine, catalog: Catalog) -> list[str]:
    """The tables of the models that are not there."""
    with engine.alchemy().connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
    return [name for name in catalog.metadata.tables if name not in there]
