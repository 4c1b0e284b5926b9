"""The triggers of MariaDB that note dropped files. Its foreign keys delete records without a word to any trigger.

So a trigger on each table whose records take others along, at however many removes, notes the files of those before they go.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256

import sqlalchemy as sa

from mainspring.schema.picture import ForeignKey, Schema, Table
from mainspring.schema.refusal import MigrationError

_PREFIX = "mainspring_dropped_"
_NOTE = "INSERT INTO mainspring_dropped_files(hash) SELECT substr({value}, 1, 64) FROM {source} WHERE {value} IS NOT NULL"
_TRIGGER = "CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW {statement}"
_STANDING = f"""SELECT trigger_name, CONCAT(action_timing, ' ', event_manipulation), event_object_table, action_statement
FROM information_schema.triggers WHERE trigger_schema = DATABASE() AND LEFT(trigger_name, {len(_PREFIX)}) = '{_PREFIX}'"""  # noqa: S608 - the constants
_NAMED = r"`((?:[^`]|``)+)`"
_NOTED = re.compile(
    rf"INSERT INTO mainspring_dropped_files\(hash\) SELECT substr\((?:OLD\.)?{_NAMED}, 1, 64\) FROM (?:DUAL|{_NAMED})"  # noqa: S608 - a pattern
)


def making(table: Table, column: str, schema: Schema, preparer: sa.sql.compiler.IdentifierPreparer) -> Mapping[str, str]:
    """The statements that make the triggers of a file column, by table, column and their names.

    Raises:
        MigrationError: Records with files take one another along in a circle.
    """
    quote = preparer.quote_identifier
    old, new = (f"{row}.{quote(column)}" for row in ("OLD", "NEW"))
    note = _NOTE.format(value=old, source="DUAL")
    made = [("AFTER DELETE", table.name, note), ("AFTER UPDATE", table.name, f"{note} AND NOT {old} <=> {new}")]
    gone = _NOTE.format(value=quote(column), source=quote(table.name))
    made += [("BEFORE DELETE", parent, f"{gone} AND {condition}") for parent, condition in _chains(table, schema, preparer)]
    triggers = [_trigger(preparer, *each) for each in made]
    return {f"{table.name}/{column}/{name}": sql for name, sql in triggers}


def _trigger(preparer: sa.sql.compiler.IdentifierPreparer, moment: str, table: str, statement: str) -> tuple[str, str]:
    """Its name, in which no table's name is too long, and what makes it."""
    name = _PREFIX + sha256(f"{moment} {table} {statement}".encode()).hexdigest()[:16]
    return name, _TRIGGER.format(name=name, moment=moment, table=preparer.quote_identifier(table), statement=statement)


def _chains(
    table: Table, schema: Schema, preparer: sa.sql.compiler.IdentifierPreparer, above: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """The tables whose records take records of `table` along, each with the condition on these while one of it is deleted."""
    if table.name in above:
        raise MigrationError(
            f"records of '{table.name}' delete one another in a circle, and have files: MariaDB cannot follow that; "
            "let a link of the circle be on_delete='restrict' or 'set null'"
        )
    quote = preparer.quote_identifier
    for link in table.constraints.values():
        if not isinstance(link, ForeignKey) or link.on_delete != "CASCADE" or link.target not in schema:
            continue
        here, parent = ", ".join(map(quote, link.columns)), schema[link.target]
        yield parent.name, f"({here}) = ({', '.join(f'OLD.{quote(key)}' for key in link.target_columns)})"
        for top, condition in _chains(parent, schema, preparer, (*above, table.name)):
            there = ", ".join(map(quote, link.target_columns))
            yield top, f"({here}) IN (SELECT {there} FROM {quote(parent.name)} WHERE {condition})"  # noqa: S608 - names of models


def standing(connection: sa.Connection) -> dict[str, str]:
    """Our triggers in the database, as `making` gives them."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    found: dict[str, str] = {}
    for name, moment, table, statement in connection.exec_driver_sql(_STANDING):
        noted = _NOTED.match(statement)
        if noted is not None:
            column, other = ((each or "").replace("``", "`") for each in noted.groups())
            sql = _TRIGGER.format(name=name, moment=moment, table=quote(table), statement=statement)
            found[f"{other or table}/{column}/{name}"] = sql
    return found
