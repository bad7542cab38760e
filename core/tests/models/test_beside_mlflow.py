"""What comes out of the real MLflow comes out here: signatures, enforcement, examples and payloads, case by case."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runyard.testing.mlflow_scripts import MlflowScripts

FOLDER = Path(__file__).parent / "beside_mlflow"

# Case by case, where Runyard is meant to do better, and how.
CATEGORIES = (
    "categories are a way to store a column, which inference takes for their values and enforcement here does too"
)
BYTES = "numpy's bytes lose the zeros at their ends, so bytes stay objects"
MOMENTS = "a datetime in an object is a datetime"
VALID = "JSON knows no NaN, so what is missing is null, as MLflow itself means to write it"
NO_OTHER_NUMBER = "a number that would become another one is refused"
BETTER: dict[str, dict[str, str]] = {
    "signature_cases": {},
    "hint_cases": {},
    "enforce_cases": {
        "column of categories of text as string": CATEGORIES,
        "column of categories of text as binary": CATEGORIES,
        "column of categories of numbers as double": CATEGORIES,
        "table: any of ints": "a column of any type is left alone, not made anew from a list of its values",
        "required cell: bytes that end in zeros": BYTES,
        "optional cell: bytes that end in zeros": BYTES,
        "required cell: object of datetime": MOMENTS,
        "optional cell: object of datetime": MOMENTS,
        "tensor: frame with another index": "the first row is found by position, not by the label 0",
    },
    "payload_cases": {
        "request: split of floats as longs": NO_OTHER_NUMBER,
        "request: inputs of floats as longs": NO_OTHER_NUMBER,
        "request: inputs of text with none": "what is missing does not become the text 'None'",
        **{
            f"{reply}: {name}": VALID
            for reply in ("reply", "unwrapped reply")
            for name in ("frame", "missing numbers", "missing numbers in a frame", "infinities")
        },
        "reply: nanoseconds": "moments are ISO text, whatever their unit",
        "unwrapped reply: nanoseconds": "moments are ISO text, whatever their unit",
    },
    "example_cases": {
        "written: frame": VALID,
        "written: frame with an index": VALID,
        "written: frame with missing numbers": VALID,
        "written: frame with params": VALID,
        "read: csc": "a missing number in a sparse matrix is read as NaN, not as an object",
    },
}
LEAST = {
    "signature_cases": 250,
    "hint_cases": 90,
    "enforce_cases": 600,
    "payload_cases": 150,
    "example_cases": 90,
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


@pytest.fixture(scope="module")
def of_mlflow(runyard_mlflow: MlflowScripts, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What MLflow answers to the cases of every module, asked in one process, for it takes long to import."""
    environment = {"PATH": os.environ["PATH"], "DO_NOT_TRACK": "true"}
    folder = tmp_path_factory.mktemp("mlflow")
    done = runyard_mlflow.run(str(FOLDER / "run_cases.py"), "mlflow", *LEAST, environ=environment, folder=folder)
    assert done.returncode == 0, done.stderr[-4000:]
    return dict(json.loads(done.stdout.strip().rsplit("\n", 1)[-1]))


def plain(outcome: Any) -> Any:
    """An outcome without the words of a refusal, which each library has of its own."""
    return {"refused": True} if isinstance(outcome, dict) and "refused" in outcome else outcome


@pytest.mark.mlflow
@pytest.mark.parametrize("module", LEAST)
def test_the_same_comes_out(module: str, of_mlflow: dict[str, dict[str, Any]]) -> None:
    ours, theirs = with_runyard(module), of_mlflow[module]
    assert list(ours) == list(theirs)
    assert len(ours) >= LEAST[module]
    different = {name: [ours[name], theirs[name]] for name in ours if plain(ours[name]) != plain(theirs[name])}
    assert {name: pair for name, pair in different.items() if name not in BETTER[module]} == {}
    assert set(BETTER[module]) <= set(different), "said to differ, and does not"
    refused = [name for name in ours if plain(ours[name]) == {"refused": True}]
    assert 0 < len(refused) < len(ours), "cases of both kinds are what makes this a test"
