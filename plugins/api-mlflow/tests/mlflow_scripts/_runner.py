"""Runs a script in MLflow's environment: prints as JSON what its `answers()` yields, exceptions as their codes."""

from __future__ import annotations

import json
import math
import runpy
import sys
from collections.abc import Mapping
from typing import Any

from mlflow.entities._mlflow_object import _MlflowObject
from mlflow.exceptions import MlflowException
from mlflow.store.entities import PagedList


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


if __name__ == "__main__":
    found = [(name, plain(value)) for name, value in runpy.run_path(sys.argv[1])["answers"]()]
    sys.stdout.write("\n" + json.dumps(found) + "\n")
