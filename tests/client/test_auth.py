"""The ready-made JavaScript client signs people up, in and out at a running server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import ProjectFolder, make_project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProjectFolder]:
    yield from make_project(tmp_path / "notes")


def test_the_client_signs_in_and_out_as_it_is_used_to(project: ProjectFolder):
    project.run("migrate", "make")
    project.run("migrate", "up")
    server = project.start("serve", "--workers", "2")
    keys = json.loads(project.run("keys", "--json").stdout)
    script = Path(__file__).with_name("auth.mjs")
    command = ["node", str(script), f"http://127.0.0.1:{server.port}", keys["publishable"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
