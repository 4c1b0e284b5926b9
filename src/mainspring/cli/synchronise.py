"""How `dev` brings the database to the models after a save: what is safe at once, the rest when it was asked for."""

import sys

import click

from mainspring.cli.migrate import ask
from mainspring.errors import CommandError
from mainspring.schema.compare import Rename
from mainspring.schema.migrate import Migrations
from mainspring.schema.plan import Plan
from mainspring.schema.refusal import LossRefused, ValueNeeded


def synchronise(migrations: Migrations) -> None:
    """Bring the database to the models; without a terminal, only where nothing has to be asked.

    Raises:
        RenameUnclear: It has to be said what is a rename, and nobody is there to say it.
        LossRefused: Data would be lost, and nobody is there to consent.
        ValueNeeded: Rows have no value for a column that must have one.
        CommandError: The loss was not consented to.
    """
    renames: list[Rename] = []
    dropped: list[str] = []
    consent = False
    while True:
        found = migrations.synchronise(renames, dropped, allow_loss=consent, tell=_tell)
        if found.difference.questions:
            if not sys.stdin.isatty():
                found.difference.answered()
            ask(migrations, renames, dropped)
        elif found.refused.impossible:
            raise ValueNeeded("\n".join(step.problem or "" for step in found.refused.impossible))
        elif found.refused.losing:
            consent = _consent(found.refused)
        else:
            return


def _consent(plan: Plan) -> bool:
    losses = "\n".join(f"  {step.words}: {step.loss}" for step in plan.losing)
    if not sys.stdin.isatty():
        raise LossRefused(
            f"data would be lost:\n{losses}\nnothing was done; start 'mainspring dev' in a terminal, or use 'mainspring migrate'"
        )
    click.echo(f"Data would be lost:\n{losses}")
    if not click.confirm("Do it?"):
        raise CommandError("nothing was done, and the models cannot run on the database as it is; change them, and save")
    return True


def _tell(words: str) -> None:
    click.echo(f"  {words}")
