"""`mainspring migrate`: the database follows the models.

Exit codes beside those of every command: 3 the database is behind the models or the migrations (`status`); 4 a step would lose
data; 5 a rename has to be said; 6 rows have no value for a column that must have one; 7 the migration files do not fit.
"""

import sys
from dataclasses import asdict
from typing import Any

import click
import msgspec

from mainspring.app import MIGRATIONS
from mainspring.cli.project import Project, with_project
from mainspring.database.address import open_engine
from mainspring.model.catalog import freeze
from mainspring.schema.compare import Question, Rename
from mainspring.schema.migrate import Migrations, check
from mainspring.schema.plan import Plan, Step
from mainspring.schema.refusal import LossRefused, MigrationError, ValueNeeded
from mainspring.schema.synchronise import synchronise

BEHIND = 3
"""Exit code of `status` where models, migrations and database do not say the same."""


class _Refused(click.ClickException):
    """A refusal with the exit code of its own."""

    def __init__(self, error: MigrationError) -> None:
        super().__init__(str(error))
        self.exit_code = error.exit_code  # type: ignore[misc]  # a class variable for click, one of each refusal for us


class _Migrate(click.Group):
    """Commands whose refusals have exit codes of their own."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MigrationError as error:
            raise _Refused(error) from error


as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
allow_loss = click.option("--allow-loss", is_flag=True, help="Let steps lose data; see 'migrate plan'.")


HELP = """Let the database follow the models.

\b
  mainspring migrate make     write down what changed in the models
  mainspring migrate plan     see what that does to the data
  mainspring migrate up       do it

Exit codes, beside those of every command:

\b
  3  status: the database is behind the models or the migrations
  4  a step would lose data, and --allow-loss was not written
  5  something went and something came: say whether that is a rename
  6  a column must not be null, and rows have no value for it
  7  the migration files do not fit each other, or the database
"""


@click.group(cls=_Migrate, help=HELP)
def migrate() -> None:
    """Everything that changes the database's tables; see `HELP`."""


def migrations_of(project: Project) -> Migrations:
    """The migrations of the project in the current folder."""
    assert project.app is not None  # loading it declares its models
    settings = project.settings
    engine = open_engine(settings.database, settings.data, settings.statement_seconds)
    return Migrations(engine, freeze(), MIGRATIONS)


@migrate.command()
@with_project
@click.option("--name", help="Name of the file [after what it does].")
@click.option("--rename", "renames", multiple=True, metavar="OLD=NEW", help="A rename, such as albums.title=name; repeatable.")
@click.option("--drop", "dropped", multiple=True, metavar="OLD", help="What is gone for good, such as albums.title; repeatable.")
@as_json
def make(project: Project, name: str | None, renames: tuple[str, ...], dropped: tuple[str, ...], *, as_json: bool) -> None:
    """Write down what changed in the models, as a file in migrations/.

    Where a field went and another came you are asked whether that is a rename; without a terminal say it with --rename or --drop.

    Example: mainspring migrate make --rename albums.title=name
    """
    if name is not None and not f"_{name}".isidentifier():
        raise MigrationError(f"--name {name} is no file name; write it with letters, digits and _, such as add_covers")
    migrations, said, gone = migrations_of(project), [Rename.parse(each) for each in renames], list(dropped)
    if sys.stdin.isatty() and not as_json:
        ask(migrations, said, gone)
    written = migrations.make(name, said, gone)
    if as_json:
        _print_json({"files": [str(path) for path in written]})
    else:
        told = [f"{path} is written; see 'mainspring migrate plan', then write 'mainspring migrate up'" for path in written]
        click.echo("\n".join(told) or "The migrations say what the models say; there is nothing to write.")


def follow_models(project: Project) -> None:
    """For `dev`: bring the database to the models, and ask before anything is lost.

    Raises:
        MigrationError: Something has to be said, and there is no terminal, or the answer was no.
    """
    migrations, renames, dropped, consent = migrations_of(project), list[Rename](), list[str](), False
    while True:
        done = synchronise(migrations, renames, dropped, allow_loss=consent)
        for step in done.applied.steps:
            click.echo(f"  {step.words}")
        if done.difference.questions:
            if not sys.stdin.isatty():
                done.difference.answered()
            ask(migrations, renames, dropped)
        elif done.refused.steps:
            _show(done.refused)
            check(done.refused, allow_loss=True)  # what lacks a value cannot be done with any consent
            if not (sys.stdin.isatty() and click.confirm("Do that, and lose the data?")):
                check(done.refused, allow_loss=False)
            consent = True
        else:
            return


def ask(migrations: Migrations, renames: list[Rename], dropped: list[str]) -> None:
    """Ask at the terminal what is a rename, until nothing is unclear; the answers are put into the lists."""
    while questions := migrations.difference(renames, dropped).questions:
        question = questions[0]
        new = _answer(question)
        if new is None:
            dropped.append(question.address)
        else:
            renames.append(Rename.parse(f"{question.address}={new}"))


def _answer(question: Question) -> str | None:
    """The new name of what went, or None where it is gone for good."""
    what = f"The table {question.gone}" if question.table is None else f"{question.table}: the field {question.gone}"
    click.echo(f"{what} is gone. What is it now?")
    options = [*question.come, None]
    for number, name in enumerate(options, 1):
        click.echo(f"  {number}  {'gone for good, with its data' if name is None else name}")
    return options[click.prompt("Number", type=click.IntRange(1, len(options))) - 1]


@migrate.command()
@with_project
@as_json
def plan(project: Project, *, as_json: bool) -> None:
    """Show what 'up' would do: each step, the rows that it touches, what would be lost.

    Example: mainspring migrate plan --json
    """
    migrations = migrations_of(project)
    found = migrations.plan()
    unwritten = migrations.status().unwritten
    if as_json:
        _print_json({"steps": list(map(asdict, found.steps)), "unwritten": unwritten})
    else:
        _show(found)
        _tell_unwritten(unwritten)
    if found.impossible:
        raise click.exceptions.Exit(ValueNeeded.exit_code)
    if found.losing:
        raise click.exceptions.Exit(LossRefused.exit_code)


@migrate.command()
@with_project
@allow_loss
@as_json
def up(project: Project, *, allow_loss: bool, as_json: bool) -> None:
    """Perform what is pending; the database is made if absent.

    Each migration is done whole or not at all, also when it is killed half-way. On MariaDB it goes on where it stood.

    Example: mainspring migrate up
    """
    migrations = migrations_of(project)
    done = migrations.up(allow_loss=allow_loss, tell=_tell)
    _report(done, as_json=as_json, done="The database is up to date.")
    if not as_json:
        _tell_unwritten(migrations.status().unwritten)


@migrate.command()
@with_project
@click.option("--to", type=click.IntRange(0), help="Number of the migration that stays the last [the one before].")
@allow_loss
@as_json
def down(project: Project, to: int | None, *, allow_loss: bool, as_json: bool) -> None:
    """Take the last migration back, or all after a number.

    Example: mainspring migrate down --to 3
    """
    done = migrations_of(project).down(to, allow_loss=allow_loss, tell=_tell)
    _report(done, as_json=as_json, done="It is taken back.")


@migrate.command()
@with_project
@as_json
def status(project: Project, *, as_json: bool) -> None:
    """Show where the database stands. Exit code 3 where it is behind.

    Example: mainspring migrate status
    """
    found = migrations_of(project).status()
    if as_json:
        _print_json({"current": found.current, **asdict(found)})
    else:
        for title in found.applied:
            click.echo(f"  applied  {title}")
        for title in found.pending:
            click.echo(f"  pending  {title}")
        if found.under_way:
            click.echo(f"  begun    {found.under_way}")
        for words in found.foreign:
            click.echo(f"  changed in the database by hand, compared with the migrations: {words}")
        _tell_unwritten(found.unwritten)
        if found.current:
            click.echo("Models, migrations and database say the same.")
    if not found.current:
        raise click.exceptions.Exit(BEHIND)


def _tell(words: str) -> None:
    """Tell a step on standard error as it begins."""
    click.echo(f"  {words}", err=True)


def _report(plan: Plan, *, as_json: bool, done: str) -> None:
    if as_json:
        _print_json({"steps": list(map(asdict, plan.steps))})
    else:
        click.echo(done)


def _show(plan: Plan) -> None:
    if not plan.steps:
        click.echo("Nothing is pending.")
    migration = None
    for step in plan.steps:
        if step.migration != migration:
            migration = step.migration
            click.echo(migration)
        click.echo(f"  {_told(step)}")


def _told(step: Step) -> str:
    """A step in one line, and what is wrong with it in another."""
    rows = f" ({step.rows} {'row' if step.rows == 1 else 'rows'})" if step.rows else ""
    lines = [f"{step.words}{rows}"]
    if step.loss:
        lines.append(f"    LOSS: {step.loss}; write --allow-loss where that is meant")
    if step.problem:
        lines.append(f"    {step.problem}")
    return "\n".join(lines)


def _tell_unwritten(unwritten: tuple[str, ...]) -> None:
    if unwritten:
        click.echo("The models say what no migration does yet; write 'mainspring migrate make':")
        for words in unwritten:
            click.echo(f"  {words}")


def _print_json(value: Any) -> None:
    click.echo(msgspec.json.encode(value).decode())
