"""MariaDB: its connections, its errors, and what it says in its own way."""

from mainspring.database.engines.mariadb.engine import MariadbEngine

__all__ = ["MariadbEngine"]
