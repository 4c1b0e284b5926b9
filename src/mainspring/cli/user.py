"""`mainspring user`: the people who may sign in."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import click
import msgspec

from mainspring.auth.accounts import Accounts
from mainspring.auth.secret import random_digits
from mainspring.cli.project import Project, with_project
from mainspring.context import ADMINISTRATOR
from mainspring.errors import CommandError
from mainspring.model.user import User

RANDOM_DIGITS = 20
"""Length of a random password: 119 bits."""

as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
password_option = click.option(
    "--password",
    metavar="TEXT|prompt|random",
    help="The password, or whether to ask for it or to make one [prompt in a terminal, else random].",
)


HELP = """Make users, give them passwords, and let them in or out.

\b
  mainspring user create ann@example.com --name Ann --admin
  mainspring user password ann@example.com --password random
  mainspring user disable bob@example.com
"""


@click.group(help=HELP)
def user() -> None:
    """All that is done to users by command; see `HELP`."""


@user.command()
@with_project
@click.argument("email")
@click.option("--name", help="What people call them.")
@click.option("--admin", is_flag=True, help="Make them an administrator, who passes every rule.")
@password_option
@as_json
def create(project: Project, *, email: str, name: str | None, admin: bool, password: str | None, as_json: bool) -> None:
    """Make the user with the address EMAIL.

    A random password is written to standard output, and nowhere else.

    Example: mainspring user create ann@example.com --admin --password random
    """
    with _accounts(project) as accounts:
        text, random = _choose_password(password)
        made = accounts.create(email, text, {"name": name, "roles": [ADMINISTRATOR] if admin else []})
    shown = {"id": str(made.id), "email": made.email, "name": made.name, "roles": made.roles}
    if random:
        shown["password"] = text
    _tell(shown, f"made {made.email}{' (administrator)' if admin else ''}", text if random else None, as_json=as_json)


@user.command("list")
@with_project
@as_json
def list_users(project: Project, *, as_json: bool) -> None:
    """List all users.

    Example: mainspring user list --json
    """
    with _accounts(project) as accounts:
        users = list(accounts.users())
    if as_json:
        click.echo(msgspec.json.encode([_describe(each) for each in users]))
        return
    for each in users:
        marks = [*each.roles, *(["staff"] if each.staff else []), *(["disabled"] if each.disabled else [])]
        name = each.name or ""
        click.echo("  ".join([each.email, name if name.isprintable() else ascii(name), ", ".join(marks)]).rstrip())


@user.command()
@with_project
@click.argument("email")
@password_option
@as_json
def password(project: Project, *, email: str, password: str | None, as_json: bool) -> None:
    """Give the user EMAIL a new password, and end all their sign-ins.

    Example: mainspring user password ann@example.com --password random
    """
    with _accounts(project) as accounts:
        text, random = _choose_password(password)
        accounts.set_password(email, text)
    shown = {"email": email} | ({"password": text} if random else {})
    _tell(shown, f"{email} has a new password", text if random else None, as_json=as_json)


@user.command()
@with_project
@click.argument("email")
def disable(project: Project, *, email: str) -> None:
    """Shut the user EMAIL out, from their next request on.

    Example: mainspring user disable bob@example.com
    """
    _do(project, lambda accounts: accounts.set_disabled(email, disabled=True), f"{email} is disabled")


@user.command()
@with_project
@click.argument("email")
def enable(project: Project, *, email: str) -> None:
    """Let the user EMAIL sign in again.

    Example: mainspring user enable bob@example.com
    """
    _do(project, lambda accounts: accounts.set_disabled(email, disabled=False), f"{email} may sign in again")


@user.command("sign-out")
@with_project
@click.argument("email")
def sign_out(project: Project, *, email: str) -> None:
    """End all sign-ins of the user EMAIL, on every machine.

    Example: mainspring user sign-out ann@example.com
    """
    _do(project, lambda accounts: accounts.sign_out_user(email), f"{email} is signed out everywhere")


@contextmanager
def _accounts(project: Project) -> Generator[Accounts]:
    with project.open() as backend:
        if faults := backend.faults():
            raise CommandError("; ".join(faults))
        yield backend.authority.accounts


def _do(project: Project, work: Callable[[Accounts], None], told: str) -> None:
    with _accounts(project) as accounts:
        work(accounts)
    click.echo(told)


def _choose_password(asked: str | None) -> tuple[str, bool]:
    """The password, and whether it was made here and so must be told."""
    word = asked or ("prompt" if sys.stdin.isatty() else "random")
    if word == "random":
        return random_digits(RANDOM_DIGITS), True
    if word == "prompt":
        text: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return text, False
    return word, False


def _describe(each: User) -> dict[str, Any]:
    names = ("id", "email", "name", "roles", "staff", "disabled", "created_at")
    return {name: getattr(each, name) for name in names}


def _tell(shown: dict[str, Any], words: str, password: str | None, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(shown))
    else:
        click.echo(words if password is None else f"{words}\npassword: {password}")
