"""`mainspring adopt`: serve a database that was there before."""

from dataclasses import replace
from pathlib import Path

import click

from mainspring.errors import CommandError
from mainspring.schema.adopt.adopt import Found, find, write_project
from mainspring.schema.adopt.follow import difference, keep, merged, read_kept
from mainspring.settings import Settings


@click.command()
@click.argument("url")
@click.option("--into", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder to write [.].")
@click.option("--schema", help="Schema whose tables are adopted [the usual one].")
@click.option("--tables", default="", metavar="A,B", help="Only these tables and views [all].")
@click.option("--write", is_flag=True, help="Write what has changed in the database into models.py; your own lines stay.")
def adopt(url: str, folder: Path, schema: str | None, tables: str, *, write: bool) -> None:
    """Serve a database that was there before, without one change to it.

    It reads the tables and views at URL, or in a SQLite file, and writes models.py, app.py and .env, which are yours from then
    on. Until you write rules, only administrators can read. In a folder with models it shows what has changed in the database
    since, as a diff, and writes nothing unless told.

    Example: mainspring adopt chinook.sqlite --into chinook
    """
    settings = Settings.load(folder=folder)
    data = folder / settings.data
    wanted = [name.strip() for name in tables.split(",") if name.strip()]
    found = find(url, replace(settings, data=data), schema=schema, wanted=wanted)
    if (folder / "models.py").exists():
        _follow(found, folder / "models.py", data, write=write)
        return
    written = write_project(found, folder)
    keep(data, found.models)
    click.echo(f"{found.tables} tables found; {', '.join(written)} written in {folder}")
    click.echo("Next: 'mainspring keys' for the secret key, by which you may read all; then 'mainspring serve'.")


def _follow(found: Found, path: Path, data: Path, *, write: bool) -> None:
    """Show what has changed in the database since its models were written, and write it where that is wanted."""
    before, own = read_kept(data), path.read_text("utf-8")
    if before is None and write:
        raise CommandError(f"it is not known what {path} was written from, so nothing can be written into it; change it by hand")
    shown = difference(own if before is None else before, found.models)
    if not shown:
        click.echo(f"Nothing has changed in the database since {path} was written.")
    elif before is not None and write:
        path.write_text(merged(before, found.models, own), "utf-8")
        keep(data, found.models)
        click.echo(f"{shown}\n{path} is changed so; your own lines in it stay")
    else:
        click.echo(f"{shown}\nNothing is written; write 'mainspring adopt … --write' to have {path} changed so")
