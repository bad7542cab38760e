"""Runs scripts in MLflow's environment: writes as JSON what their `answers()` yield, exceptions as their codes.

A request is a line of JSON on the standard input: the path of a script, the folder to run it in, and the URL of a
server. Each script runs in a process of its own, forked from this one, which has imported what takes long. Its exit
code is a line on the standard output; in its folder it leaves `answers.json`, and `output.txt` with what it printed.
"""

from __future__ import annotations

import json
import math
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.pyplot  # noqa: F401, ICN001 - what scripts use is imported once, as are the two below
import mlflow.cli
import mlflow.sklearn  # noqa: F401
from mlflow.entities._mlflow_object import _MlflowObject
from mlflow.exceptions import MlflowException
from mlflow.store.entities import PagedList

PATIENCE = 280  # seconds that a script may take


def plain(value: Any) -> Any:
    """The same as JSON can have it; MLflow's entities become their public fields."""
    match value:
        case None | str() | bool() | int() | float():
            return str(value) if isinstance(value, float) and not math.isfinite(value) else value
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case PagedList():
            return {"items": [plain(item) for item in value], "more": bool(value.token)}
        case list() | tuple():
            return [plain(item) for item in value]
        case _MlflowObject():
            return {name: plain(item) for name, item in value}
    return _called(value) if callable(value) else str(value)


def _called(value: Any) -> Any:
    try:
        return plain(value())
    except MlflowException as error:
        return {"refused": error.error_code}


def _run(script: str, folder: str, url: str) -> int:
    """Run a script in a fork; its exit code."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    code = 1
    try:
        signal.alarm(PATIENCE)
        os.chdir(folder)
        output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.environ["MLFLOW_TRACKING_URI"] = url
        answers = [(name, plain(value)) for name, value in runpy.run_path(script)["answers"]()]
        Path("answers.json").write_text(json.dumps(answers), encoding="utf-8")
        code = 0
    except BaseException:  # noqa: BLE001 - it is shown, and nothing of the parent's may run here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    for line in sys.stdin:
        print(_run(**json.loads(line)), flush=True)  # noqa: T201 - the answer to a request
