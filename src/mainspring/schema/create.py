"""Makes all tables straight from the models."""

from typing import Any

import sqlalchemy as sa

from mainspring.database.engine import Engine
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Field, is_unique
from mainspring.model.field import by_database
from mainspring.model.kinds import Boolean, Date, DateTime, Decimal, Enum, Float, Integer, Json, KindType, ListOfText, Uuid
from mainspring.schema.builders import builder_of
from mainspring.schema.picture import picture_of
from mainspring.schema.search import install_search
from mainspring.schema.triggers import install_triggers


def create_all(engine: Engine, catalog: Catalog) -> None:
    """Make all tables, triggers and search indexes in an empty database, without a history: for tests. No migration is noted."""
    builder = builder_of(engine)
    with builder.opened() as connection, builder.transaction(connection):
        catalog.metadata.create_all(connection, checkfirst=False)
        schema = picture_of(catalog.metadata)
        install_triggers(connection, catalog, schema)
        install_search(connection, catalog, schema)


def create_stand_in(engine: Engine, catalog: Catalog) -> None:
    """Make tables such as the adopted models tell of, in an empty SQLite file: for tests.

    They have the links, the keys and what is unique. A value that the database itself would give is an empty one of its kind;
    checks and triggers are not there.
    """
    tables = sa.MetaData()
    for entity in catalog.entities.values():
        _stand_in(tables, entity, catalog)
    builder = builder_of(engine)
    with builder.opened() as connection, builder.transaction(connection):
        tables.create_all(connection, checkfirst=False)


def _stand_in(tables: sa.MetaData, entity: Entity, catalog: Catalog) -> None:
    links = [
        sa.ForeignKeyConstraint([each.local], [f"{each.target}.{each.remote}"])
        for each in entity.relations.values()
        if each.cardinality is Cardinality.one and is_unique(catalog.entities[each.target], [each.remote])
    ]
    sa.Table(entity.name, tables, *(_column(entity, field) for field in entity.fields.values()), *links)


def _column(entity: Entity, field: Field) -> sa.Column[Any]:
    given = not field.nullable and (field.default is by_database or field.server_owned)
    if given and entity.key == (field.name,) and isinstance(field.kind, Integer):
        return sa.Column(field.name, sa.Integer(), primary_key=True)  # which SQLite counts
    default = sa.text(_given(field)) if given else None
    type_ = KindType(field.kind, field.stored)
    return sa.Column(
        field.name, type_, primary_key=field.key, nullable=field.nullable, unique=field.unique or None, server_default=default
    )


_RANDOM = "||'-'||".join(f"lower(hex(randomblob({size})))" for size in (4, 2, 2, 2, 6))


def _given(field: Field) -> str:
    """An empty value, as SQL."""
    match field.kind:
        case Integer() | Float() | Decimal() | Boolean():
            return "0"
        case DateTime():
            return "CURRENT_TIMESTAMP"
        case Date():
            return "CURRENT_DATE"
        case Uuid():
            return f"({_RANDOM})"
        case Json():
            return "'null'"
        case ListOfText():
            return "'[]'"
        case Enum(members=members):
            first = next(iter(members)).value.replace("'", "''")
            return f"'{first}'"
        case _:
            return "''"
