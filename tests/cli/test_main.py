"""The root of the command line: help, version, exit codes."""

from importlib.metadata import version

import click
import pytest

from mainspring.cli import main


def leaves(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        return [leaf for name, inner in command.commands.items() for leaf in leaves(inner, (*path, name))]
    return [(path, command)]


LEAVES = leaves(main, ())


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_tells_how_to_begin(project, word):
    told = project.run(word).stdout
    assert "mainspring dev" in told
    assert "\b" not in told


def test_the_version(project):
    assert project.run("--version").stdout == f"mainspring {version('mainspring')}\n"


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_the_help_of_every_command_has_an_example_of_it(path, command):
    assert f"Example: mainspring {' '.join(path)}" in (command.help or "")


@pytest.mark.parametrize("words", [["fly"], ["serve", "--port", "no"], ["serve", "--port", "70000"], ["serve", "--workers", "0"]])
def test_a_wrong_command_line_is_2(project, words):
    assert "Usage: " in project.run(*words, code=2).stderr
