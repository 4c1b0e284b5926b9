"""Adopting a database that was there before: read it, name what is in it, write models of it, and tell later what has changed."""
