"""`mainspring dev`: the server on a developer's own machine, started again on every save.

Each start is a process of its own, `mainspring serve` with `MAINSPRING_DEV`, so that nothing of the code before the save is left.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import click
from watchfiles import PythonFilter, watch

from mainspring.app import MIGRATIONS
from mainspring.cli.project import DEFAULT_REFERENCE
from mainspring.settings import PREFIX

STOP_SECONDS = 10
"""How long a server may take to stop before it is killed."""

LOOK_MILLISECONDS = 500
"""How often is looked whether the server ended by itself."""


@click.command()
@click.option("--app", "reference", default=DEFAULT_REFERENCE, metavar="MODULE:NAME", help="Where the app stands [app:app].")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Folder of everything that is stored [data].")
@click.option("--host", help="Address to listen on [127.0.0.1].")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on [8000].")
def dev(reference: str, data: Path | None, host: str | None, port: int | None) -> None:
    """Start on your own machine, and again on every save.

    Safe changes of the models are made in the database at once; before anything is lost you are asked. A mistake in the code
    is told, and the next save tried. Ctrl-C ends it.

    Example: mainspring dev --port 9000
    """
    given = {"--app": reference, "--data": data, "--host": host, "--port": port, "--workers": 1}
    options = [str(word) for option, value in given.items() if value is not None for word in (option, value)]
    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    server = _Server([sys.executable, "-m", "mainspring.cli", "serve", *options])
    try:
        for saved in watch(
            Path.cwd(),
            watch_filter=PythonFilter(
                ignore_paths=[Path.cwd() / MIGRATIONS], extra_extensions=(".env",)
            ),  # it writes those itself
            stop_event=stop,
            rust_timeout=LOOK_MILLISECONDS,
            yield_on_timeout=True,
        ):
            if saved:
                names = sorted({Path(path).name for _, path in saved})
                click.echo(f"{', '.join(names)} saved; starting again")
                server.stop()
                server.start()
            elif server.has_failed():
                click.echo("Waiting for the next save.")
    finally:
        server.stop()


class _Server:
    """The process of the server, one after the other."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._told = False
        self.start()

    def start(self) -> None:
        self._told = False
        environment = {**os.environ, f"{PREFIX}DEV": "true"}
        self._process = subprocess.Popen(self._command, env=environment)  # noqa: S603 - our own command, with checked options

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def has_failed(self) -> bool:
        """Whether it ended by itself; said once."""
        failed = self._process.poll() is not None and not self._told
        self._told = self._told or failed
        return failed
