"""What the log writes."""

import io
import re
from uuid import UUID

import pytest

from mainspring.observe import Answered, Failed, write_log

ANN = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def answered(path: str = "/rest/v1/albums", status: int = 200, user: UUID | None = ANN) -> Answered:
    return Answered(request="ab-1", method="GET", path=path, status=status, milliseconds=1.25, size=42, user=user)


def test_one_line_for_a_request():
    stream = io.StringIO()
    write_log(stream)(answered())
    pattern = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}Z GET /rest/v1/albums 200 1\.2ms 42B 099a8057 ab-1\n"
    assert re.fullmatch(pattern, stream.getvalue())


def test_nobody_is_a_dash():
    stream = io.StringIO()
    write_log(stream)(answered(user=None))
    assert " - ab-1\n" in stream.getvalue()


@pytest.mark.parametrize("path", ["/a\nGET /forged 200", "/a\x1b[31m", "/" + "x" * 5000, "/\u2028"])
def test_a_path_cannot_forge_a_line_nor_fill_the_disk(path: str):
    stream = io.StringIO()
    write_log(stream)(answered(path))
    line = stream.getvalue()
    assert line.count("\n") == 1
    assert line[:-1].isprintable()
    assert len(line) < 400


def test_colour_is_for_terminals_alone():
    terminal, plain = Terminal(), io.StringIO()
    write_log(terminal)(answered(status=500))
    write_log(plain)(answered(status=500))
    assert terminal.getvalue().startswith("\033[31m")
    assert "\033" not in plain.getvalue()


def test_a_defect_is_told_with_its_traceback():
    stream = io.StringIO()
    try:
        raise ZeroDivisionError("by zero")
    except ZeroDivisionError as error:
        write_log(stream)(Failed("ab-2", error))
    assert stream.getvalue().startswith("request ab-2 failed\nTraceback")
    assert "ZeroDivisionError: by zero" in stream.getvalue()


def test_a_log_that_cannot_be_written_harms_nobody():
    write_log(Broken())(answered())
