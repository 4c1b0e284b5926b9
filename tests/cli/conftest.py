"""A project in a folder of its own, and its commands as real processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
import pytest

from mainspring.settings import PREFIX

APP = """
from mainspring import Access, App, Mapped, Model, anyone, field

app = App("notes")


class Note(Model):
    text: Mapped[str] = field(max_length=100)
    access = Access(read=anyone, write=anyone)
"""

COMMAND = [sys.executable, "-m", "mainspring.cli"]
WAIT_SECONDS = 20.0


def environment(**settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return clean | {"PYTHONUNBUFFERED": "1"} | {PREFIX + name.upper(): value for name, value in settings.items()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """A running `serve` or `dev`."""

    process: subprocess.Popen[bytes]
    port: int
    out: Path
    err: Path

    @property
    def told(self) -> str:
        return self.out.read_text("utf-8")

    @property
    def logged(self) -> str:
        return self.err.read_text("utf-8")

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", **options)

    def answers(self) -> bool:
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii")
        return [int(pid) for pid in children.split()]

    def wait_until(self, true: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not true():
            assert time.monotonic() < end, f"it never came to this: {what}\n{self.told}\n{self.logged}"
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(WAIT_SECONDS)


@dataclass
class ProjectFolder:
    """A project and its commands."""

    folder: Path
    started: list[Server] = field(default_factory=list)

    def write(self, text: str, name: str = "app.py") -> None:
        (self.folder / name).write_text(text, "utf-8")

    def run(self, *words: str, code: int = 0, **settings: str) -> subprocess.CompletedProcess[str]:
        """A command that ends by itself with this exit code."""
        done = subprocess.run(
            [*COMMAND, *words],
            cwd=self.folder,
            env=environment(**settings),
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
        )
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def start(self, *words: str, stdin: int = subprocess.DEVNULL, **settings: str) -> Server:
        """A server that listens, in a process group of its own."""
        port = free_port()
        out, err = (self.folder.with_name(f"{len(self.started)}.{kind}") for kind in ("out", "err"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [*COMMAND, *words, "--port", str(port)],
                cwd=self.folder,
                env=environment(**settings),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        server = Server(process, port, out, err)
        self.started.append(server)
        server.wait_until(lambda: "is ready" in server.told or process.poll() is not None, "the server is ready")
        assert process.poll() is None, server.logged
        return server

    def close(self) -> None:
        for server in self.started:
            if server.process.poll() is None:
                os.killpg(server.process.pid, signal.SIGKILL)
                server.process.wait()


def make_project(folder: Path) -> Iterator[ProjectFolder]:
    folder.mkdir()
    project = ProjectFolder(folder)
    project.write(APP)
    yield project
    project.close()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ProjectFolder]:
    """A project with one model, no migrations and no data."""
    yield from make_project(tmp_path / "notes")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's folder with its migration and its tables, to be copied."""
    folder = tmp_path_factory.mktemp("migrated") / "notes"
    for project in make_project(folder):
        project.run("migrate", "make")
        project.run("migrate", "up")
    return folder


@pytest.fixture
def served(project: ProjectFolder, migrated: Path) -> ProjectFolder:
    """The project with its tables: it can be served."""
    copytree(migrated, project.folder, dirs_exist_ok=True)
    return project


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Server]:
    """A server that all tests of a file ask."""
    for project in make_project(tmp_path_factory.mktemp("wire") / "notes"):
        copytree(migrated, project.folder, dirs_exist_ok=True)
        yield project.start("serve")
