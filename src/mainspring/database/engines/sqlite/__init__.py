"""SQLite: its connections, its errors, and what it says in its own way."""

from mainspring.database.engines.sqlite.engine import SqliteEngine

__all__ = ["SqliteEngine"]
