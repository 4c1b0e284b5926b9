"""The photo app answers as its description says, for whatever Schemathesis makes of it, for each kind of caller.

`EXAMPLES=300 pytest tests/acceptance/test_schemathesis.py` tries more, in all phases.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance.conftest import NewPhotos
from tests.photos import PASSWORD, Guest

HERE = Path(__file__).parent
EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
SETTINGS = """
hooks = "schemathesis_hooks.py"

# What an answer holds is a value; a parameter holds a condition on it.
[phases.coverage.extra-data-sources]
responses = false

[phases.fuzzing.extra-data-sources]
responses = false
"""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("who", ["anonymous", "user", "administrator"])
def test_the_photo_app_is_as_described(new: NewPhotos, tmp_path: Path, who: str):
    photos = new()
    photos.start()
    ann, bob, cid = (photos.sign_up(name) for name in ("ann", "bob", "cid"))
    for title in ("Spring", "Summer", "Autumn"):
        ann.make_photo(ann.make_album(title, friends=(bob,)))
    caller: Guest = {"anonymous": photos.guest(), "user": ann, "administrator": photos.make_administrator()}[who]
    (tmp_path / "openapi.json").write_bytes(caller.get("/openapi.json").content)
    (tmp_path / "schemathesis.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "schemathesis_hooks.py").write_text((HERE / "schemathesis_hooks.py").read_text("utf-8"), "utf-8")
    headers = [f"--header={name}:{value}" for name, value in caller.http.headers.items() if name == "authorization"]
    command = (sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", "openapi.json")
    phases = "coverage,fuzzing,stateful" if EXAMPLES else "coverage,fuzzing" if who == "user" else "fuzzing"
    options = (
        f"--url={photos.url}",
        "--checks=all",
        f"--phases={phases}",
        f"--max-examples={EXAMPLES or 20}",
        "--seed=1",
    )
    environment = os.environ | {"EMAIL": bob.email, "PASSWORD": PASSWORD, "OTHER": cid.id}
    done = subprocess.run(
        [*command, *options, "--continue-on-failure", *headers],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=3500,
        check=False,
    )
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout + done.stderr
