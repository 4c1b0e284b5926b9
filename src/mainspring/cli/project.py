"""The project in the current folder: how every command finds the app, its settings and its back end."""

import importlib
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cached_property, wraps
from pathlib import Path
from types import ModuleType
from typing import Any, Concatenate, TypeVar

import click

from mainspring.app import MIGRATIONS, App, Backend, open_backend
from mainspring.cli.source import read_from_source
from mainspring.errors import CommandError, MainspringError
from mainspring.schema.begin import begin
from mainspring.settings import Settings

R = TypeVar("R")

DEFAULT_REFERENCE = "app:app"


class Project:
    """The project that a command works on.

    Args:
        reference: Where the app stands, as `module:name`.
        data: Folder of everything that is stored; None for what the settings say.
    """

    def __init__(self, reference: str = DEFAULT_REFERENCE, data: Path | None = None) -> None:
        self.reference = reference
        self._data = data

    @cached_property
    def settings(self) -> Settings:
        """The settings: `--data`, else the environment, else `.env`, else the defaults.

        Raises:
            DeclarationError: A setting has a wrong value, or a wrong name.
        """
        return self.settings_with()

    def settings_with(self, **given: Any) -> Settings:
        """The settings, where the options of a command win; None counts as not given."""
        return Settings.load(data=self._data, **given)

    @cached_property
    def app(self) -> App:
        """The app; its models are declared once it is there.

        Raises:
            CommandError: There is none, or its code cannot be run.
            DeclarationError: A model is wrong.
        """
        module_name, _, name = self.reference.partition(":")
        app = getattr(_import(module_name), name or "app", None)
        if not isinstance(app, App):
            raise CommandError(
                f"'{module_name}' has no app named '{name or 'app'}'; write {name or 'app'} = App(\"…\") in it, "
                "or say where the app is with --app module:name"
            )
        return app

    def open_with(self, settings: Settings) -> Backend:
        """The project's back end under these settings; close it."""
        backend = open_backend(self.app, settings)
        begin(backend.engine, backend.catalog, MIGRATIONS)
        return backend

    @contextmanager
    def open(self) -> Generator[Backend]:
        """The project's back end, closed at the end of the block."""
        backend = self.open_with(self.settings)
        try:
            yield backend
        finally:
            backend.close()


def with_project(command: Callable[Concatenate[Project, ...], R]) -> Callable[..., R]:
    """Give a command the options `--app` and `--data`, and the project that they name as its first argument.

    Write it under `@command`, above the command's other options:

        @users.command()
        @with_project
        @click.option("--admin", is_flag=True)
        def create(project: Project, admin: bool) -> None: ...
    """

    @click.option("--app", "reference", default=DEFAULT_REFERENCE, metavar="MODULE:NAME", help="Where the app stands [app:app].")
    @click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Folder of everything that is stored [data].")
    @wraps(command)
    def run(reference: str, data: Path | None, **kwargs: Any) -> R:
        return command(Project(reference, data), **kwargs)

    return run


def _import(name: str) -> ModuleType:
    """The author's module, from the current folder before anywhere else."""
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    read_from_source(Path(folder))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name in {name, name.partition(".")[0]}:
            raise CommandError(
                f"there is no {name}.py in {folder}; go to your project's folder, or say where the app is with --app module:name"
            ) from None
        raise CommandError(_told(error)) from error
    except MainspringError:
        raise
    except Exception as error:  # the author's code may raise anything, and is told where
        raise CommandError(_told(error)) from error


def _told(error: Exception) -> str:
    """The author's own error as Python would tell it, from the first line of their code on."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__ and not frame.filename.startswith("<frozen importlib")]
    own = [frame for frame in own if Path(frame.filename).parent != Path(importlib.__file__).parent]
    lines = [*traceback.format_list(own), *traceback.format_exception_only(error)]
    return "the app cannot be loaded:\n" + "".join(lines).rstrip()
