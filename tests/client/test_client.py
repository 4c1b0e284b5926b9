"""The official JavaScript client, under Node.js, against a running server. Its scenarios are in the `.test.mjs` files here."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.photos import begin, new_photos

HERE = Path(__file__).parent
SCENARIO = re.compile(r"""^test\((["'])(?P<name>.+)\1, async""", re.MULTILINE)
SCENARIOS = [
    pytest.param(path.name, found["name"], id=f"{path.name}-{found['name']}")
    for path in sorted(HERE.glob("*.test.mjs"))
    for found in SCENARIO.finditer(path.read_text("utf-8"))
]

Results = Mapping[tuple[str, str], Mapping[str, Any]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """How each scenario ended; all are run once."""
    folder = tmp_path_factory.mktemp("client")
    photos = new_photos(folder, begin(folder / "begun"), origins="https://photos.example")
    photos.start()
    try:
        keys = photos.make_keys()
        environment = os.environ | {
            "CLIENT_URL": photos.url,
            "CLIENT_PUBLISHABLE_KEY": keys["publishable"],
            "CLIENT_SECRET_KEY": keys["secret"],
        }
        return {
            (name, each["name"]): each
            for name in sorted({each.values[0] for each in SCENARIOS})
            for each in run(name, environment)
        }
    finally:
        photos.close()


def run(name: str, environment: Mapping[str, str]) -> list[dict[str, Any]]:
    command = ["node", "--test", f"--test-reporter={HERE / 'reporter.mjs'}", "--test-reporter-destination=stdout", name]
    done = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("file", "name"), SCENARIOS)
def test_the_client(results: Results, file: str, name: str):
    result = results.get((file, name))
    assert result is not None, f"{file} did not come to this scenario; it told of {[key for key in results if key[0] == file]}"
    assert result["passed"], result["why"]
