"""The photo app as it runs for others: `mainspring serve` in a process of its own, asked over the network."""

import hashlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from pysqlite3 import dbapi2 as driver

from mainspring.settings import PREFIX

PROJECT = Path(__file__).parents[1] / "examples" / "photos"
PICTURES = PROJECT / "pictures"
COMMAND = [sys.executable, "-m", "mainspring.cli"]
PASSWORD = "correct horse battery staple"
SECONDS = 40.0
"""How long anything may take that takes a moment."""

ONE = {"Accept": "application/vnd.pgrst.object+json"}
SHOW = {"Prefer": "return=representation"}

_numbers = itertools.count(1)


def new_picture() -> bytes:
    """A small picture that nobody has seen before."""
    number = next(_numbers)
    content = BytesIO()
    Image.new("RGB", (8, 8), (number % 256, number // 256 % 256, number // 65536)).save(content, "PNG")
    return content.getvalue()


def wait_until(true: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it never came to this: {what}"
        time.sleep(0.01)


@dataclass
class Guest:
    """Somebody who asks a server: a user, or with an empty name somebody who is not signed in."""

    name: str
    http: httpx.Client
    id: str = ""
    email: str = ""
    session: dict[str, Any] = field(default_factory=dict)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.http.post(path, **options)

    def patch(self, path: str, **options: Any) -> httpx.Response:
        return self.http.patch(path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.http.delete(path, **options)

    def rows(self, path: str) -> list[dict[str, Any]]:
        """What a question gives, which must be answered."""
        answer = self.get(f"/rest/v1/{path}")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def make(self, table: str, **values: Any) -> dict[str, Any]:
        """A new record, which must be made."""
        answer = self.post(f"/rest/v1/{table}", json=values, headers=ONE | SHOW)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def make_album(self, title: str = "Summer", friends: "tuple[Guest, ...]" = ()) -> dict[str, Any]:
        return self.make("albums", title=title, friends=[each.id for each in friends])

    def upload(self, album: dict[str, Any], content: bytes, name: str = "picture.png") -> httpx.Response:
        """The answer to a new photo."""
        form, files = {"album_id": str(album["id"])}, {"image": (name, content)}
        return self.post("/rest/v1/photos", data=form, files=files, headers=ONE | SHOW)

    def make_photo(self, album: dict[str, Any], content: bytes | None = None) -> dict[str, Any]:
        answer = self.upload(album, new_picture() if content is None else content)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@dataclass
class Photos:
    """A folder of data, and the server that works on it.

    Attributes:
        data: The folder.
        settings: Settings of the server beside the defaults.
        port: Where it listens.
        log_file: Where what it says is kept; by default beside the data.
    """

    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    log_file: Path | None = None
    _process: "subprocess.Popen[bytes] | None" = None
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        settings = {"data": str(self.data), "sign_up_tries": "100000", "sign_in_tries": "100000"} | self.settings
        return clean | {PREFIX + name.upper(): value for name, value in settings.items()}

    def command(self, *words: str) -> str:
        """What a command writes to standard output; it must go well."""
        done = subprocess.run(
            [*COMMAND, *words], cwd=PROJECT, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Start the server, the second time where it was before, and wait until it answers."""
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        self.log_file = self.log_file or self.data.with_suffix(".log")
        log = self.log_file.open("ab")
        with closing(log):
            self._process = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(self.port)],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._answers, "the server answers")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def log(self) -> str:
        assert self.log_file is not None, "the server has been started"
        return self.log_file.read_text("utf-8")

    def stop(self) -> None:
        """End the server as a service manager does."""
        if self._process is not None:
            self._process.terminate()
            assert self._process.wait(SECONDS) == 0, self.log
            self._process = None

    def kill(self) -> None:
        """End the server and its workers as a power cut does, without a word."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(SECONDS)
            self._process = None

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.kill()

    # -- who asks ----------------------------------------------------------------------------------------------------------------

    def guest(self, name: str = "", **headers: str) -> Guest:
        """Somebody with these headers; without any, not signed in."""
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)
        self._clients.append(client)
        return Guest(name, client)

    def sign_in(self, name: str, email: str, path: str = "token?grant_type=password", **values: Any) -> Guest:
        answer = httpx.post(
            f"{self.url}/auth/v1/{path}", json={"email": email, "password": PASSWORD, **values}, timeout=30, trust_env=False
        )
        assert answer.status_code == 200, answer.text
        session = answer.json()
        guest = self.guest(name, Authorization=f"Bearer {session['access_token']}")
        guest.id, guest.email, guest.session = session["user"]["id"], email, session
        return guest

    def sign_up(self, name: str) -> Guest:
        return self.sign_in(name, f"{name}@example.com", "signup", data={"name": name.title()})

    def make_administrator(self, name: str = "admin") -> Guest:
        email = f"{name}@example.com"
        self.command("user", "create", email, "--name", name.title(), "--admin", "--password", PASSWORD)
        return self.sign_in(name, email)

    def make_keys(self) -> dict[str, str]:
        keys: dict[str, str] = json.loads(self.command("keys", "--json"))
        return keys

    # -- what is stored ----------------------------------------------------------------------------------------------------------

    def stored(self) -> dict[str, Any]:
        """All that is stored: every row of every table, every file with the hash of its content."""
        with closing(driver.connect(f"file:{self.data / 'app.sqlite'}?mode=ro", uri=True)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            tables = [name for (name,) in names if not name.startswith("mainspring_search/")]  # they follow from the others
            rows = {table: connection.execute(f'SELECT * FROM "{table}" ORDER BY 1, 2').fetchall() for table in tables}
        return rows | {"files": self.files()}

    def files(self) -> dict[str, str]:
        """The files by their path, with the hash of their content; the locks of running processes are none."""
        paths = [path for path in (self.data / "files").rglob("*") if path.is_file() and path.name != "lock"]
        return {str(path.relative_to(self.data)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}

    def check_files(self) -> None:
        """Every file is whole, and every one that a record needs is there, and no other."""
        files = self.files()
        assert {Path(path).name: hash for path, hash in files.items()} == {hash: hash for hash in files.values()}
        with closing(driver.connect(f"file:{self.data / 'app.sqlite'}?mode=ro", uri=True)) as connection:
            texts = connection.execute("SELECT image FROM photos UNION SELECT avatar FROM users WHERE avatar IS NOT NULL")
            assert set(files.values()) == {text.split()[0] for (text,) in texts}


def new_photos(folder: Path, begun: Path, **settings: str) -> Photos:
    """A server's folder of data with its tables, which `begin` made."""
    shutil.copytree(begun, folder / "data")
    return Photos(folder / "data", settings)


def begin(folder: Path) -> Path:
    """A folder of data with its tables, to be copied."""
    Photos(folder).command("migrate", "up")
    return folder
