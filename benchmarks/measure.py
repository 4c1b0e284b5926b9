"""What one machine does with the photo app: time to the first answer, memory at rest, and requests a second.

Run it on an otherwise idle machine: `make measure`. It fills a throw-away folder with 100,000 albums, starts `mainspring serve`
on it, and loads it with `wrk` (Debian's package) over loopback. Figures are medians of the rounds, with the least and the most.
"""

import json
import re
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2

PHOTOS = Path(__file__).parent.parent / "examples" / "photos"
MAINSPRING = Path(sys.executable).with_name("mainspring")
PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
ROUNDS = 5
SECONDS = 5
ALBUMS = 100_000


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        run("migrate", "up", "--data", data)
        starts = [start_time(data) for _ in range(ROUNDS)]
        server = serve(data, 1)
        token = sign_up()
        rest_memory = proportional_set_size(server.pid)
        stop(server)
        fill(data)
        server = serve(data, 2)
        load = [measure(name, path, token, script) for name, path, script in LOADS]
        stop(server)
    show("serve to the first answer, s", starts, "{:.2f}")
    print(f"{'memory of a worker at rest (PSS), MB':45} {rest_memory / 1e6:.0f}")
    for name, figures in load:
        show(f"{name}, requests/s", figures, "{:,.0f}")


CREATE = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Prefer"] = "return=representation"
local count = 0
request = function()
  count = count + 1
  return wrk.format(nil, nil, nil, '{"title":"album ' .. count .. '"}')
end
"""
LOADS: list[tuple[str, str, str]] = [
    ("one record by key", "/rest/v1/albums?id=eq.777", ""),
    ("a page of 30 of 100,000", "/rest/v1/albums?order=id.desc&limit=30", ""),
    ("the page with its to-one embed", "/rest/v1/albums?select=*,owner(name)&order=id.desc&limit=30", ""),
    ("the page with its to-many embed", "/rest/v1/albums?select=*,photos(caption)&order=id.desc&limit=30", ""),
    ("create", "/rest/v1/albums", CREATE),
]


def run(*arguments: str | Path) -> None:
    subprocess.run([MAINSPRING, *arguments], cwd=PHOTOS, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def serve(data: Path, workers: int) -> "subprocess.Popen[bytes]":
    command = [MAINSPRING, "serve", "--data", data, "--port", str(PORT), "--workers", str(workers)]
    environment = {"MAINSPRING_LOG": "0", "MAINSPRING_SIGN_UP_TRIES": "1000"}
    server = subprocess.Popen(command, cwd=PHOTOS, stdout=subprocess.DEVNULL, env=environment)
    wait(lambda: ask("/healthz"))
    return server


def stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGTERM)
    server.wait(30)


def start_time(data: Path) -> float:
    """Seconds from the command to the first answer."""
    began = time.perf_counter()
    server = serve(data, 2)
    took = time.perf_counter() - began
    stop(server)
    return took


def wait(attempt: Callable[[], Any]) -> None:
    for _ in range(3_000):
        try:
            attempt()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.005)
    raise TimeoutError("the server did not answer within 15 seconds")


def ask(path: str, body: Any = None, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(ADDRESS + path, data, headers), timeout=30) as reply:
        return json.loads(reply.read() or b"null")


def sign_up() -> str:
    person = {"email": "measure@example.com", "password": secrets.token_urlsafe(16), "data": {"name": "Measure"}}
    token: str = ask("/auth/v1/signup", person)["access_token"]
    return token


def fill(data: Path) -> None:
    """Give the one user 100,000 albums, straight into the database."""
    connection = dbapi2.connect(str(data / "app.sqlite"))
    (user,) = connection.execute("SELECT id FROM users").fetchone()
    now = "2026-01-01 00:00:00.000000"
    rows = ((f"Album {number} {'x' * 60}", user, now, now) for number in range(ALBUMS))
    connection.executemany("INSERT INTO albums(title, owner_id, created_at, updated_at, version) VALUES (?, ?, ?, ?, 1)", rows)
    connection.commit()
    connection.close()


def proportional_set_size(parent: int) -> int:
    """Bytes of the parent's one worker, shared pages counted by their share."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    workers = [child for child in children if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()]
    sizes = [
        int(re.findall(r"^Pss:\s+(\d+)", Path(f"/proc/{each}/smaps_rollup").read_text(), re.MULTILINE)[0]) for each in workers
    ]
    return max(sizes) * 1024


def measure(name: str, path: str, token: str, script: str) -> tuple[str, list[float]]:
    """Requests a second with 32 connections, for each round."""
    wrk = shutil.which("wrk") or sys.exit("install Debian's package wrk")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = [
            wrk,
            "-t1",
            "-c32",
            f"-d{SECONDS}s",
            "-H",
            f"Authorization: Bearer {token}",
            *(["-s", file.name] if script else []),
        ]
        figures: list[float] = []
        for _ in range(ROUNDS):
            printed = subprocess.run([*command, ADDRESS + path], capture_output=True, text=True, check=True).stdout
            if "Non-2xx" in printed:
                sys.exit(f"{name}: the server refused:\n{printed}")
            figures.append(float(re.findall(r"Requests/sec:\s+([\d.]+)", printed)[0]))
    return name, figures


def show(name: str, figures: list[float], form: str) -> None:
    median, least, most = (form.format(figure) for figure in (statistics.median(figures), min(figures), max(figures)))
    print(f"{name:45} {median}  ({least} to {most})")


if __name__ == "__main__":
    main()
