"""The database: connections for reading, one writer, and what differs between engines."""
