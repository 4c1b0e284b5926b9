"""`mainspring adopt`: serve a database that was there before."""

from pathlib import Path

import click

from mainspring.schema.adopt.adopt import find, write_project
from mainspring.settings import Settings


@click.command()
@click.argument("url")
@click.option("--into", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder to write [.].")
@click.option("--schema", help="Schema whose tables are adopted [the usual one].")
@click.option("--tables", default="", metavar="A,B", help="Only these tables and views [all].")
def adopt(url: str, folder: Path, schema: str | None, tables: str) -> None:
    """Serve a database that was there before, without one change to it.

    It reads the tables and views at URL, or in a SQLite file, and writes models.py, app.py and .env, which are yours from then
    on. Until you write rules, only administrators can read. In a folder with models it shows what has changed in the database
    since.

    Example: mainspring adopt chinook.sqlite --into chinook
    """
    wanted = [name.strip() for name in tables.split(",") if name.strip()]
    found = find(url, Settings.load(folder=folder).data, schema=schema, wanted=wanted)
    written = write_project(found, folder)
    click.echo(f"{found.tables} tables found; {', '.join(written) or 'nothing'} written in {folder}")
    if "models.py" in written:
        click.echo("Next: 'mainspring keys' for the secret key, by which you may read all; then 'mainspring serve'.")
