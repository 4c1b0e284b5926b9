"""What the house tests read: the source of the package as syntax trees, by module name."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    text: str
    tree: ast.Module


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> Mapping[str, Module]:
    """Every module of the package; a package's `__init__.py` bears the package's name."""
    found: dict[str, Module] = {}
    for path in sorted((ROOT / "src" / "mainspring").rglob("*.py")):
        parts = path.relative_to(ROOT / "src").with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text("utf-8")
        found[name] = Module(name, path.relative_to(ROOT), text, ast.parse(text))
    return found
