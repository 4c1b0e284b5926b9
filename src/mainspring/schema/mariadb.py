"""What is particular to MariaDB when tables are made: its foreign keys delete records without a word to any trigger.

So a trigger on each table whose records take others along, at however many removes, notes the files of those before they go.
"""

import hashlib
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from mainspring.database.engine import Engine
from mainspring.database.engines.mariadb.engine import LOCKS
from mainspring.model.catalog import Catalog
from mainspring.schema.builders.triggers import NOTES
from mainspring.schema.refusal import MigrationError
from mainspring.schema.triggers import file_columns

_DELETED = """CREATE TRIGGER {name} AFTER DELETE ON {table} FOR EACH ROW
INSERT INTO {notes}(hash) SELECT substr(OLD.{column}, 1, 64) FROM DUAL WHERE OLD.{column} IS NOT NULL"""
_CHANGED = """CREATE TRIGGER {name} AFTER UPDATE ON {table} FOR EACH ROW
INSERT INTO {notes}(hash)
SELECT substr(OLD.{column}, 1, 64) FROM DUAL WHERE OLD.{column} IS NOT NULL AND NOT OLD.{column} <=> NEW.{column}"""
_TAKEN_ALONG = """CREATE TRIGGER {name} BEFORE DELETE ON {parent} FOR EACH ROW
INSERT INTO {notes}(hash) SELECT substr({column}, 1, 64) FROM {table} WHERE {column} IS NOT NULL AND {condition}"""
_MAKE_LOCKS = f"CREATE TABLE {LOCKS} (number TINYINT NOT NULL PRIMARY KEY)"
_FILL_LOCKS = f"INSERT INTO {LOCKS} VALUES (1)"  # noqa: S608 - the constant above


def create_all(engine: Engine, catalog: Catalog) -> None:
    """Make all tables and triggers. MariaDB commits each by itself.

    Raises:
        MigrationError: Records with files take one another along in a circle.
    """
    with engine.alchemy().begin() as connection:
        triggers = list(_triggers(catalog, connection.dialect.identifier_preparer.quote_identifier))
        catalog.metadata.create_all(connection, checkfirst=False)
        for statement in (_MAKE_LOCKS, _FILL_LOCKS, *triggers):
            connection.exec_driver_sql(statement.replace("%", "%%"))


def missing_tables(engine: Engine, catalog: Catalog) -> list[str]:
    """The tables of the models that are not there."""
    with engine.alchemy().connect() as connection:
        there = set(sa.inspect(connection).get_table_names())
    return [name for name in catalog.metadata.tables if name not in there]


def _triggers(catalog: Catalog, quote: Callable[[str], str]) -> Iterator[str]:
    for table_name, column_name in file_columns(catalog):
        table = catalog.metadata.tables[table_name]
        words = {"table": quote(table_name), "column": quote(column_name), "notes": NOTES}
        yield _DELETED.format(name=_name(table_name, column_name, "delete"), **words)
        yield _CHANGED.format(name=_name(table_name, column_name, "update"), **words)
        for number, (parent, condition) in enumerate(_chains(table, quote)):
            name = _name(table_name, column_name, f"{parent.name} {number}")
            yield _TAKEN_ALONG.format(name=name, parent=quote(parent.name), condition=condition, **words)


def _name(*parts: str) -> str:
    """A name for a trigger, in which no table's name is too long."""
    return f"mainspring_dropped_{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:16]}"


def _chains(table: sa.Table, quote: Callable[[str], str], seen: tuple[sa.Table, ...] = ()) -> Iterator[tuple[sa.Table, str]]:
    """The tables whose records take records of `table` along, each with the condition on these while one of it is deleted."""
    if table in seen:
        raise MigrationError(
            f"records of '{table.name}' delete one another in a circle, and have files: MariaDB cannot follow that"
        )
    for link in sorted(table.foreign_key_constraints, key=lambda each: str(each.name)):
        if (link.ondelete or "").upper() != "CASCADE":
            continue
        parent, here = link.referred_table, ", ".join(quote(column.name) for column in link.columns)
        keys = [element.column.name for element in link.elements]
        yield parent, f"({here}) = ({', '.join(f'OLD.{quote(key)}' for key in keys)})"
        for above, condition in _chains(parent, quote, (*seen, table)):
            there = ", ".join(quote(key) for key in keys)
            yield above, f"({here}) IN (SELECT {there} FROM {quote(parent.name)} WHERE {condition})"  # noqa: S608 - names of models
