"""The pages are held to the code, and the Python on them runs.

A page is a program: its `python` blocks run in their order, as one file, in an empty folder. A block that begins with a path,
such as `# app.py`, is that file of the reader's project instead. A block marked `python no-run` is only compiled.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from mainspring.cli import main
from mainspring.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python(?P<mark>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (?P<path>[\w/]+\.py)\n")
CODE = re.compile(r"PGRST\d{3}|(?:0[0-9A-Z]|2[1-8]|4[02]|5[3-8]|P0|XX)[0-9A-Z]{3}")


def read(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def rows(page: str) -> dict[str, tuple[str, ...]]:
    """The rows of a page's tables whose first cell is a code word, by that word."""
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in page.splitlines() if line.startswith("| `")]
    return {first.strip("`"): tuple(rest) for first, *rest in cells}


def test_every_setting_has_its_row():
    def written(value: object) -> str:
        text = str(value).lower() if isinstance(value, bool) else ",".join(value) if isinstance(value, tuple) else str(value)
        return f"`{text}`" if text else ""

    declared = {PREFIX + each.name.upper(): (written(each.default), each.metadata["meaning"]) for each in fields(Settings)}
    assert sorted(rows(read("settings.md")).items() ^ declared.items()) == []


def commands(command: click.Command, path: str) -> dict[str, click.Command]:
    if not isinstance(command, click.Group):
        return {path: command}
    return {name: each for word, inner in command.commands.items() for name, each in commands(inner, f"{path} {word}").items()}


@pytest.mark.parametrize(("path", "command"), commands(main, "mainspring").items())
def test_every_command_and_option_is_on_the_page(path: str, command: click.Command):
    page = read("cli.md")
    options = [
        option for each in command.params if isinstance(each, click.Option) for option in each.opts if option.startswith("--")
    ]
    assert [word for word in (f"`{path}", *(f"`{option}" for option in options)) if word not in page] == []


def test_every_room_has_its_page(modules):
    folders = {name.split(".")[1] for name, each in modules.items() if len(each.path.parts) > 3}
    assert [room for room in sorted(folders) if not (ROOT / "docs" / f"{room}.md").exists()] == []


def only_heard(tree: ast.Module) -> Iterator[ast.AST]:
    """The codes that a server says and that are no answer: those compared with, unless the answer repeats `state`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from ast.walk(node)
        elif isinstance(node, ast.match_case):
            answers = [each.value for line in node.body for each in ast.walk(line) if isinstance(each, ast.keyword)]
            if "state" not in map(ast.unparse, answers):
                yield from ast.walk(node.pattern)


def test_every_error_code_is_in_the_table(modules):
    nodes = [node for each in modules.values() for node in ast.walk(each.tree)]
    words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    by_keyword = {node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "code"}
    by_class = {node.value for node in nodes if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_code"}
    heard = {id(node) for name, each in modules.items() if ".engines." in name for node in only_heard(each.tree)}
    said = {node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in heard}
    used = {word for word in said if isinstance(word, str) and CODE.fullmatch(word)}
    used |= {node.value for node in by_keyword | by_class if isinstance(node, ast.Constant)}
    documented = set(rows(read("errors.md")))
    assert {"undocumented": used - documented, "unused": documented - words} == {"undocumented": set(), "unused": set()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_python_on_the_page_runs(page: Path, tmp_path: Path):
    text = page.read_text("utf-8")
    program = [""] * (text.count("\n") + 1)  # the code keeps its line numbers, so a traceback points into the page
    for block in BLOCK.finditer(text):
        first = text[: block.start("code")].count("\n")
        code = block["code"]
        compile("\n" * first + code, page, "exec")
        if file := FILE.match(code):
            target = tmp_path / file["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(code, "utf-8")
        elif "no-run" not in block["mark"]:
            lines = code.splitlines()
            program[first : first + len(lines)] = lines
    (tmp_path / "page.py").write_text("\n".join(program), "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = [sys.executable, "-W", "error", "page.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
