"""The fixture `app`: this app, with a fresh database for each test."""

pytest_plugins = ["mainspring.testing"]
