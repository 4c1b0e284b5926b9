"""The official JavaScript client's scenarios of records, on the database servers too."""

import os

import pytest
from tests.client.test_client import SCENARIOS, Results, run
from tests.photos import Photos
from tests.servers import Databases

ENGINES = ("postgresql", "mariadb")
FILE = "records.test.mjs"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Results:
    """How each scenario ended; all are run once on each engine."""
    photos = Photos(tmp_path_factory.mktemp("client") / "data", {"database": databases.make()})
    photos.command("migrate", "up")
    photos.start()
    try:
        keys = photos.make_keys()
        environment = os.environ | {
            "CLIENT_URL": photos.url,
            "CLIENT_PUBLISHABLE_KEY": keys["publishable"],
            "CLIENT_SECRET_KEY": keys["secret"],
        }
        return {(FILE, each["name"]): each for each in run(FILE, environment)}
    finally:
        photos.close()


@pytest.mark.parametrize("name", [each.values[1] for each in SCENARIOS if each.values[0] == FILE])
def test_the_client(results: Results, name: str):
    result = results[FILE, str(name)]
    assert result["passed"], result["why"]
