"""Logged models by the module-level functions: MLflow's names, the active model, metrics that are measured on one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import attrs
import pandas as pd
import pytest

import runyard as ry
from runyard.entities import LoggedModelInput, LoggedModelOutput, LoggedModelStatus
from runyard.errors import InvalidInput, NotFound
from runyard.host import Host, default_host
from runyard.tracking import active_models


@pytest.fixture(autouse=True)
def fresh(host: Host) -> Iterator[None]:
    active_models._active.set(None)
    active_models._last.set(None)
    yield
    active_models.models_in_use.clear()


def measured(model_id: str) -> list[tuple[str, float, int, str | None]]:
    """Key, value, step and data set of what was measured on a model."""
    found = ry.Client().get_logged_model(model_id).metrics
    return [(point.key, point.value, point.step, point.dataset_name) for point in found]


def test_a_model_is_one_of_the_active_run(host: Host) -> None:
    assert ry.last_logged_model() is None
    with ry.start_run() as run:
        model = ry.initialize_logged_model("net", tags={"a": 1}, params={"depth": 3}, model_type="cnn")
        ry.log_outputs([LoggedModelOutput(model.model_id, step=2)])
    ry.set_logged_model_tags(model.model_id, {"b": 2})
    ry.delete_logged_model_tag(model.model_id, "a")
    ry.log_model_params({"lr": 0.1}, model.model_id)
    assert ry.finalize_logged_model(model.model_id, "READY").status is LoggedModelStatus.READY

    found = ry.last_logged_model()
    assert found == ry.get_logged_model(model.model_id)
    assert found is not None
    assert (found.source_run_id, found.experiment_id) == (run.info.run_id, run.info.experiment_id)
    assert (found.tags, found.params, found.model_type) == ({"b": "2"}, {"depth": "3", "lr": "0.1"}, "cnn")
    assert list(ry.get_run(run.info.run_id).outputs.model_outputs) == [LoggedModelOutput(model.model_id, 2)]


def test_an_external_model_is_ready_and_can_be_registered(host: Host) -> None:
    model = ry.create_external_model("api", tags={"a": 1})
    assert model.status is LoggedModelStatus.READY
    assert model.tags == {"a": "1", "mlflow.model.isExternal": "true"}
    with ry.Client().model_artifact_store(model.model_id).open("MLmodel") as file:
        text = file.read().decode()
    assert f"model_id: {model.model_id}" in text
    assert "flavors: {}" in text
    assert ry.register_model(model.model_uri, "m").model_id == model.model_id


def test_models_are_searched_as_a_list_and_as_a_table(host: Host) -> None:
    ids = [ry.initialize_logged_model(name).model_id for name in ("ant", "bee")]
    ry.finalize_logged_model(ids[0], "READY")
    order = [{"field_name": "name", "ascending": False}]

    listed = ry.search_logged_models(output_format="list", order_by=order)
    assert [model.name for model in listed] == ["bee", "ant"]
    assert [model.name for model in ry.search_logged_models(output_format="list", max_results=1, order_by=order)] == [
        "bee"
    ]
    table = ry.search_logged_models(filter_string="status = 'READY'")
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == sorted(table.columns)
    assert table[["model_id", "status"]].to_dict("records") == [{"model_id": ids[0], "status": "READY"}]
    with pytest.raises(InvalidInput, match="output_format"):
        ry.search_logged_models(output_format="json")  # type: ignore[call-overload]


def test_a_metric_on_a_model_is_kept_for_the_run_and_for_the_model(host: Host) -> None:
    dataset = ry.data.from_pandas(pd.DataFrame({"x": [1.0]}), name="test")
    with ry.start_run() as run:
        model_id = ry.initialize_logged_model("net").model_id
        ry.log_metric("acc", 0.5, step=3, model_id=model_id)
        ry.log_metric("acc", 0.75, step=4, model_id=model_id, dataset=dataset)
        ry.log_metrics({"loss": 1, "acc": 0.25}, step=5, model_id=model_id, dataset=dataset)
        ry.log_metric("alone", 1)

    assert measured(model_id) == [
        ("acc", 0.5, 3, None),
        ("acc", 0.75, 4, "test"),
        ("acc", 0.25, 5, "test"),
        ("loss", 1.0, 5, "test"),
    ]
    client = ry.Client()
    assert [point.value for point in client.get_metric_history(run.info.run_id, "acc")] == [0.5, 0.75, 0.25]
    inputs = client.get_run(run.info.run_id).inputs
    assert list(inputs.model_inputs) == [LoggedModelInput(model_id)]
    assert [item.dataset.name for item in inputs.dataset_inputs] == ["test"]
    assert {point.run_id for point in client.get_logged_model(model_id).metrics} == {run.info.run_id}


def test_a_model_that_the_run_made_is_not_its_input(host: Host) -> None:
    with ry.start_run() as run:
        model_id = ry.initialize_logged_model("net").model_id
        ry.log_outputs([LoggedModelOutput(model_id)])
        ry.log_metric("acc", 0.5, model_id=model_id)
    assert list(ry.get_run(run.info.run_id).inputs.model_inputs) == []
    assert measured(model_id) == [("acc", 0.5, 0, None)]


def test_a_data_set_of_a_metric_without_a_model_is_an_input(host: Host) -> None:
    dataset = ry.data.from_pandas(pd.DataFrame({"x": [1.0]}), name="test")
    with ry.start_run() as run:
        ry.log_input(dataset, context="eval")
        ry.log_metric("acc", 0.5, dataset=dataset)
        ry.log_metrics({"acc": 0.75}, dataset=dataset)
    found = ry.get_run(run.info.run_id)
    assert [item.tags for item in found.inputs.dataset_inputs] == [{"mlflow.data.context": "eval"}]
    assert found.data.metrics == {"acc": 0.75}


def test_a_model_is_an_input_by_itself(host: Host) -> None:
    model_id = ry.initialize_logged_model("net").model_id
    with ry.start_run() as run:
        ry.log_input(model=LoggedModelInput(model_id))
        with pytest.raises(InvalidInput, match="context"):
            ry.log_input(context="training", model=LoggedModelInput(model_id))
    assert list(ry.get_run(run.info.run_id).inputs.model_inputs) == [LoggedModelInput(model_id)]


def test_a_metric_on_a_model_that_is_missing_is_refused_at_once(host: Host) -> None:
    with ry.start_run() as run:
        with pytest.raises(NotFound, match="m-0"):
            ry.log_metric("acc", 0.5, model_id="m-0")
        with pytest.raises(InvalidInput, match="acc"):
            ry.log_metric("acc", "high", model_id=ry.initialize_logged_model().model_id)  # type: ignore[arg-type]
    assert ry.get_run(run.info.run_id).data.metrics == {}


def test_metrics_are_measured_on_the_active_model_while_there_is_one(host: Host) -> None:
    other = ry.initialize_logged_model("other").model_id
    with ry.start_run():
        with ry.set_active_model(name="fresh") as active:
            assert ry.get_active_model_id() == active.model_id
            ry.log_metric("acc", 0.5)
            ry.log_metrics({"loss": 1}, model_id=other)
            with ry.set_active_model(model_id=other):
                assert ry.get_active_model_id() == other
            ry.log_model_params({"lr": 1})
        assert ry.get_active_model_id() is None
        ry.log_metric("acc", 0.75)
    assert measured(active.model_id) == [("acc", 0.5, 0, None)]
    assert measured(other) == [("loss", 1.0, 0, None)]
    assert ry.get_logged_model(active.model_id).params == {"lr": "1"}
    with ry.set_active_model(name="fresh") as again:
        assert again.model_id == active.model_id
    with pytest.raises(InvalidInput, match="set_active_model"):
        ry.log_model_params({"lr": 2})


def test_another_thread_has_no_active_model(host: Host) -> None:
    ry.set_active_model(name="mine")
    seen: list[str | None] = []
    thread = threading.Thread(target=lambda: seen.append(ry.get_active_model_id()))
    thread.start()
    thread.join()
    assert seen == [None]
    ry.clear_active_model()
    assert ry.get_active_model_id() is None


def test_wrong_active_models_are_refused(host: Host) -> None:
    model_id = ry.initialize_logged_model("net").model_id
    with pytest.raises(InvalidInput, match="name or the model_id"):
        ry.set_active_model()
    with pytest.raises(InvalidInput, match="named 'net'"):
        ry.set_active_model(name="other", model_id=model_id)
    with pytest.raises(NotFound):
        ry.set_active_model(model_id=f"m-{'0' * 32}")


def test_the_setting_names_the_active_model(host: Host) -> None:
    model_id = ry.initialize_logged_model("net").model_id
    found = default_host()
    found.settings = attrs.evolve(found.settings, active_model_id=model_id)
    with ry.start_run():
        ry.log_metric("acc", 0.5)
        ry.clear_active_model()
        ry.log_metric("acc", 0.75)
    assert measured(model_id) == [("acc", 0.5, 0, None)]


def test_a_measurement_that_was_logged_survives_kill_9(tmp_path: Path) -> None:
    script = """
        import os, runyard as ry
        ry.start_run()
        model = ry.initialize_logged_model("net")
        ry.log_metric("acc", 0.0, model_id=model.model_id)
        ry.Client().recorder._shipper.stop(10)
        for step in range(1, 50):
            ry.log_metric("acc", step / 100, step=step, model_id=model.model_id)
        print(model.model_id, flush=True)
        os.kill(os.getpid(), 9)
    """
    environment = {**os.environ, "RUNYARD_DATA_DIR": str(tmp_path / "data"), "RUNYARD_DISABLED_PLUGINS": "capture"}
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    with Host(ry.Settings(data_dir=str(tmp_path / "data"), root=tmp_path)) as host:
        client = ry.Client(host=host)
        client.recorder.recover()
        points = client.get_logged_model(ended.stdout.strip()).metrics
    assert [point.step for point in points] == list(range(50))
