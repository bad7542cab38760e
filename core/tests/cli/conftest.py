"""A host on SQLite in a folder of the test's own, the command line on it, and runs to look at."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from runyard import Host, Settings
from runyard.cli.context import Context
from runyard.cli.main import root
from runyard.entities import Metric, Run, RunStart, RunStatus, RunUpdate


@attrs.frozen
class CommandLine:
    """What a person types, and what they see; not on a terminal."""

    host: Host

    def run(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(root, list(words), obj=Context(self.host), input=typed, prog_name="runyard")

    def __call__(self, *words: str) -> str:
        """Run a command that must succeed, and give what it prints."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))

    def lines(self, *words: str) -> list[list[str]]:
        """The words of every line."""
        return [line.split() for line in self(*words).splitlines()]

    def refused(self, *words: str) -> str:
        """Run a command that must be refused, and give the message."""
        result = self.run(*words)
        assert result.exit_code == 1, result.output
        assert result.stderr.startswith("runyard: ")
        assert result.stdout == ""
        return result.stderr.removeprefix("runyard: ")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with Host(Settings(data_dir=str(tmp_path / "runyard-data"), root=tmp_path, strict_plugins=True)) as opened:
        yield opened


@pytest.fixture
def cli(host: Host) -> CommandLine:
    return CommandLine(host)


AddRun = Callable[..., Run]


@pytest.fixture
def add_run(host: Host) -> AddRun:
    """Create a finished run in an experiment that is created where it is missing."""

    def add(
        run_id: str,
        name: str = "",
        *,
        experiment: str = "digits",
        start: int = 1_700_000_000_000,
        params: Mapping[str, str] | None = None,
        curves: Mapping[str, list[float]] | None = None,
        tags: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Run:
        store = host.tracking_store()
        found = store.get_experiment_by_name(experiment)
        number = store.create_experiment(experiment).experiment_id if found is None else found.experiment_id
        run = store.create_run(RunStart(run_id, name or run_id, "ada", start, experiment_id=number))
        points = [
            Metric(key, value, start + step, step)
            for key, values in (curves or {}).items()
            for step, value in enumerate(values)
        ]
        store.log_batch(run_id, metrics=points, params=params, tags=tags)
        store.update_run(RunUpdate(run_id, status=RunStatus.FINISHED, end_time=start + 90_000))
        for path, content in (files or {}).items():
            host.artifact_store(run.info.artifact_uri).write(path, BytesIO(content))
        return store.get_run(run_id)

    return add


@pytest.fixture
def three_runs(add_run: AddRun) -> list[Run]:
    """Three runs of one experiment; the middle one is the best."""
    return [
        add_run("aa11", "slow", start=1_000, params={"lr": "0.01", "depth": "3"}, curves={"loss": [1.0, 0.5]}),
        add_run(
            "aa22",
            "best",
            start=2_000,
            params={"lr": "0.1", "depth": "3"},
            curves={"loss": [1.0, 0.4, 0.1], "accuracy": [0.9]},
            tags={"team": "vision", "mlflow.note.content": "the good one"},
            files={"model/weights.bin": b"x" * 2_000, "notes.txt": b"fine"},
        ),
        add_run("bb33", "broken", start=3_000, params={"lr": "10", "depth": "3"}, curves={"loss": [1.0, math.nan]}),
    ]
