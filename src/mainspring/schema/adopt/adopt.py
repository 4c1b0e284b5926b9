"""`mainspring adopt`: from a database to the files of a project that serves it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from mainspring.database.engines.adopted import adopted_engine, adopted_url
from mainspring.errors import CommandError
from mainspring.schema.adopt.literal import literal
from mainspring.schema.adopt.named import name_tables
from mainspring.schema.adopt.read import read_tables
from mainspring.schema.adopt.write import models_source
from mainspring.schema.builders import builder_of
from mainspring.settings import PREFIX, Settings

SETTING = f"{PREFIX}ADOPTED"


@dataclass(frozen=True, slots=True)
class Found:
    """What a database holds, as source.

    Attributes:
        title: What the database is called.
        url: Its URL, for the settings.
        models: The text of `models.py`.
        tables: How many tables and views it has.
    """

    title: str
    url: str
    models: str
    tables: int


def find(url: str, settings: Settings, *, schema: str | None = None, wanted: Sequence[str] = ()) -> Found:
    """What stands in a database. Nothing in it is changed.

    Args:
        url: Where it is: a URL, or the path of a SQLite file.
        settings: Those of the folder to write.
        schema: The schema; None for the usual one.
        wanted: Names of tables; all where it is empty.

    Raises:
        CommandError: It is not there, or has no such tables.
    """
    url = adopted_url(url, schema)
    engine = adopted_engine(url, settings.data, settings.statement_seconds)
    faults = engine.check()
    if faults:
        raise CommandError("; ".join(faults))
    with builder_of(engine).looked_at() as connection:
        tables = name_tables(read_tables(engine, connection, schema, wanted))
    path = Path(make_url(url).database or "")
    return Found(path.stem, url, models_source(tables, path.name), len(tables))


def write_project(found: Found, folder: Path) -> list[str]:
    """Write the files that are not there yet; gives what was written.

    Raises:
        CommandError: The folder serves another database.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [name for name, text in _files(found).items() if _write_new(folder / name, text)]
    return [*written, *_write_setting(folder / ".env", found.url)]


def _files(found: Found) -> dict[str, str]:
    name = found.title.replace("_", " ").title()
    app = (
        f'"""The back end over the database that `{SETTING}` in `.env` names."""\n\n'
        "import models  # noqa: F401 - what is served\n\n"
        f"from mainspring import App\n\napp = App({literal(name)})\n"
    )
    return {"models.py": found.models, "app.py": app}


def _write_new(path: Path, text: str) -> bool:
    if path.exists():
        return False
    path.write_text(text, "utf-8")
    return True


def _write_setting(path: Path, url: str) -> list[str]:
    """Let the settings name the database; only their owner may read them, because the URL may hold a password."""
    line = f"{SETTING}={url}"
    if "\n" in url or "\r" in url:
        raise CommandError("the URL has a line break in it; move the database to a path without one")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    there = next((each for each in lines if each.strip().startswith(f"{SETTING}=")), None)
    if there is not None:
        if there.strip() != line:
            raise CommandError(f"{path} names another database ({there.strip()}); change that line, or adopt into another folder")
        return []
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, line]) + "\n")
    return [path.name]
