"""Scripts of the unmodified mlflow client get the same answers from Runyard as from MLflow's own server.

Each file of `mlflow_scripts` has a function `answers()` that yields (name, value); a value that is callable is called,
and the code of an MLflow exception counts as its answer. A script that knows of an intended difference has a mapping
`DIFFERENCES` from the name of an answer to the reason. MLflow's answers are asked for once in a session.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from mlflow_servers import SCRIPTS, differences, mlflow_server, run_script, runyard_server

pytestmark = [pytest.mark.mlflow, pytest.mark.slow, pytest.mark.timeout(900)]

NAMES = sorted(path.stem for path in SCRIPTS.glob("[!_]*.py"))
Answers = list[tuple[str, Any]]


@pytest.fixture(scope="session")
def mlflow_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """MLflow's own server, started once."""
    _need_mlflow()
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as url:
        yield url


@pytest.fixture(scope="session")
def mlflow_answers(mlflow_url: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Answers]:
    """What MLflow's server answers, by script; asked on first use."""

    class Asked(dict[str, Answers]):
        def __missing__(self, name: str) -> Answers:
            self[name] = run_script(SCRIPTS / f"{name}.py", mlflow_url, tmp_path_factory.mktemp(name))
            return self[name]

    return Asked()


@pytest.mark.parametrize("name", NAMES)
def test_a_script_gets_the_answers_that_mlflow_gives(
    name: str, mlflow_answers: Mapping[str, Answers], database_uri: str, tmp_path: Path
) -> None:
    expected = mlflow_answers[name]
    with runyard_server(tmp_path, database_uri) as url:
        found = run_script(SCRIPTS / f"{name}.py", url, tmp_path / "work")
    intended = differences(SCRIPTS / f"{name}.py")
    assert [answer for answer, _ in found] == [answer for answer, _ in expected]
    different = {
        answer: {"runyard": ours, "mlflow": theirs}
        for (answer, ours), (_, theirs) in zip(found, expected, strict=True)
        if ours != theirs
    }
    assert {answer: both for answer, both in different.items() if answer not in intended} == {}
    assert set(intended) <= set(different), "a difference that is listed is none"


def _need_mlflow() -> None:
    if not os.environ.get("RUNYARD_TEST_MLFLOW"):
        pytest.skip("no mlflow: set RUNYARD_TEST_MLFLOW to the Python of an environment that has it")
