"""`doctor` finds what is wrong, and only that."""

import fcntl
import json
import os
import time
from importlib import import_module

import pytest

doctor = import_module("mainspring.cli.doctor")  # the package's own name `doctor` is the command


def findings(project, code: int, *words: str) -> dict[str, str | None]:
    told = json.loads(project.run("doctor", "--json", *words, code=code).stdout)
    return {each["subject"]: each["told"] for each in told}


def test_where_all_is_well_it_says_so(served):
    found = findings(served, 0)
    assert set(found.values()) == {None}
    assert {"settings", "app 'notes'", "disk space", "clock", "locks", "database and migrations", "readable models"} <= set(found)


def test_for_people_it_is_a_list(served):
    lines = served.run("doctor").stdout.splitlines()
    assert lines
    assert all(line.startswith("ok     ") for line in lines)


def test_a_model_that_nobody_may_read_is_worth_a_look_and_no_fault(served):
    text = (served.folder / "app.py").read_text("utf-8")
    served.write(text.replace("read=anyone, ", ""))
    assert "look   readable models: only administrators can read Note" in served.run("doctor").stdout


def test_without_data_it_makes_none(project):
    found = findings(project, 1)
    assert "migrate up" in found["data folder"]
    assert not (project.folder / "data").exists()


def test_what_it_finds_says_what_to_do(served):
    (served.folder / "data").chmod(0o755)
    future = time.time() + 3600
    os.utime(served.folder / "data" / "app.sqlite", (future, future))
    text = (
        (served.folder / "app.py")
        .read_text("utf-8")
        .replace("    access = Access(read=anyone, write=anyone)\n", "    more: Mapped[str | None]\n")
    )
    served.write(text)
    found = findings(served, 1)
    assert "chmod go=" in found["access to stored files"]
    assert "set the clock" in found["clock"]
    assert "migrate make" in found["database and migrations"]
    assert "wrong  clock: " in served.run("doctor", code=1).stdout


def test_a_wrong_app_is_told_where(project):
    project.write("from mainspring import App\n\napp = App(\n")
    assert 'app.py", line 3' in findings(project, 1)["app"]


def test_a_wrong_setting_is_told_first(project):
    project.write("MAINSPRING_PORT=many\n", ".env")
    found = findings(project, 1)
    assert "MAINSPRING_PORT" in found["settings"]
    assert "app" not in found


def test_a_lock_that_is_held_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "LOCK_SECONDS", 0.05)
    path = tmp_path / "app.sqlite-writer"
    assert doctor._lock_fault(tmp_path) is None
    path.touch()
    assert doctor._lock_fault(tmp_path) is None
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert str(path) in doctor._lock_fault(tmp_path)


def test_little_space(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "LOW_DISK_BYTES", 1 << 80)
    assert "MB are free" in doctor._space_fault(tmp_path)


@pytest.mark.parametrize(("kind", "wrong"), [("nfs4", True), ("ext4", False)])
def test_a_network_file_system(tmp_path, monkeypatch, kind, wrong):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/root / ext4 rw 0 0\nhost:/data {tmp_path} {kind} rw 0 0\n", "utf-8")
    monkeypatch.setattr(doctor, "MOUNTS", mounts)
    fault = doctor._file_system_fault(tmp_path / "data")
    assert (fault is not None and kind in fault) is wrong
