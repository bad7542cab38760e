"""Params, metrics, tags, artifacts and data sets of the active run."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import runyard as ry
from runyard.errors import NotFound

pytestmark = pytest.mark.usefixtures("host")


def test_the_first_log_call_starts_a_run() -> None:
    ry.log_metric("loss", 1.0)
    run = ry.active_run()

    assert run is not None
    assert ry.get_run(run.info.run_id).data.metrics == {"loss": 1.0}


def test_what_was_logged_is_read_at_once() -> None:
    with ry.start_run() as run:
        assert ry.log_param("lr", 0.1) == 0.1
        ry.log_params({"depth": 3, "name": None})
        ry.set_tag("team", "blue")
        ry.set_tags({"size": 3, "empty": ""})
        ry.log_metric("loss", 0.5, step=1)
        ry.log_metrics({"acc": 0.9, "f1": 0.8}, step=2, timestamp=7)

        data = ry.get_run(run.info.run_id).data
        assert data.params == {"lr": "0.1", "depth": "3", "name": "None"}
        assert data.metrics == {"loss": 0.5, "acc": 0.9, "f1": 0.8}
        assert {key: data.tags[key] for key in ("team", "size", "empty")} == {"team": "blue", "size": "3", "empty": ""}
        assert ry.Client().get_metric_history(run.info.run_id, "acc") == [("acc", 0.9, 7, 2)]


def test_a_metric_without_step_and_time_is_at_step_0_now() -> None:
    before = time.time_ns() // 1_000_000
    with ry.start_run() as run:
        ry.log_metric("loss", 1)
    (point,) = ry.Client().get_metric_history(run.info.run_id, "loss")

    assert point.step == 0
    assert before <= point.timestamp <= time.time_ns() // 1_000_000


def test_nan_and_the_infinities_come_back_as_they_were() -> None:
    with ry.start_run() as run:
        for step, value in enumerate([math.nan, math.inf, -math.inf]):
            ry.log_metric("loss", value, step=step)
        ry.log_metrics({"nan": math.nan, "inf": math.inf})

    points = ry.Client().get_metric_history(run.info.run_id, "loss")
    by_step = {point.step: point.value for point in points}
    assert math.isnan(by_step[0])
    assert by_step[1] == math.inf
    assert by_step[2] == -math.inf
    assert math.isnan(ry.get_run(run.info.run_id).data.metrics["nan"])
    assert ry.get_run(run.info.run_id).data.metrics["inf"] == math.inf


def test_numpy_numbers_are_numbers() -> None:
    with ry.start_run() as run:
        ry.log_metric("a", np.float32(0.5), step=np.int64(3))  # type: ignore[arg-type]
        ry.log_metrics({"b": np.int32(2), "c": np.array(1.5)})  # type: ignore[dict-item]
        ry.log_param("lr", np.float64(0.25))

    data = ry.get_run(run.info.run_id).data
    assert data.metrics == {"a": 0.5, "b": 2.0, "c": 1.5}
    assert data.params == {"lr": "0.25"}


def test_the_latest_value_is_the_one_of_the_highest_step() -> None:
    with ry.start_run() as run:
        for step, value in [(5, 0.5), (1, 0.1), (3, 0.3)]:
            ry.log_metric("loss", value, step=step)

    assert ry.get_run(run.info.run_id).data.metrics == {"loss": 0.5}


def test_calls_can_name_another_run_than_the_active_one() -> None:
    with ry.start_run() as first:
        pass
    with ry.start_run() as active:
        ry.log_metric("loss", 1.0, run_id=first.info.run_id)
        ry.log_metrics({"acc": 2.0}, run_id=first.info.run_id)
        ry.log_params({"a": 1}, run_id=first.info.run_id)
        ry.log_text("hello", "note.txt", run_id=first.info.run_id)

    assert ry.get_run(first.info.run_id).data.metrics == {"loss": 1.0, "acc": 2.0}
    assert ry.get_run(active.info.run_id).data.metrics == {}
    assert [file.path for file in ry.Client().list_artifacts(first.info.run_id)] == ["note.txt"]


def test_synchronous_is_understood() -> None:
    with ry.start_run() as run:
        for synchronous in (True, False):
            ry.log_param(f"p{synchronous}", 1, synchronous=synchronous)
            ry.log_metric("loss", 1.0, synchronous=synchronous)
            ry.set_tag("t", "v", synchronous=synchronous)

    assert ry.get_run(run.info.run_id).data.metrics == {"loss": 1.0}


def test_a_tag_is_set_anew_and_deleted() -> None:
    with ry.start_run() as run:
        ry.set_tag("stage", "one")
        ry.set_tag("stage", "two")
        assert ry.get_run(run.info.run_id).data.tags["stage"] == "two"
        ry.delete_tag("stage")
        with pytest.raises(NotFound, match="stage"):
            ry.delete_tag("stage")

    assert "stage" not in ry.get_run(run.info.run_id).data.tags


def test_files_texts_dictionaries_and_folders_become_artifacts(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_bytes(b"\x00\x01")
    (tmp_path / "readme.md").write_text("hello")
    with ry.start_run() as run:
        ry.log_artifact(tmp_path / "readme.md")
        ry.log_artifact(str(tmp_path / "readme.md"), "docs")
        ry.log_artifacts(str(tmp_path / "model"), "model")
        ry.log_text("plain", "notes/a.txt")
        ry.log_dict({"a": 1}, "config.json")

    client = ry.Client()
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == [
        "config.json",
        "docs",
        "model",
        "notes",
        "readme.md",
    ]
    fetched = client.download_artifacts(run.info.run_id, "model", str(tmp_path / "fetched"))
    assert Path(fetched, "weights.bin").read_bytes() == b"\x00\x01"
    assert ry.artifacts.load_text(ry.get_run(run.info.run_id).info.artifact_uri + "/notes/a.txt") == "plain"


def test_the_artifact_uri_is_the_one_of_the_active_run() -> None:
    with ry.start_run() as run:
        assert ry.get_artifact_uri() == run.info.artifact_uri
        assert ry.get_artifact_uri("model/weights.bin") == f"{run.info.artifact_uri}/model/weights.bin"


def test_a_table_grows_and_is_loaded_with_columns_about_its_run() -> None:
    with ry.start_run() as run:
        ry.log_param("lr", 0.1)
        ry.log_table({"question": ["a", "b"], "score": [1, 2]}, "eval.json")
        ry.log_table(pd.DataFrame({"question": ["c"], "score": [3]}), "eval.json")

    table = ry.load_table("eval.json", extra_columns=["run_id", "params.lr"])
    assert table["question"].tolist() == ["a", "b", "c"]
    assert set(table["run_id"]) == {run.info.run_id}
    assert set(table["params.lr"]) == {"0.1"}


def test_images_are_kept_under_a_name_or_as_a_series() -> None:
    picture = np.zeros((4, 6, 3), dtype=np.uint8)
    with ry.start_run() as run:
        ry.log_image(picture, "black.png")
        ry.log_image(picture, key="samples", step=3)

    assert ry.Client().list_artifacts(run.info.run_id, "images")
    assert ry.get_run(run.info.run_id).data.tags["mlflow.loggedImages"] == "True"


def test_a_data_set_is_noted_with_what_it_was_used_for() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
    with ry.start_run() as run:
        ry.log_input(ry.data.from_pandas(frame, name="toy", targets="y"), context="training", tags={"v": "1"})
        ry.log_inputs([ry.data.from_numpy(np.arange(3), name="line")], contexts=["test"])

    first, second = sorted(ry.get_run(run.info.run_id).inputs.dataset_inputs, key=lambda each: each.dataset.name)
    assert (first.dataset.name, first.tags) == ("line", {"mlflow.data.context": "test"})
    assert (second.dataset.name, second.tags) == ("toy", {"mlflow.data.context": "training", "v": "1"})


def test_experiments_are_tagged_renamed_deleted_and_restored() -> None:
    experiment = ry.set_experiment("first")
    ry.set_experiment_tag("owner", "ann")
    ry.set_experiment_tags({"a": 1, "b": 2})
    ry.delete_experiment_tag("b")
    ry.rename_experiment(experiment.experiment_id, "second")

    found = ry.get_experiment_by_name("second")
    assert found is not None
    assert found.tags == {"owner": "ann", "a": "1"}
    ry.delete_experiment(found.experiment_id)
    assert [each.name for each in ry.search_experiments(filter_string="name = 'second'")] == []
    ry.restore_experiment(found.experiment_id)
    assert [each.name for each in ry.search_experiments(filter_string="name = 'second'")] == ["second"]
