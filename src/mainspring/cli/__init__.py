"""The command line: `mainspring` and its verb groups, one file each.

Exit codes, of every command: 0 it is done; 1 it could not be done, or `doctor` found something wrong; 2 the command line itself
is wrong; 130 stopped by Ctrl-C. What goes wrong is told on standard error in one message, without a traceback.
"""

from importlib.metadata import version
from typing import Any

import click

from mainspring.cli.adopt import adopt
from mainspring.cli.dev import dev
from mainspring.cli.doctor import doctor
from mainspring.cli.keys import keys
from mainspring.cli.migrate import migrate
from mainspring.cli.serve import serve
from mainspring.cli.user import user
from mainspring.errors import MainspringError, RequestError

_SECTIONS: dict[str, tuple[click.Command, ...]] = {
    "Run": (dev, serve),
    "Data": (migrate, adopt),
    "People and keys": (user, keys),
    "Look after it": (doctor,),
}


class _Commands(click.Group):
    """Commands in sections, whose refusals are told in one message."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(each.name or "", each.get_short_help_str(80)) for each in commands])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MainspringError as error:
            raise click.ClickException(_told(error)) from error


def _told(error: MainspringError) -> str:
    if not isinstance(error, RequestError):
        return str(error)
    faults = [f"{fault.pointer.lstrip('/')}: {fault.message}" for fault in error.faults]
    return "\n  ".join([error.message, *faults, *(text for text in (error.details, error.hint) if text)])


HELP = """The whole back end of a site or an app, from the models in app.py.

Begin in your project's folder, where app.py is:

\b
  mainspring dev             start on your own machine; every save is taken up
  mainspring migrate make    write down what changed in the models
  mainspring serve           start for others
"""


@click.group(cls=_Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("mainspring"), prog_name="mainspring", message="%(prog)s %(version)s")
def main() -> None:
    """Everything begins here; see `HELP`."""


for _section in _SECTIONS.values():
    for _command in _section:
        main.add_command(_command)
