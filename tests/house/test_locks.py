"""The locks hold what pyproject.toml asks for, by hash, and name no address that only one machine knows."""

import json
import re
import tomllib
from collections.abc import Iterable

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MOST_DEPENDENCIES = 15
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\]+))? \\\n(?P<rest>(?: {4}.*\n?)+)", re.MULTILINE)


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module", params=["requirements.lock", "requirements-dev.lock"])
def lock(request, root) -> str:
    return (root / request.param).read_text("utf-8")


def unmet(wanted: Iterable[str], lock: str) -> list[str]:
    locked = {pin["name"]: pin["version"] for pin in PIN.finditer(lock)}

    def met(each: Requirement) -> bool:
        version = locked.get(canonicalize_name(each.name))
        return version is not None and each.specifier.contains(version)

    return [text for text in wanted if not met(Requirement(text))]


def test_every_line_is_a_pin_with_its_hashes(lock):
    pins = list(PIN.finditer(lock))
    assert "".join(pin[0] for pin in pins) == lock
    assert [pin["name"] for pin in pins if "--hash=sha256:" not in pin["rest"]] == []


def test_the_locks_meet_the_project(project, lock):
    assert unmet(project["project"]["dependencies"] + project["dependency-groups"]["build"], lock) == []


def test_the_development_lock_meets_its_group(project, root):
    assert unmet(project["dependency-groups"]["dev"], (root / "requirements-dev.lock").read_text("utf-8")) == []


def test_the_client_lock_names_no_registry(root):
    packages = json.loads((root / "tests/client/package-lock.json").read_text("utf-8"))["packages"]
    assert [name for name, each in packages.items() if name and ("resolved" in each or "integrity" not in each)] == []


def test_the_core_needs_few_packages(project):
    assert len(project["project"]["dependencies"]) <= MOST_DEPENDENCIES
