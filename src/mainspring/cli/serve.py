"""`mainspring serve`: what must be right before the server starts, and what is said when it has."""

import click

from mainspring.app import Backend, asgi
from mainspring.cli.migrate import follow_models
from mainspring.cli.project import Project, with_project
from mainspring.cli.server import free_address, run_server
from mainspring.errors import CommandError
from mainspring.settings import Settings


@click.command()
@with_project
@click.option("--host", help="Address to listen on [127.0.0.1].")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on [8000].")
@click.option("--workers", type=click.IntRange(1), help="Server processes; as many as there are cores is good [1].")
def serve(project: Project, host: str | None, port: int | None, workers: int | None) -> None:
    """Start the server.

    It refuses to start while migrations are pending. SIGTERM or Ctrl-C ends it: requests that run are finished, what is
    written is stored, and it exits with 0.

    Example: mainspring serve --host 0.0.0.0 --port 8000 --workers 4
    """
    settings = project.settings_with(host=host, port=port, workers=workers)
    address = free_address(settings)
    if settings.dev:
        follow_models(project)
    told = check(project, settings)
    run_server(project, settings, address, told)


def check(project: Project, settings: Settings) -> list[str]:
    """Refuse to start what could not work; gives the lines that say where to look.

    Raises:
        CommandError: The engine is a danger to the data, or the database is not as the models say.
        DeclarationError: A model or a rule is wrong.
    """
    backend = project.open_with(settings)
    try:
        asgi(backend)  # says what is wrong before the workers would
        if faults := backend.faults():
            raise CommandError("; ".join(faults))
        return describe(backend)
    finally:
        backend.close()  # before the fork: a connection must not be shared between processes


def describe(backend: Backend) -> list[str]:
    """The lines that say where to look, in dev with the keys that a front end needs."""
    name, settings = backend.app.name, backend.settings
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - looked up, not listened on
    base = f"http://{f'[{own}]' if ':' in own else own}:{settings.port}"
    if not settings.dev:
        return [f"{name} is ready at {base} (data in {settings.data})"]
    keys = backend.authority.keys.show()
    return [
        f"{name} is ready",
        f"  API              {base}/rest/v1/",
        f"  API description  {base}/openapi.json",
        f"  all addresses    {base}/",
        f"  publishable key  {keys.publishable}",
        f"  secret key       {keys.secret or 'shown when it was made; mainspring keys --rotate makes a new one'}",
    ]
