"""What has changed in a database since it was adopted, and how that comes into models which their owner has gone on with."""

import ast
from collections.abc import Iterator
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from mainspring.errors import CommandError

KEPT = "adopted.py"
"""The file in the folder of our data that holds the models as the database last had them."""


def difference(before: str, after: str) -> str:
    """What has changed, as a unified diff of `models.py`; empty where nothing has."""
    return "".join(unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), "models.py", "models.py"))


def merged(before: str, after: str, own: str) -> str:
    """The owner's text with what has changed from `before` to `after`; all else in it stays.

    Raises:
        CommandError: The owner has changed the same lines, or the text is no Python.
    """
    base, new = (_without_imports(text) for text in (before, after))
    mine = _with_imports(own, after).splitlines(keepends=True)
    places = _places(base, mine)
    parts, at = list[str](), 0
    for first, last, lines in _hunks(base, new):
        start = _place(places, first, last)
        if start is None or start < at:
            shown = "".join(base[first:last]).strip() or base[first - 1].strip()
            raise CommandError(f"you have changed what changed in the database too, so write it yourself: {shown[:200]}")
        parts += [*mine[at:start], *lines]
        at = start + last - first
    return "".join([*parts, *mine[at:]])


def _without_imports(text: str) -> list[str]:
    return [line for line in text.splitlines(keepends=True) if not line.startswith("from ")]


def _with_imports(own: str, after: str) -> str:
    """The owner's text, in which all names are imported that the new text needs."""
    try:
        body = ast.parse(own).body
    except SyntaxError as error:
        raise CommandError(f"models.py is no Python (line {error.lineno}: {error.msg}); mend it first") from None
    there = {alias.name for node in body if isinstance(node, ast.ImportFrom) for alias in node.names}
    needed = [node for node in ast.parse(after).body if isinstance(node, ast.ImportFrom)]
    missing = {node.module: [each.name for each in node.names if each.name not in there] for node in needed}
    lines = [f"from {module} import {', '.join(names)}\n" for module, names in missing.items() if names]
    future = "from __future__ import annotations\n"
    return own.replace(future, f"{future}\n{''.join(lines)}", 1) if lines else own


def _hunks(base: list[str], new: list[str]) -> Iterator[tuple[int, int, list[str]]]:
    """The lines of `base` that go, from and to, and those that come for them."""
    for tag, first, last, start, stop in SequenceMatcher(None, base, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield first, last, new[start:stop]


def _places(base: list[str], mine: list[str]) -> dict[int, int]:
    """Where the lines of `base` that the owner left stand now."""
    blocks = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    return {block.a + offset: block.b + offset for block in blocks for offset in range(block.size)}


def _place(places: dict[int, int], first: int, last: int) -> int | None:
    """Where the lines from `first` to `last` stand, all unchanged and together; for none of them, where they would."""
    if first == last:
        before, after = places.get(first - 1), places.get(first)
        return before + 1 if before is not None else after
    start = places.get(first)
    together = start is not None and all(places.get(line) == start + line - first for line in range(first, last))
    return start if together else None


def read_kept(data: Path) -> str | None:
    """The models as the database last had them, or None where that is not known."""
    path = data / KEPT
    return path.read_text("utf-8") if path.exists() else None


def keep(data: Path, models: str) -> None:
    """Note the models as the database has them now."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / KEPT).write_text(models, "utf-8")
