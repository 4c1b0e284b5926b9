"""Python source for texts that somebody else wrote. Whatever they hold, they stay inside of their literal."""

from typing import Any


def literal(value: Any) -> str:
    """The Python literal of a text, a number, or a list of them."""
    if isinstance(value, str):
        plain = value.isprintable() and "\\" not in value
        return f'"{value}"' if plain and '"' not in value else _escaped(value)
    if isinstance(value, (list, tuple)):
        items: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
        return f"[{', '.join(map(literal, items))}]"
    return repr(value)


def documentation(text: str) -> str:
    """A text as a docstring."""
    lines = [line.rstrip() for line in text.strip().splitlines()] or [""]
    if all(line.isprintable() and "\\" not in line and '"' not in line for line in lines):
        return '"""' + "\n    ".join(lines) + ('\n    """' if len(lines) > 1 else '"""')
    return _escaped(text)


def remark(text: str) -> str:
    """A text as one comment."""
    return "# " + "".join(each if each.isprintable() else _escaped(each)[1:-1] for each in " ".join(text.split()))


def _escaped(text: str) -> str:
    return ascii(text)
