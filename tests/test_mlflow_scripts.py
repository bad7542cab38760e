"""Training scripts written for MLflow run with `import runyard as mlflow` and store what they say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runyard import Client, Host, Settings

TRAINING = """
import os

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.model_selection import train_test_split

mlflow.set_experiment("diabetes/elastic-net")

frame = load_diabetes(as_frame=True).frame
train, test = train_test_split(frame, random_state=0)
alpha, l1_ratio = 0.05, 0.5

with mlflow.start_run(run_name="baseline", tags={"team": "research"}) as run:
    mlflow.log_input(mlflow.data.from_pandas(train, name="diabetes", targets="target"), context="training")
    mlflow.log_params({"alpha": alpha, "l1_ratio": l1_ratio})
    model = ElasticNet(alpha=alpha, l1_ratio=l1_ratio, random_state=0)
    model.fit(train.drop(columns="target"), train["target"])
    predicted = model.predict(test.drop(columns="target"))
    rmse = np.sqrt(mean_squared_error(test["target"], predicted))
    mlflow.log_metric("rmse", rmse)
    truth = test["target"]
    mlflow.log_metrics({"mae": mean_absolute_error(truth, predicted), "r2": r2_score(truth, predicted)})
    mlflow.set_tag("model", type(model).__name__)
    mlflow.set_tags({"mlflow.note.content": "a first try", "rows": len(train)})

    fig, ax = plt.subplots()
    ax.scatter(test["target"], predicted)
    mlflow.log_figure(fig, "plots/residuals.png")
    mlflow.log_dict({"coefficients": model.coef_.tolist()}, "coefficients.json")
    mlflow.log_text("trained on diabetes", "notes.txt")
    mlflow.log_table(pd.DataFrame({"truth": truth[:3].tolist(), "predicted": predicted[:3].tolist()}), "rows.json")
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/model.txt", "w") as file:
        file.write("model")
    mlflow.log_artifact("outputs/model.txt")
    mlflow.log_artifacts("outputs", artifact_path="model")
    assert mlflow.get_artifact_uri().endswith(f"{run.info.run_id}/artifacts")
    assert mlflow.active_run().info.run_id == run.info.run_id

assert mlflow.last_active_run().info.run_id == run.info.run_id
local = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="notes.txt")
assert open(local).read() == "trained on diabetes"
assert mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/coefficients.json")["coefficients"]
print(run.info.run_id)
"""

SEARCH = """
import math
import random

mlflow.set_experiment("sweeps")
random.seed(0)

def objective(lr, depth):
    for epoch in range(20):
        mlflow.log_metric("loss", math.exp(-lr * epoch) + depth / 100, step=epoch)
    return math.exp(-lr * 19) + depth / 100

with mlflow.start_run(run_name="sweep", description="random search") as parent:
    for trial in range(6):
        with mlflow.start_run(nested=True, run_name=f"trial-{trial}"):
            params = {"lr": random.choice([0.01, 0.1, 0.5]), "depth": trial}
            mlflow.log_params(params)
            mlflow.log_metric("score", objective(**params))
            if trial == 5:
                mlflow.log_metric("broken", float("nan"))

runs = mlflow.search_runs(
    filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}' and metrics.score < 100",
    order_by=["metrics.score ASC"],
)
assert len(runs) == 6, runs
assert list(runs["metrics.score"]) == sorted(runs["metrics.score"])
assert set(runs["status"]) == {"FINISHED"}
best = runs.iloc[0]
client = mlflow.MlflowClient()
history = client.get_metric_history(best.run_id, "loss")
assert [point.step for point in history] == list(range(20))
client.set_tag(parent.info.run_id, "best", best.run_id)
assert client.get_parent_run(best.run_id).info.run_id == parent.info.run_id
try:
    with mlflow.start_run() as failed:
        raise RuntimeError("out of memory")
except RuntimeError:
    pass
assert mlflow.get_run(failed.info.run_id).info.status == "FAILED"
with mlflow.start_run(run_id=failed.info.run_id):
    mlflow.log_param("resumed", True)
assert mlflow.get_run(failed.info.run_id).info.status == "FINISHED"
print(best.run_id)
"""

CLIENT = """
import time

client = mlflow.tracking.MlflowClient()
experiment_id = client.create_experiment("registry", tags={"owner": "ann"})
experiment = client.get_experiment_by_name("registry")
assert experiment.experiment_id == experiment_id and experiment.tags["owner"] == "ann"
assert experiment.lifecycle_stage == "active"
try:
    client.create_experiment("registry")
except mlflow.exceptions.MlflowException as error:
    assert error.error_code == "RESOURCE_ALREADY_EXISTS", error.error_code
else:
    raise AssertionError

run = client.create_run(experiment_id, run_name="trained")
run_id = run.info.run_id
now = int(time.time() * 1000)
client.log_batch(
    run_id,
    metrics=[mlflow.entities.Metric("loss", 1.0 / (step + 1), now + step, step) for step in range(10)],
    params=[mlflow.entities.Param("lr", "0.1")],
    tags=[mlflow.entities.RunTag("stage", "dev")],
)
client.log_param(run_id, "depth", 3)
client.log_metric(run_id, "acc", 0.9, step=1)
client.log_text(run_id, "weights", "model/weights.txt")
client.set_terminated(run_id)
data = client.get_run(run_id).data
assert data.params == {"lr": "0.1", "depth": "3"}
assert data.metrics == {"loss": 0.1, "acc": 0.9}
assert [file.path for file in client.list_artifacts(run_id, "model")] == ["model/weights.txt"]

found = client.search_runs([experiment_id], "params.lr = '0.1'", run_view_type=mlflow.entities.ViewType.ALL)
assert [each.info.run_id for each in found] == [run_id]
client.delete_run(run_id)
assert client.get_run(run_id).info.lifecycle_stage == "deleted"
assert len(client.search_runs([experiment_id], run_view_type=mlflow.entities.ViewType.DELETED_ONLY)) == 1
client.restore_run(run_id)

source = client.get_run(run_id).info.artifact_uri + "/model"
client.create_registered_model("digits", description="reads digits")
version = client.create_model_version("digits", source, run_id, tags={"quality": "good"})
client.create_model_version("digits", source, run_id)
client.set_registered_model_alias("digits", "champion", version.version)
client.transition_model_version_stage("digits", version.version, "Production", archive_existing_versions=True)
assert int(client.get_model_version_by_alias("digits", "champion").version) == 1
versions = client.search_model_versions("name = 'digits'", order_by=["version_number DESC"])
assert [int(each.version) for each in versions] == [2, 1]
latest_change = client.search_model_versions("name = 'digits'", max_results=1)[0]
assert int(latest_change.version) == 1
assert [each.name for each in mlflow.search_registered_models()] == ["digits"]
assert client.get_latest_versions("digits", stages=["Production"])[0].current_stage == "Production"
try:
    client.get_model_version("digits", "9")
except mlflow.MlflowException as error:
    assert error.error_code == "RESOURCE_DOES_NOT_EXIST", error.error_code
else:
    raise AssertionError
print(run_id)
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """Looks at what a script left in its folder."""
    (tmp_path / "runyard.toml").touch()  # the data folder is here, whatever lies above
    with Host(Settings.load({}, environ={}, cwd=tmp_path)) as host:
        yield Client(host=host)


def run(script: str, folder: Path) -> str:
    """Run a script in a folder and give the last line it prints."""
    (folder / "train.py").write_text("import runyard as mlflow\n" + script)
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.slow
def test_an_ordinary_training_script_runs(tmp_path: Path, client: Client) -> None:
    run_id = run(TRAINING, tmp_path)

    stored = client.get_run(run_id)
    assert client.get_experiment(stored.info.experiment_id).name == "diabetes/elastic-net"
    assert (stored.info.run_name, stored.info.status) == ("baseline", "FINISHED")
    assert stored.data.params == {"alpha": "0.05", "l1_ratio": "0.5"}
    assert set(stored.data.metrics) == {"rmse", "mae", "r2"}
    assert 40 < stored.data.metrics["rmse"] < 80
    tags = stored.data.tags
    assert (tags["team"], tags["model"], tags["rows"]) == ("research", "ElasticNet", "331")
    assert tags["mlflow.source.name"].endswith("train.py")
    (dataset,) = stored.inputs.dataset_inputs
    assert (dataset.dataset.name, dataset.tags["mlflow.data.context"]) == ("diabetes", "training")
    files = {file.path for file in client.list_artifacts(run_id)}
    assert files >= {"plots", "coefficients.json", "notes.txt", "rows.json", "model.txt", "model"}
    picture = Path(client.download_artifacts(run_id, "plots/residuals.png")).read_bytes()
    assert picture.startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_nested_search_with_pandas_runs(tmp_path: Path, client: Client) -> None:
    best = run(SEARCH, tmp_path)

    stored = client.get_run(best)
    parent = client.get_parent_run(best)
    assert parent is not None
    assert parent.info.run_name == "sweep"
    assert parent.data.tags["best"] == best
    assert parent.data.tags["mlflow.note.content"] == "random search"
    experiment_id = stored.info.experiment_id
    trials = client.search_runs([experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert len(trials) == 6
    assert stored.data.metrics["score"] == min(trial.data.metrics["score"] for trial in trials)
    assert [point.step for point in client.get_metric_history(best, "loss")] == list(range(20))
    assert len(client.search_runs([experiment_id], "params.resumed = 'True'")) == 1


def test_a_script_that_uses_the_client_runs(tmp_path: Path, client: Client) -> None:
    run_id = run(CLIENT, tmp_path)

    assert client.get_run(run_id).data.metrics == {"loss": 0.1, "acc": 0.9}
    assert len(client.get_metric_history(run_id, "loss")) == 10
    champion = client.get_model_version_by_alias("digits", "champion")
    assert (champion.version, champion.run_id, champion.current_stage) == (1, run_id, "Production")
    assert champion.tags == {"quality": "good"}
    assert [event.change.value for event in client.history("digits", version=1)] == ["created", "tag", "alias", "stage"]
