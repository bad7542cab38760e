"""Runs are run again from what they have recorded: `runyard reproduce`, and what differs: `runyard runs diff`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import pytest

import runyard as ry
from runyard.entities import Run
from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.server import clean_environment

MLPROJECT = """
name: again
entry_points:
  main:
    parameters:
      x: float
    command: "python train.py {x}"
"""
TRAIN = """
import os, sys
import runyard as ry
with ry.start_run():
    ry.log_param("found", "by the program")
    ry.log_metric("score", float(sys.argv[1]) * FACTOR + float(os.environ.get("DRIFT", "0")))
    ry.log_metric("gone", float("nan"))
"""


@attrs.frozen
class Place:
    """A repository with a project and a script, and a tracking store of its own."""

    folder: Path
    environ: Mapping[str, str]
    client: ry.Client

    @property
    def code(self) -> Path:
        return self.folder / "repository" / "code"

    def git(self, *words: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
        done = subprocess.run(
            ["git", *identity, *words], cwd=self.code.parent, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, factor: int) -> None:
        (self.code / "train.py").write_text(TRAIN.replace("FACTOR", str(factor)))

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "a change")
        return self.git("rev-parse", "HEAD")

    def runyard(self, *words: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.command([sys.executable, "-m", "runyard", *words], code=code, **variables)

    def command(self, words: list[str], *, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            words, cwd=self.code, env={**self.environ, **variables}, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def last(self) -> Run:
        experiments = [one.experiment_id for one in self.client.search_experiments()]
        run: Run = self.client.search_runs(experiments, order_by=["attributes.start_time DESC"], max_results=1)[0]
        return run

    def reproduce(self, run: Run, *words: str, code: int = 0, **variables: str) -> dict[str, object]:
        done = self.runyard("reproduce", run.info.run_id, "--env", "local", "--json", *words, code=code, **variables)
        said: dict[str, object] = json.loads(done.stdout)
        return said


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    data = str(tmp_path / "runyard-data")
    with Host(Settings(tracking_uri=data, data_dir=data)) as host:
        environ = {**clean_environment(), "RUNYARD_TRACKING_URI": data, "RUNYARD_DATA_DIR": data}
        made = Place(tmp_path, environ, ry.Client(host=host))
        made.code.mkdir(parents=True)
        made.git("init", "-q")
        (made.code / "MLproject").write_text(MLPROJECT)
        made.write(2)
        made.commit()
        yield made


def test_a_run_of_a_project_is_reproduced_from_its_commit_and_its_changes(place: Place) -> None:
    place.write(3)  # not committed
    place.runyard("run", ".", "-P", "x=1.5")
    original = place.last()
    assert original.data.metrics["score"] == 4.5
    place.write(100)
    place.commit()
    said = place.reproduce(original)
    again = place.last()
    assert (said["reproduced"], said["run_id"]) == (True, again.info.run_id)
    assert again.data.metrics["score"] == 4.5
    assert again.data.params == original.data.params == {"x": "1.5", "found": "by the program"}
    assert again.data.tags["runyard.reproduces"] == original.info.run_id
    assert again.data.tags["mlflow.source.git.commit"] == original.data.tags["mlflow.source.git.commit"]


def test_drift_is_told_and_is_an_exit_code(place: Place) -> None:
    place.runyard("run", ".", "-P", "x=1")
    original = place.last()
    said = place.reproduce(original, code=3, DRIFT="0.02")
    metrics = {one["name"]: one for one in said["metrics"]}  # type: ignore[attr-defined]
    assert (metrics["score"]["before"], metrics["score"]["is_within"]) == (2.0, False)
    assert metrics["gone"]["is_within"] is True, "what is no number is not the same as itself"
    assert place.reproduce(original, "--rtol", "0.02", DRIFT="0.02")["reproduced"] is True
    assert place.reproduce(original, "--tolerance", "score=0.02", DRIFT="0.02")["reproduced"] is True
    assert place.reproduce(original, "--atol", "0.001", code=3, DRIFT="0.02")["reproduced"] is False
    shown = place.runyard("reproduce", original.info.run_id, "--env", "local", code=3, DRIFT="0.02")
    assert "drifted" in shown.stdout
    assert "is not reproduced" in shown.stderr


def test_a_run_of_a_script_is_reproduced_by_its_command(place: Place) -> None:
    place.command([sys.executable, "train.py", "5"])
    original = place.last()
    place.write(7)
    assert place.reproduce(original)["reproduced"] is True
    assert place.last().data.metrics["score"] == 10.0
    assert place.last().info.run_id != original.info.run_id


def test_its_packages_are_installed_again(place: Place) -> None:
    place.runyard("run", ".", "-P", "x=1")
    original = place.last()
    store = place.client.artifact_store(original.info.run_id)
    with store.open("runyard/requirements.txt") as file:
        lines = file.read().decode().splitlines()
    # All of what is installed here would take long; its own packages bring what they need.
    kept = [line for line in lines if line.startswith(("# Python", "# runyard", "runyard"))]
    assert len(kept) > 5
    place.client.log_text(original.info.run_id, "\n".join([*kept, "six==1.16.0", ""]), "runyard/requirements.txt")
    said = json.loads(place.runyard("reproduce", original.info.run_id, "--env", "uv", "--json").stdout)
    assert said["reproduced"] is True
    with place.client.artifact_store(said["run_id"]).open("runyard/requirements.txt") as file:
        packages = file.read().decode()
    assert "six==1.16.0" in packages
    assert "import-linter" not in packages


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"runyard.command": "python train.py --token ***"}, "holds what was not recorded"),
        ({"runyard.command": ""}, "has not recorded its command"),
        ({"mlflow.source.git.dirty": "true"}, "uncommitted changes that were not kept"),
        ({"mlflow.source.git.commit": "1" * 40}, "no version"),
    ],
)
def test_what_was_not_recorded_is_said(place: Place, change: dict[str, str], said: str) -> None:
    place.command([sys.executable, "train.py", "5"])
    run_id = place.last().info.run_id
    for key, value in change.items():
        place.client.set_tag(run_id, key, value)
    done = place.runyard("reproduce", run_id, "--env", "local", code=1)
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_differs_between_runs_is_shown(place: Place) -> None:
    place.runyard("run", ".", "-P", "x=1")
    first = place.last().info.run_id
    place.write(5)
    place.runyard("run", ".", "-P", "x=1", "-P", "y=2")
    second = place.last().info.run_id
    said = json.loads(place.runyard("runs", "diff", first, second, "--json").stdout)
    assert [(one["key"], one["before"], one["after"], one["delta"]) for one in said["metrics"]] == [
        ("score", 2.0, 5.0, 3.0)
    ]
    assert [(one["key"], one["before"], one["after"]) for one in said["params"]] == [("y", None, "2")]
    assert [(one["key"], one["after"]) for one in said["code"]] == [("dirty", "true")]
    assert any(line.startswith("++") for line in said["patch"]["code/train.py"])
    shown = place.runyard("runs", "diff", first, second).stdout
    assert "uncommitted changes of code/train.py" in shown
    assert "give two different runs" in place.runyard("runs", "diff", first, first, code=1).stderr
