"""`mainspring keys`: the API keys, which a client sends with its requests."""

from dataclasses import asdict

import click
import msgspec

from mainspring.cli.project import Project, with_project
from mainspring.errors import CommandError


@click.command()
@with_project
@click.option("--rotate", is_flag=True, help="Make new keys; the old ones are refused from the next request on.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
def keys(project: Project, *, rotate: bool, as_json: bool) -> None:
    """Show the publishable and the secret API key.

    The first call makes them. The publishable key is for front ends and gives no rights; the secret key is an administrator's
    and belongs on a server. It is shown when it is made and never again, except on a developer's machine (MAINSPRING_DEV=true).
    --rotate also makes a new key to sign access tokens with; tokens that are out stay good until they expire.

    Example: mainspring keys --json
    """
    with project.open() as backend:
        if faults := backend.faults():
            raise CommandError("; ".join(faults))
        authority = backend.authority
        if rotate:
            authority.signing.rotate(authority.tokens.life)
        shown = authority.keys.rotate() if rotate else authority.keys.show()
    if as_json:
        click.echo(msgspec.json.encode(asdict(shown)))
        return
    click.echo(f"publishable  {shown.publishable}")
    click.echo(f"secret       {shown.secret or '(shown when it was made; keys --rotate makes new ones)'}")
