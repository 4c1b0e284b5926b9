"""The key of an installation: one for all of its processes, another for each purpose."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mainspring.auth.installation import installation_key


def test_an_installation_has_one_key_for_each_purpose(tmp_path: Path):
    folder = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: installation_key(folder, "cursors"), range(8)))
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    assert [path.name for path in folder.iterdir()] == ["installation"]
    assert (folder / "installation").stat().st_mode & 0o777 == 0o600
    others = {installation_key(folder, "other"), installation_key(tmp_path / "elsewhere", "cursors")}
    assert len(others | {installation_key(folder, "cursors")}) == 3
