"""Every test finds the locked programs, `node` and `mainspring` among them, before any others of the machine.

Tests that ask for `engine` run on SQLite, those of a file that names `ENGINES` on each of them, with throw-away databases that
`databases` makes.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.mariadb import mariadb
from tests.servers import Databases, postgres

os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Say on which engines a file's tests run."""
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", getattr(metafunc.module, "ENGINES", ("sqlite",)), indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def databases(engine: str) -> Iterator[Databases]:
    """Makes databases of the engine."""
    servers = {"sqlite": nullcontext, "postgresql": postgres, "mariadb": mariadb}
    with servers[engine]() as server:
        made = Databases(server)
        yield made
        made.close()
