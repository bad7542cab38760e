"""A program for another Python: it imports what takes long once, and runs each script in a fork of itself.

`runyard.testing.mlflow_scripts` starts it by the path of this file, for Runyard is not installed there. It is told of
each script by a line of JSON on its input, and answers by the exit code; it ends when its input does.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any


def main() -> None:
    """Serve, and in a fork run a script; that ends as any program does, with all that is to be done at its exit."""
    del sys.path[0]  # the folder of this file, which is none of the script's
    # The standard streams are those of scripts.
    asked, told = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _import(sys.argv[1:])
    for line in asked:
        request = json.loads(line)
        _import(request["modules"])
        gc.freeze()  # a fork that need not look at what was imported shares its memory and ends sooner
        child = os.fork()
        if child == 0:
            asked.close()
            told.close()
            _run(request)
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=told, flush=True)


def _import(modules: list[str]) -> None:
    for name in modules:
        if find_spec(name.partition(".")[0]):
            importlib.import_module(name)


def _run(request: dict[str, Any]) -> None:
    """Make this process what `python WORDS` would be, and run the script."""
    for descriptor, name in enumerate(("input", "output", "errors")):
        file = os.open(Path(request["streams"], name), os.O_RDWR)
        os.dup2(file, descriptor)
        os.close(file)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environ"])
    first, *words = request["words"]
    if first == "-c":
        source, name, beside = words.pop(0), "<string>", ""
    else:
        source, name, beside = Path(first).read_text(encoding="utf-8"), first, str(Path(first).parent)
    sys.argv[:] = [first, *words]
    sys.path[:0] = [beside, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    importlib.invalidate_caches()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # as each process begins; Python itself sees to its own numbers
    script = ModuleType("__main__")
    if first != "-c":
        script.__file__ = first
    sys.modules["__main__"] = script
    exec(compile(source, name, "exec"), script.__dict__)


if __name__ == "__main__":
    main()
