"""MLflow's own client finds what Runyard's Python API logged to the same server, and the tables are alike."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from mlflow_answers import SCRIPTS, ScriptRunner

import runyard as ry
from runyard.entities import LoggedModelOutput
from runyard.host import Host, set_default_host
from runyard.settings import Settings
from runyard.testing.server import running_server
from runyard.tracking.frames import MODEL_COLUMNS

pytestmark = [pytest.mark.mlflow, pytest.mark.slow, pytest.mark.timeout(900)]


def log(folder: Path) -> None:
    """A run with a logged model of two versions, and another model."""
    (folder / "weights.txt").write_text("1 2 3")
    dataset = ry.data.from_numpy(np.array([1.0]), name="test")
    ry.set_experiment("from runyard")
    with ry.start_run() as run:
        model = ry.initialize_logged_model("net", params={"depth": 3})
        ry.initialize_logged_model("other", params={"depth": 3})
        ry.log_outputs([LoggedModelOutput(model.model_id, step=2)])
        ry.log_metric("acc", 0.75, step=2, model_id=model.model_id, dataset=dataset)
        ry.Client().log_model_artifact(model.model_id, folder / "weights.txt")
        ry.finalize_logged_model(model.model_id, "READY")
    ry.register_model(f"runs:/{run.info.run_id}/net", "registered")
    ry.register_model("models:/registered/1", "registered")


def test_mlflow_finds_what_runyard_logged(runner: ScriptRunner, tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        settings = Settings(tracking_uri=server.url, data_dir=str(tmp_path / "data"), root=tmp_path)
        with Host(settings) as host:
            earlier = set_default_host(host)
            try:
                log(tmp_path)
            finally:
                set_default_host(earlier)
        found = runner.answers(SCRIPTS / "_reads_runyard.py", server.url, tmp_path / "work")
    values = [value for _, value in found]
    versions = '[{"name": "registered", "version": 1}, {"name": "registered", "version": 2}]'
    assert values == [
        ["net"],
        "READY",
        versions,
        [["acc", 0.75, 2, "test"]],
        [[True, 2]],
        {"acc": 0.75},
        ["weights.txt"],
        *["1 2 3"] * 4,
        [True, True],
        sorted(MODEL_COLUMNS),
    ]
