"""The processes of the server: how they begin, follow each other and end.

The parent forks the workers, which so share its memory, and answers no request itself: it starts a worker that died again, and
passes the end on to all of them.
"""

import asyncio
import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from functools import partial
from typing import Any

import click
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from mainspring.app import asgi, open_backend
from mainspring.cli.project import Project
from mainspring.errors import CommandError
from mainspring.observe import write_log
from mainspring.settings import Settings
from mainspring.web.site import Site

STOP_SECONDS = 25
"""How long requests that run at the end may go on; inside the 30 seconds that service managers usually wait."""

DEV_STOP_SECONDS = 3
"""The same on a developer's machine, where the next start waits for it."""

CONNECTIONS = 10_000
"""Most connections of one worker, idle ones among them; who comes later waits."""

BACKLOG = 2_048
"""Most connections that wait to be let in."""

HEAD_SECONDS = 75
"""How long a connection may take for the head of a request, and so how long it may be idle: longer than proxies keep theirs."""

OTHER_FILES = 200
"""Open files of a worker that are no connections."""

AGAIN_SECONDS = 0.2
"""How long a worker that was told to end is waited for before it is told again."""

_LOGGING: dict[str, Any] = {
    "handlers": {"console": {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}},
    "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
}


def free_address(settings: Settings) -> str:
    """The numeric address to listen on.

    Raises:
        CommandError: Nobody could listen there, or somebody does.
    """
    host, port = settings.host, settings.port
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind) as probe:
            # Workers share the port among themselves, so without this look they would share it with a stranger as well.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port or --host") from error
    return str(address[0])


def run_server(project: Project, settings: Settings, address: str, told: list[str]) -> None:
    """Serve until a signal ends it.

    Args:
        project: The project, whose app is loaded.
        settings: Its settings.
        address: The numeric address to listen on.
        told: What is written to standard output once it listens.
    """
    server = Server(
        "mainspring",
        address,
        settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.workers,
        backlog=BACKLOG,
        backpressure=_connections(),
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=DEV_STOP_SECONDS if settings.dev else STOP_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGING,
    )
    keeps_on = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # as `nohup` wants it

    def end(*_: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    @server.on_startup
    def begin() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN if keeps_on else end)  # a closed terminal is an end
        threading.Thread(target=_announce, args=(address, settings.port, told), daemon=True).start()

    _prepare_forks()
    server.serve(target_loader=partial(_make_site, project.reference, settings, os.getpid()), wrap_loader=False)


def _prepare_forks() -> None:
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork", force=True)  # 3.14 has another default, which would read the app again
        # Until a worker has handlers of its own, the parent's are in it, and would not end it.
        os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    gc.collect()
    gc.freeze()  # what is there now stays: no worker's collector touches, and so copies, it


def _announce(address: str, port: int, told: list[str]) -> None:
    """Say where to look, once the first worker listens."""
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.01)
    click.echo("\n".join(told))


def _make_site(reference: str, settings: Settings, parent: int) -> Site:
    """A worker's application. Called in the worker, before it listens."""
    _follow(parent)
    # A terminal sends Ctrl-C to all processes; the parent passes it on.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    threading.Thread(target=_insist, args=(asyncio.get_event_loop(),), daemon=True).start()
    backend = open_backend(Project(reference, settings.data).app, settings)
    backend.clean()
    return asgi(backend, write_log())


def _insist(loop: asyncio.AbstractEventLoop) -> None:
    """Wait for the end, and say it until it is heard: one that comes while the server is starting would be lost in it."""
    signal.sigwait({signal.SIGTERM})
    loop.call_soon_threadsafe(signal.pthread_sigmask, signal.SIG_UNBLOCK, {signal.SIGTERM})
    while True:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(AGAIN_SECONDS)


def _follow(parent: int) -> None:
    """End with the parent, also when it is killed, so that no worker is left behind on the port."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
        if os.getppid() != parent:  # it died before this
            sys.exit(1)


def _connections() -> int:
    """How many connections a worker may have; it gets as many open files for them as the system lets it have."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, CONNECTIONS + OTHER_FILES)
    limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
    return max(1, min(CONNECTIONS, limit - OTHER_FILES))
