"""Real servers of the photo app: one for the tests of a file, or one for a single test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.photos import Photos, begin, new_photos

NewPhotos = Callable[..., Photos]


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data with its tables, to be copied."""
    return begin(tmp_path_factory.mktemp("begun") / "data")


@pytest.fixture
def new(tmp_path: Path, begun: Path) -> Iterator[NewPhotos]:
    """Makes a folder of data with its tables, in a folder of the test's choice; the server is not started yet."""
    made: list[Photos] = []

    def make(folder: Path = tmp_path, **settings: str) -> Photos:
        made.append(new_photos(folder, begun, **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def photos(new: NewPhotos) -> Photos:
    """A running server with nobody and nothing in it."""
    server = new()
    server.start()
    return server
