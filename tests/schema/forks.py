"""A process that has imported everything, and forks for each piece of work: starting Python anew would take most of the time."""

import importlib
import json
import os
import sys
import traceback

READY = ("alembic.migration", "alembic.operations", "mainspring.app", "mainspring.cli.migrate")


def work(folder: str, code: str, arguments: list[str], output: str, errors: str) -> None:
    os.chdir(folder)
    for descriptor, path in ((1, output), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv, sys.path[0] = ["-c", *arguments], ""
    sys.dont_write_bytecode = True  # a source saved twice in one second with one length would be taken for the first
    try:
        exec(compile(code, "<test>", "exec"), {"__name__": "__main__"})
        result = 0
    except SystemExit as end:
        result = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - what Python itself would do with it
        traceback.print_exc()
        result = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(result)


for name in READY:
    importlib.import_module(name)
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        work(**asked)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.stdout.write(f"{code}\n")
    sys.stdout.flush()
