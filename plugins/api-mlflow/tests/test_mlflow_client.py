"""Scripts of the unmodified mlflow client get the same answers from Runyard as from MLflow's own server.

Each file of `mlflow_scripts` has a function `answers()` that yields (name, value); a value that is callable is called,
and the code of an MLflow exception counts as its answer. A script that knows of an intended difference has a mapping
`DIFFERENCES` from the name of an answer to the reason. MLflow's answers are asked for once in a session.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from mlflow_answers import SCRIPTS, ScriptRunner, differences

from runyard.testing.server import running_server

pytestmark = [pytest.mark.mlflow, pytest.mark.slow, pytest.mark.timeout(900)]

NAMES = sorted(path.stem for path in SCRIPTS.glob("[!_]*.py"))
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
Answers = list[tuple[str, Any]]
FreshDatabase = Callable[[str, Path], AbstractContextManager[str]]


@pytest.fixture(scope="module", params=DATABASES)
def own_url(
    request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """`runyard server` on a fresh database of each kind; as MLflow's, it holds what earlier scripts left."""
    folder = tmp_path_factory.mktemp("runyard")
    with fresh_database(request.param, folder) as uri, running_server(folder, "--backend-store-uri", uri) as server:
        yield server.url


@pytest.fixture(scope="module")
def told() -> dict[str, Answers]:
    """What MLflow's server has answered, by script."""
    return {}


@pytest.fixture
def expected(name: str, told: dict[str, Answers], runner: ScriptRunner, mlflow_url: str, tmp_path: Path) -> Answers:
    """What MLflow's server answers a script; asked on first use."""
    if name not in told:
        told[name] = runner.answers(SCRIPTS / f"{name}.py", mlflow_url, tmp_path / "mlflow")
    return told[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_script_gets_the_answers_that_mlflow_gives(
    name: str, expected: Answers, runner: ScriptRunner, own_url: str, tmp_path: Path
) -> None:
    found = runner.answers(SCRIPTS / f"{name}.py", own_url, tmp_path / "runyard")
    intended = differences(SCRIPTS / f"{name}.py")
    assert [answer for answer, _ in found] == [answer for answer, _ in expected]
    different = {
        answer: {"runyard": ours, "mlflow": theirs}
        for (answer, ours), (_, theirs) in zip(found, expected, strict=True)
        if ours != theirs
    }
    assert {answer: both for answer, both in different.items() if answer not in intended} == {}
    assert set(intended) <= set(different), "a difference that is listed is none"
