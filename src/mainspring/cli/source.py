"""A project's own modules are read from their source each time.

Python takes bytecode for that of a source if both agree in second and length, so it would miss a save right after another.
"""

import sys
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path
from typing import Any, NoReturn


class _Source(SourceFileLoader):
    """Loads a module from its source alone: without its time, Python neither looks for bytecode nor writes it."""

    def path_stats(self, path: object) -> NoReturn:
        raise OSError(f"the bytecode of {path} is not asked for")


def read_from_source(folder: Path) -> None:
    """Have the modules in a folder and below it, but for installed packages, read from their source."""
    find = FileFinder.path_hook((ExtensionFileLoader, EXTENSION_SUFFIXES), (_Source, SOURCE_SUFFIXES))

    def find_own(path: str) -> Any:
        place = Path(path or ".").absolute()
        if not place.is_relative_to(folder) or "site-packages" in place.parts:
            raise ImportError(f"{path} is not the project's own")
        return find(str(place))

    sys.path_hooks.insert(0, find_own)
    sys.path_importer_cache.clear()
