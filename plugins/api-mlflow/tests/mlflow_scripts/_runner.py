"""Runs a script in MLflow's environment: writes as JSON what its `answers()` yield, exceptions as their codes.

It is given the path of the script and the URL of a server.
"""

from __future__ import annotations

import json
import math
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def main(script: str, url: str) -> None:
    """Ask a server what a script asks, and write the answers down in this folder."""
    signal.alarm(PATIENCE)
    os.environ["MLFLOW_TRACKING_URI"] = url
    answers = [(name, plain(value)) for name, value in runpy.run_path(script)["answers"]()]
    Path("answers.json").write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
