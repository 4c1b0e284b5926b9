"""Nothing is too long to be read at one sitting."""

import ast

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60


def test_no_file_is_too_long(modules):
    lengths = {str(each.path): len(each.text.splitlines()) for each in modules.values()}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES_OF_A_FILE} == {}


def test_no_function_is_too_long(modules):
    lengths = {
        f"{each.path}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for each in modules.values()
        for node in ast.walk(each.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION} == {}
