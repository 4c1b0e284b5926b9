"""Reads declarations as JSON from standard input and tells what each comes to, each in a process of its own.

Models live in one registry for each process; a fork gives every declaration a fresh one without starting Python anew.
"""

import __future__

import json
import os
import sys
from types import ModuleType

import mainspring  # noqa: F401 - loaded once, before the forks
from mainspring.errors import DeclarationError
from mainspring.model.catalog import freeze

TEXT = "from __future__ import annotations"
HEAD = """
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID
from mainspring import *
from mainspring import field, many, one
"""


def outcome(body: str) -> str:
    """`fine`, or the message of the refusal."""
    flags = __future__.annotations.compiler_flag if TEXT in body else 0
    source = HEAD.replace("\n", ";")[1:-1] + "\n" + body.replace(TEXT, "")  # the head on line 1, the body from line 2 on
    module = sys.modules["app"] = ModuleType("app")
    try:
        exec(compile(source, "app.py", "exec", flags), module.__dict__)
        freeze()
    except DeclarationError as error:
        return str(error)
    return "fine"


def main() -> None:
    """Fork for each declaration."""
    results: dict[str, str] = {}
    for name, body in json.load(sys.stdin).items():
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.write(writer, outcome(body).encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            results[name] = pipe.read()
        os.wait()
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
