"""Who imports whom. Every import counts: type-only ones and those inside functions too."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

ROOMS = {"rest", "auth"}
FLOORS = (
    {"context", "settings", "errors", "clock", "observe", "kept", "markup"},
    {"database"},
    {"files"},
    {"model"},
    {"access"},
    {"query"},
    {"change"},
    {"schema"},
    {"web"},
    ROOMS,
    {"app"},
    {"cli"},
    {"testing"},  # finds the app as the commands do
    {"mainspring"},  # __init__.py, the roof: the public names
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
HTTP_LIBRARIES = {"starlette", "granian", "python_multipart"}

Imports = Mapping[str, set[str]]


def imported(tree: ast.Module) -> Iterator[str]:
    """Each imported name in full: `from a import b` may mean the module `a.b` or a name in `a`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(module: str) -> str:
    """The folder or file right under `mainspring` that a module belongs to; the roof's own name is `mainspring`."""
    return module.split(".")[1] if "." in module else module


@pytest.fixture(scope="module")
def imports(modules) -> Imports:
    """For each module the other modules of the package that it imports."""

    def module_of(name: str) -> str:
        return name if name in modules else name.rpartition(".")[0]

    return {
        each.name: {module_of(name) for name in imported(each.tree) if name.split(".")[0] == "mainspring"} - {each.name}
        for each in modules.values()
    }


def test_every_part_stands_on_a_floor(modules):
    assert {part(name) for name in modules} <= set(FLOOR)


def test_imports_point_downward(imports):
    upward = [
        f"{name} imports {other}"
        for name, others in imports.items()
        for other in others
        if FLOOR[part(other)] > FLOOR[part(name)]
    ]
    assert upward == []


def test_rooms_do_not_import_each_other(imports):
    sideways = [
        f"{name} imports {other}"
        for name, others in imports.items()
        for other in others
        if part(name) != part(other) and {part(name), part(other)} <= ROOMS
    ]
    assert sideways == []


def is_door(module: str) -> bool:
    """Whether a module is a room's `http.py`, or within its folder `http/`."""
    return part(module) in ROOMS and module.split(".")[2:3] == ["http"]


def test_only_app_imports_the_http_of_a_room(imports):
    strangers = {name for name, others in imports.items() if any(map(is_door, others)) and not is_door(name)} - {"mainspring.app"}
    assert strangers == set()


def test_only_the_edge_knows_http(modules, imports):
    """A room is nouns and verbs that a command or a job could use as well; its `http.py` alone speaks HTTP."""
    inner = {name for name in modules if FLOOR[part(name)] <= FLOOR["rest"] and part(name) != "web" and not is_door(name)}
    libraries = {name for name in inner if HTTP_LIBRARIES & {each.split(".")[0] for each in imported(modules[name].tree)}}
    kit = {name for name in inner if any(part(other) == "web" for other in imports[name])}
    assert libraries | kit == set()


def test_there_are_no_circles(imports):
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))
