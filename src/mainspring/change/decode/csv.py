"""CSV (RFC 4180): a header with the fields' names, then one record a line. One line is one record.

An empty cell is null, and so is the bare word NULL, as PostgREST's clients write it; `""` is empty text. One `'` is taken off a
cell that a spreadsheet could take for a formula without it: exports put it there.
"""

import re
from collections.abc import Iterator

from mainspring.change.parse import MALFORMED, Body
from mainspring.errors import BadRequest
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity

Cell = str | None

# Possessive: what was read once is never tried in another way, so that no text is slow to refuse.
_CELL = re.compile(r'(?:"(?P<quoted>[^"]*+(?:""[^"]*+)*+)"|(?P<bare>[^",\r\n]*+))(?P<end>,|\r\n|\n|\r|\Z)')
_BREAK = re.compile(r"\r\n|\n|\r")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def decode(body: bytes, _entity: Entity, _catalog: Catalog) -> Body:
    """The rows of a table of cells.

    Raises:
        BadRequest: It is no CSV, a line has more or fewer cells than the header, or a name stands twice in it (`PGRST102`).
    """
    try:
        text = body.decode("utf-8-sig")  # spreadsheets begin with a byte-order mark
    except UnicodeDecodeError:
        raise BadRequest("the body is no UTF-8", code=MALFORMED) from None
    lines = _lines(text)
    header = next(lines, None)
    if header is None or not all(header[1]):
        raise BadRequest("the body has no header", code=MALFORMED, hint="begin with a line of the fields' names: title,pages")
    names = [name or "" for name in header[1]]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise BadRequest(f"'{twice[:100]}' stands twice in the header", code=MALFORMED)
    rows: list[dict[str, Cell]] = []
    numbers: list[int] = []
    for number, line in lines:
        if len(line) != len(names):
            found = f"line {number} has {len(line)} cells, but the header has {len(names)}"
            raise BadRequest(found, code=MALFORMED, hint="every line needs as many cells as the header")
        rows.append(dict(zip(names, line, strict=True)))
        numbers.append(number)
    return Body(rows, single=len(rows) == 1, text=True, lines=numbers)


def _lines(text: str) -> Iterator[tuple[int, list[Cell]]]:
    """The number and the cells of each line; lines that are altogether empty are passed over. A cell may hold several."""
    at, number, begin, line = 0, 1, 0, list[Cell]()
    while at < len(text) or line:
        found = _CELL.match(text, at)
        if found is None:
            wrong = f"the body is no CSV: a quote is wrong in line {number + _breaks(text[begin:at])}"
            raise BadRequest(wrong, code=MALFORMED, hint='write " in a cell as ""')
        at = found.end()
        line.append(_cell(found))
        if found["end"] != ",":
            if line != [None] or found["quoted"] is not None:
                yield number, line
            number, begin, line = number + _breaks(text[begin:at]), at, []


def _breaks(text: str) -> int:
    return sum(1 for _ in _BREAK.finditer(text))


def _cell(found: re.Match[str]) -> Cell:
    quoted = found["quoted"]
    if quoted is None:
        text = found["bare"]
        if text in {"", "NULL"}:
            return None
    else:
        text = quoted.replace('""', '"')
    return text[1:] if _GUARDED.match(text) else text
