"""Bytes → bare rows: one file for each format, each with one `decode`."""
