"""What the measurements share: starting a server, and loading it with `wrk` (Debian's package) over loopback."""

import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MAINSPRING = Path(sys.executable).with_name("mainspring")
PORT = 8765
SECONDS = 5


def run(folder: Path, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command of Mainspring in a project's folder."""
    subprocess.run([MAINSPRING, *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serving(
    folder: Path, data: Path, workers: int, environment: Mapping[str, str] | None = None
) -> Generator["subprocess.Popen[bytes]"]:
    """A project's server, which answers and is ended afterwards."""
    command = [MAINSPRING, "serve", "--data", data, "--port", str(PORT), "--workers", str(workers)]
    given = {"MAINSPRING_LOG": "0", "MAINSPRING_SIGN_UP_TRIES": "1000", **(environment or {})}
    with ended(subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=given)) as server:
        wait(lambda: ask("/healthz"))
        yield server


@contextmanager
def ended(server: "subprocess.Popen[bytes]") -> Generator["subprocess.Popen[bytes]"]:
    """A process that is ended afterwards, also where the measurement fails."""
    try:
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def wait(attempt: Callable[[], Any]) -> None:
    """Try until it does not fail."""
    for _ in range(3_000):
        try:
            attempt()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.005)
    raise TimeoutError("the server did not answer within 15 seconds")


def ask(path: str, body: Any = None, token: str = "", port: int = PORT) -> Any:
    """The JSON that a path answers; with a body it is posted."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers)
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.loads(reply.read() or b"null")


def load(name: str, path: str, *, rounds: int, token: str = "", script: str = "", port: int = PORT) -> list[float]:
    """Requests a second with 32 connections, for each round; `script` is wrk's own, in Lua."""
    wrk = shutil.which("wrk") or sys.exit("install Debian's package wrk")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = [wrk, "-t1", "-c32", f"-d{SECONDS}s"]
        command += ["-H", f"Authorization: Bearer {token}"] if token else []
        command += ["-s", file.name] if script else []
        figures: list[float] = []
        for _ in range(rounds):
            printed = subprocess.run(
                [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
            ).stdout
            if "Non-2xx" in printed:
                sys.exit(f"{name}: the server refused:\n{printed}")
            figures.append(float(re.findall(r"Requests/sec:\s+([\d.]+)", printed)[0]))
    return figures


def show(name: str, figures: list[float], form: str) -> None:
    """Print the median, the least and the most."""
    median, least, most = (form.format(figure) for figure in (statistics.median(figures), min(figures), max(figures)))
    print(f"{name:45} {median}  ({least} to {most})", flush=True)
