"""Writes migration files: what has to be done so that the migrations lead to the models."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mainspring.model.catalog import Catalog
from mainspring.schema.compare import Question, Rename, all_renames, differences, questions, renamed, taken_back
from mainspring.schema.fill import with_fills
from mainspring.schema.history import DRAFT, Migration
from mainspring.schema.operation import Operation
from mainspring.schema.picture import Schema, picture_of
from mainspring.schema.refusal import RenameUnclear
from mainspring.schema.render import name_of, render
from mainspring.schema.replay import followed

_DRAFT_TITLE = "What `mainspring dev` did while the models were changed; `mainspring migrate make` gives it its name."


@dataclass(frozen=True, slots=True)
class Difference:
    """What lies between the migrations and the models.

    Attributes:
        up: The operations that lead to the models.
        down: The operations that lead back.
        questions: What has first to be said to be a rename, or none; then there are no operations.
    """

    up: tuple[Operation, ...] = ()
    down: tuple[Operation, ...] = ()
    questions: tuple[Question, ...] = ()

    def answered(self) -> "Difference":
        """The difference itself.

        Raises:
            RenameUnclear: There are questions.
        """
        if self.questions:
            raise RenameUnclear("\n".join(map(str, self.questions)))
        return self


SAME = Difference()
"""Nothing differs."""


def replay(files: Iterable[Migration]) -> Schema:
    """The schema to which migrations lead."""
    schema: Schema = {}
    for migration in files:
        schema = followed(schema, migration.up())
    return schema


def difference(before: Schema, catalog: Catalog, said: Iterable[Rename], dropped: Iterable[str]) -> Difference:
    """What lies between a schema and the models.

    Args:
        before: The schema.
        catalog: The models.
        said: Renames that the author said.
        dropped: What is gone for good, as `albums.title` or `albums`.

    Raises:
        MigrationError: A rename names what is not there, or a key differs.
    """
    after = picture_of(catalog.metadata)
    renames = all_renames(catalog, before, after, said)
    moved, forth = renamed(before, renames)
    unclear = questions(moved, after, dropped)
    if unclear:
        return Difference(questions=tuple(unclear))
    returned, back = renamed(after, taken_back(renames))
    up = [*forth, *with_fills(differences(moved, after), catalog)]
    return Difference(tuple(up), (*back, *differences(returned, before)))


def write(folder: Path, files: Sequence[Migration], name: str | None, made: Difference) -> Migration:
    """A new migration file at the end of the chain."""
    name = name or name_of(made.up)
    text = render(_title(name), files[-1].title if files else None, made.up, made.down)
    return save(folder, len(files) + 1, name, text)


def write_draft(folder: Path, files: Sequence[Migration], made: Difference) -> Migration:
    """The draft at the end of the chain, with what was made behind what stands in it."""
    up, down, before = made.up, made.down, list(files)
    if open_draft(files):
        draft = before.pop()
        up, down = (*draft.up(), *made.up), (*made.down, *draft.down())
    text = render(_DRAFT_TITLE, before[-1].title if before else None, up, down)
    return save(folder, len(before) + 1, DRAFT, text)


def open_draft(files: Sequence[Migration]) -> bool:
    """Whether the chain ends in a draft."""
    return bool(files) and files[-1].name == DRAFT


def close_draft(draft: Migration, name: str | None) -> Migration:
    """The draft under a name, which `dev` no longer extends."""
    name = name or name_of(draft.up())
    path = draft.path.with_name(f"{draft.number:04}_{name}.py")
    draft.path.rename(path)  # in one step, so that there is never none, nor two
    return save(path.parent, draft.number, name, draft.text.replace(_DRAFT_TITLE, _title(name), 1))


def _title(name: str) -> str:
    return f"{name.replace('_', ' ').capitalize()}."


def save(folder: Path, number: int, name: str, text: str) -> Migration:
    """The migration whose file was written, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{number:04}_{name}.py"
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)
    return Migration(number, name, path, text)
