"""Each example runs as it stands and leaves what it promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runyard import Client, Host, Settings

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.slow
def test_the_demo_tracks_a_sweep_and_shows_it(tmp_path: Path) -> None:
    (tmp_path / "runyard.toml").touch()  # the data folder is here, whatever lies above
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "digits_sweep.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "runyard runs list" in done.stdout
    assert "Now type" in done.stdout
    with Host(Settings.load({}, environ={}, cwd=tmp_path)) as host:
        client = Client(host=host)
        experiment = client.get_experiment_by_name("demo/digits")
        assert experiment is not None
        runs = client.search_runs([experiment.experiment_id])
        (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
        children = [run for run in runs if run is not parent]
        assert len(children) == 12
        assert {run.info.status for run in runs} == {"FINISHED"}
        assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
        assert parent.data.metrics["best_accuracy"] == max(run.data.metrics["accuracy"] for run in children) > 0.9
        assert [each.dataset.name for each in parent.inputs.dataset_inputs] == ["digits"]
        for run in children:
            assert set(run.data.params) == {"hidden", "learning_rate", "alpha"}
            assert len(client.get_metric_history(run.info.run_id, "valid_loss")) == 12
            assert {file.path for file in client.list_artifacts(run.info.run_id)} >= {"confusion_matrix.png", "model"}
            assert [file.path for file in client.list_artifacts(run.info.run_id, "model")] == ["model/model.pkl"]
