"""The indexes of full-text search. They follow from the models, and are brought up to date at the end of every migration."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

import sqlalchemy as sa

from mainspring.database.engines.sqlite.search import PREFIX, fill_index, index_name, make_index
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity
from mainspring.schema.builder import SEARCH
from mainspring.schema.operation import CreateTable, Execute, Operation
from mainspring.schema.picture import Schema


def remove_search(connection: sa.Connection, operations: Iterable[Operation]) -> None:
    """Take away the indexes of the tables that operations touch: what they do to rows sets off no triggers."""
    if connection.dialect.name != "sqlite":
        return  # a server's indexes follow by themselves
    operations = list(operations)
    touched = {index_name(each.table.name if isinstance(each, CreateTable) else each.table) for each in operations}
    everything = any(isinstance(each, Execute) for each in operations)
    for name in _standing(connection):
        index = _index_of(name)
        if everything or index in touched:
            _drop(connection, index)


def install_search(connection: sa.Connection, catalog: Catalog, schema: Schema) -> None:
    """Make and fill the indexes that the models ask for on the columns that are there, and remove all others of ours."""
    if connection.dialect.name == "mariadb":
        return  # which reads the texts themselves
    if connection.dialect.name != "sqlite":
        _install_on_server(connection, _wanted_on_server(connection, catalog, schema))
        return
    standing, wanted = _standing(connection), set[str]()
    for entity in catalog.entities.values():
        fields = _searchable(entity)
        if not fields or entity.name not in schema or not set(fields) <= schema[entity.name].columns.keys():
            continue
        pieces = make_index(entity.name, entity.key, fields)
        wanted |= pieces.keys()
        if any(standing.get(name) != sql for name, sql in pieces.items()):
            _drop(connection, index_name(entity.name))
            for sql in pieces.values():
                connection.exec_driver_sql(sql)
            connection.exec_driver_sql(fill_index(entity.name, fields))
    for index in {_index_of(name) for name in standing.keys() - wanted} - wanted:
        _drop(connection, index)


def missing_search(connection: sa.Connection, catalog: Catalog) -> bool:
    """Whether other indexes of ours stand in the database than the models ask for."""
    if connection.dialect.name == "mariadb":
        return False
    if connection.dialect.name != "sqlite":
        return _standing_on_server(connection) != _wanted_on_server(connection, catalog, None).keys()
    wanted: dict[str, str] = {}
    for entity in catalog.entities.values():
        fields = _searchable(entity)
        wanted |= make_index(entity.name, entity.key, fields) if fields else {}
    return _standing(connection) != wanted


def _searchable(entity: Entity) -> tuple[str, ...]:
    return tuple(field.name for field in entity.fields.values() if field.search)


def _index_of(name: str) -> str:
    """The index that a piece belongs to."""
    return "/".join(name.split("/")[:2])


def _drop(connection: sa.Connection, index: str) -> None:
    for ending in ("insert", "delete", "update"):
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS "{index}/{ending}"')
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{index}"')


def _standing(connection: sa.Connection) -> dict[str, str]:
    """The pieces of our indexes in the database, by name; without the tables that FTS5 makes for itself."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' OR sql LIKE 'CREATE VIRTUAL %'")
    return {name: sql for name, sql in rows if name.startswith(PREFIX)}


# -- PostgreSQL: an index of each field ------------------------------------------------------------------------------------------

_ON_SERVER = f"""SELECT indexname FROM pg_indexes
WHERE schemaname = current_schema() AND starts_with(indexname, '{SEARCH}')"""  # noqa: S608 - the constant


def _wanted_on_server(connection: sa.Connection, catalog: Catalog, schema: Schema | None) -> dict[str, str]:
    """The statements that make the indexes, by their names; only of the columns that stand in `schema`, where one is given."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    wanted: dict[str, str] = {}
    for entity in catalog.entities.values():
        for name in _searchable(entity):
            if schema is None or (entity.name in schema and name in schema[entity.name].columns):
                # A server knows names of 63 bytes.
                index = f"{SEARCH}{sha256(f'{entity.name}/{name}'.encode()).hexdigest()[:16]}"
                words = f"gin (to_tsvector('simple'::regconfig, {quote(name)}))"
                wanted[index] = f"CREATE INDEX {quote(index)} ON {quote(entity.name)} USING {words}"
    return wanted


def _standing_on_server(connection: sa.Connection) -> set[str]:
    return set(connection.exec_driver_sql(_ON_SERVER).scalars())


def _install_on_server(connection: sa.Connection, wanted: Mapping[str, str]) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    standing = _standing_on_server(connection)
    for name in standing - wanted.keys():
        connection.exec_driver_sql(f"DROP INDEX {quote(name)}".replace("%", "%%"))
    for name in wanted.keys() - standing:
        connection.exec_driver_sql(wanted[name].replace("%", "%%"))
