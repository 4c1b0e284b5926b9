"""The media types of records."""

JSON = "application/json"

ONE = "application/vnd.pgrst.object+json"
"""Asks for one object instead of a list."""
