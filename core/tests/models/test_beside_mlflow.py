"""What comes out of the real MLflow comes out here: signatures, enforcement, examples and payloads, case by case."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "beside_mlflow"

# Case by case, where Runyard is meant to do better, and how.
BETTER: dict[str, dict[str, str]] = {
    "signature_cases": {},
}


@contextmanager
def _beside(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def with_runyard(module: str) -> dict[str, Any]:
    with _beside(FOLDER):
        libraries = importlib.import_module("libraries")
        lib = libraries.library("runyard")
        outcomes = libraries.outcomes(importlib.import_module(module).cases(lib), lib.errors)
    return dict(json.loads(json.dumps(outcomes)))


def with_mlflow(module: str, folder: Path) -> dict[str, Any]:
    python = os.environ.get("RUNYARD_TEST_MLFLOW")
    if not python:
        pytest.skip("no mlflow: set RUNYARD_TEST_MLFLOW to the Python of an environment that has it")
    command = [python, "-W", "ignore", str(FOLDER / "run_cases.py"), "mlflow", module]
    environment = {"PATH": os.environ["PATH"], "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout.strip().rsplit("\n", 1)[-1]))


def plain(outcome: Any) -> Any:
    """An outcome without the words of a refusal, which each library has of its own."""
    return {"refused": True} if isinstance(outcome, dict) and "refused" in outcome else outcome


@pytest.mark.mlflow
@pytest.mark.parametrize(("module", "least"), [("signature_cases", 250)])
def test_the_same_comes_out(module: str, least: int, tmp_path: Path) -> None:
    ours, theirs = with_runyard(module), with_mlflow(module, tmp_path)
    assert list(ours) == list(theirs)
    assert len(ours) >= least
    better = {name for name in BETTER[module] if plain(ours[name]) != plain(theirs[name])}
    assert better == set(BETTER[module]), "these are said to differ and do not"
    different = {
        name: {"runyard": ours[name], "mlflow": theirs[name]}
        for name in ours
        if plain(ours[name]) != plain(theirs[name]) and name not in better
    }
    assert different == {}, json.dumps(different, indent=1)
    assert any(plain(outcome) == {"refused": True} for outcome in ours.values())
