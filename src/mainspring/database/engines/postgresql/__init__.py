"""PostgreSQL: its connections, its errors, its types, and what it says in its own way."""

from mainspring.database.engines.postgresql.engine import PostgresqlEngine

__all__ = ["PostgresqlEngine"]
