"""What one machine does with the photo app: time to the first answer, memory at rest, and requests a second.

Run it on an otherwise idle machine: `make measure`. It fills a throw-away folder with 100,000 albums, starts `mainspring serve`
on it, and loads it. Figures are medians of the rounds, with the least and the most.
"""

import re
import secrets
import tempfile
import time
from pathlib import Path

from load import ask, load, run, serving, show
from pysqlite3 import dbapi2

PHOTOS = Path(__file__).parent.parent / "examples" / "photos"
ROUNDS = 5
ALBUMS = 100_000


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        run(PHOTOS, "migrate", "up", "--data", data)
        starts = [start_time(data) for _ in range(ROUNDS)]
        with serving(PHOTOS, data, 1) as server:
            token = sign_up()
            rest_memory = proportional_set_size(server.pid)
        fill(data)
        with serving(PHOTOS, data, 2):
            figures = {name: load(name, path, rounds=ROUNDS, token=token, script=script) for name, path, script in LOADS}
    show("serve to the first answer, s", starts, "{:.2f}")
    print(f"{'memory of a worker at rest (PSS), MB':45} {rest_memory / 1e6:.0f}")
    for name, each in figures.items():
        show(f"{name}, requests/s", each, "{:,.0f}")


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


def start_time(data: Path) -> float:
    """Seconds from the command to the first answer."""
    began = time.perf_counter()
    with serving(PHOTOS, data, 2):
        return time.perf_counter() - began


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


if __name__ == "__main__":
    main()
