"""Each example runs as it stands and leaves what it promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from runyard import Client, Host, Settings
from runyard.models import get_model_info

EXAMPLES = Path(__file__).parents[1] / "examples"


def printed_by(name: str, folder: Path) -> str:
    """What an example prints in a folder that holds its data."""
    (folder / "runyard.toml").touch()  # the data folder is here, whatever lies above
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name)], cwd=folder, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_demo_tracks_a_sweep_and_shows_it(tmp_path: Path) -> None:
    printed = printed_by("digits_sweep.py", tmp_path)

    assert "runyard runs list" in printed
    assert "Now type" in printed
    assert "see them at http://127.0.0.1:5000/experiments/1?sort=-metrics.accuracy" in printed
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


@pytest.mark.slow
def test_the_demo_registers_a_model_and_asks_it_in_three_ways(tmp_path: Path) -> None:
    printed = printed_by("wine_model.py", tmp_path)

    assert "runyard models predict -m models:/wine@champion" in printed
    told = re.search(r"(\d+) of 54 wines", printed)
    assert told is not None
    assert int(told[1]) > 50
    loaded = re.search(r"models:/wine@champion: (\[\d\]) for", printed)
    posted = re.search(r"POST http\S+/invocations: (\[\d\]) for", printed)
    assert loaded is not None
    assert posted is not None
    assert loaded[1] == posted[1]
    with Host(Settings.load({}, environ={}, cwd=tmp_path)) as host:
        version = Client(host=host).get_model_version_by_alias("wine", "champion")
        assert version.version in {1, "1"}
        info = get_model_info("models:/wine@champion", host=host)
        assert info.signature is not None
        assert info.saved_input_example_info is not None
