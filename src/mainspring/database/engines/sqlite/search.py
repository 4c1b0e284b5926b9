"""Full-text search in SQLite: an FTS5 index beside each table that has searchable fields, kept by triggers.

It holds no texts, only where which words stand, by the table's rowid; so it depends on no name of the table, and what a trigger
adds to a write is the words of what was written. Words are what stands between signs and spaces; A is a, and é is not e.
"""

from collections.abc import Mapping, Sequence

from mainspring.database.search import Either, Every, Search, Without, Words

PREFIX = "mainspring_search/"
"""What the names of our indexes and of their triggers begin with."""

_OPTIONS = "content='', columnsize=0, tokenize='unicode61 remove_diacritics 0', prefix='1 2'"
"""Prefixes of one or two letters have an index of their own: nothing can stop SQLite while it gathers the words that begin so."""


def index_name(table: str) -> str:
    """The name of the index of a table."""
    return f"{PREFIX}{table}"


def index_column(field: str) -> str:
    """The name of a field in the index, where `rank` and `rowid` mean something else."""
    return f"{field}_"


def make_index(table: str, key: Sequence[str], fields: Sequence[str]) -> Mapping[str, str]:
    """The statements that make the index of some fields of a table and keep it, by the name of what they make."""
    name = index_name(table)
    columns = ", ".join(f'"{index_column(field)}"' for field in fields)
    new, old = (", ".join(f'{row}."{field}"' for field in fields) for row in ("new", "old"))
    changed = " OR ".join(f'old."{field}" IS NOT new."{field}"' for field in fields)
    watched = ", ".join(f'"{field}"' for field in dict.fromkeys((*key, *fields)))
    add = f'INSERT INTO "{name}"(rowid, {columns}) VALUES (new.rowid, {new});'  # noqa: S608 - names of models
    remove = f"""INSERT INTO "{name}"("{name}", rowid, {columns}) VALUES ('delete', old.rowid, {old});"""  # noqa: S608 - as above
    return {
        name: f"""CREATE VIRTUAL TABLE "{name}" USING fts5({columns}, {_OPTIONS})""",
        f"{name}/insert": f'CREATE TRIGGER "{name}/insert" AFTER INSERT ON "{table}" BEGIN {add} END',
        f"{name}/delete": f'CREATE TRIGGER "{name}/delete" AFTER DELETE ON "{table}" BEGIN {remove} END',
        f"{name}/update": f"""CREATE TRIGGER "{name}/update" AFTER UPDATE OF {watched} ON "{table}"
WHEN old.rowid IS NOT new.rowid OR {changed} BEGIN {remove} {add} END""",
    }


def fill_index(table: str, fields: Sequence[str]) -> str:
    """The statement that puts the rows that are there into an empty index."""
    columns = ", ".join(f'"{index_column(field)}"' for field in fields)
    texts = ", ".join(f'"{field}"' for field in fields)
    return f'INSERT INTO "{index_name(table)}"(rowid, {columns}) SELECT rowid, {texts} FROM "{table}"'  # noqa: S608 - names of models


def write_search(search: Search) -> str:
    """A query as FTS5 reads it. Each word is quoted, so that nothing that a caller wrote is a sign of its language."""
    match search:
        case Words(text, prefix):
            return '"' + text.replace('"', '""') + ('" *' if prefix else '"')
        case Every(parts):
            return f"({' AND '.join(map(write_search, parts))})"
        case Either(parts):
            return f"({' OR '.join(map(write_search, parts))})" if parts else '""'
        case Without(kept, left_out):
            return f"({write_search(kept)} NOT {write_search(left_out)})"
