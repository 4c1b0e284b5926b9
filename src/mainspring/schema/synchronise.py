"""Brings a database to the models after each save, for `dev`."""

from collections.abc import Sequence
from dataclasses import dataclass

from mainspring.schema.compare import Rename, differences
from mainspring.schema.fill import with_fills
from mainspring.schema.history import check_applied, note_applied, read_applied
from mainspring.schema.make import SAME, Difference, open_draft, replay
from mainspring.schema.migrate import Migrations, silent
from mainspring.schema.perform import Tell
from mainspring.schema.plan import NOTHING, Plan, Planner


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What was done, and what has to be asked first.

    Attributes:
        applied: The steps that were done.
        refused: The plan that was not performed, because a step of it would lose data or lacks a value.
        difference: What lies between migrations and models, where its questions have to be answered first.
    """

    applied: Plan = NOTHING
    refused: Plan = NOTHING
    difference: Difference = SAME


def synchronise(
    migrations: Migrations,
    renames: Sequence[Rename] = (),
    dropped: Sequence[str] = (),
    *,
    allow_loss: bool = False,
    tell: Tell = silent,
) -> Synchronised:
    """Perform what is pending, and then what the models say beyond it.

    That is written into a draft, a migration file that grows until `migrate make` names it: an afternoon of trying things leaves
    one file and not a hundred, and production later takes the very same steps. Where something has to be asked, none of the
    models' changes is made: half of the models could not run anyway.

    Args:
        migrations: The project's migrations.
        renames: What goes on under a new name.
        dropped: What is gone for good, as `albums.title` or `albums`.
        allow_loss: Whether steps may lose data.
        tell: Called with each operation's words before it begins.
    """
    refused = _mend_draft(migrations, allow_loss=allow_loss, tell=tell)
    pending = refused if refused.steps else migrations.plan()
    if not _safe(pending, allow_loss=allow_loss):
        return Synchronised(refused=pending)
    applied = migrations.up(allow_loss=allow_loss, tell=tell)
    found = migrations.difference(renames, dropped)
    if found.questions or not found.up:
        return Synchronised(applied, difference=found)
    with migrations.builder.opened() as connection:
        plan = Plan(tuple(Planner(connection, migrations.reflect(connection), migrations.builder).steps("", found.up)))
        if not _safe(plan, allow_loss=allow_loss):
            return Synchronised(applied, refused=plan)
        migrations.extend(connection, found, tell)
    return Synchronised(Plan((*applied.steps, *plan.steps)))


def _mend_draft(migrations: Migrations, *, allow_loss: bool, tell: Tell) -> Plan:
    """Let the database follow a draft whose file changed after it was applied; gives the plan where it is refused.

    Its author may have edited it, or the process was killed between the file and the database.
    """
    files = migrations.files()
    with migrations.builder.opened() as connection:
        applied = read_applied(connection)
        if not open_draft(files) or len(applied) != len(files) or applied[-1].checksum == files[-1].checksum:
            return NOTHING
        check_applied(files[:-1], applied[:-1])
        wanted = replay(files)
        real = migrations.builder.reflect(connection, wanted)
        operations = with_fills(differences(real, wanted), migrations.catalog)
        plan = Plan(tuple(Planner(connection, real, migrations.builder).steps(files[-1].title, operations)))
        if not _safe(plan, allow_loss=allow_loss):
            return plan
        with migrations.builder.transaction(connection):
            migrations.perform(connection, operations, tell)
            note_applied(connection, files[-1])
    return NOTHING


def _safe(plan: Plan, *, allow_loss: bool) -> bool:
    return not plan.impossible and (allow_loss or not plan.losing)
