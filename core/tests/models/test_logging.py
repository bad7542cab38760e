"""Logging a model to a run, finding it again by every kind of URI, registering it."""

from __future__ import annotations

from typing import Any

import pytest

import runyard as ry
from runyard.entities import LoggedModelStatus
from runyard.errors import InvalidInput
from runyard.models import get_model_info
from runyard.testing.memory.flavor import Line

pytestmark = pytest.mark.usefixtures("host")
LINE = Line(2.0, 1.0)


def line() -> Any:
    return ry.line


def test_a_logged_model_is_found_by_its_id_and_by_its_run() -> None:
    with ry.start_run() as run:
        info = line().log_model(LINE, name="model")

    assert info.model_uri == f"models:/{info.model_id}"
    for uri in (info.model_uri, f"runs:/{run.info.run_id}/model"):
        assert line().load_model(uri) == LINE
        assert get_model_info(uri).model_id == info.model_id


def test_it_belongs_to_the_run_with_the_run_s_params_and_metrics() -> None:
    with ry.start_run() as run:
        ry.log_params({"lr": 0.1})
        ry.log_metric("loss", 0.5, step=0)
        ry.log_metric("loss", 0.25, step=1)
        info = line().log_model(LINE, name="model", params={"depth": 3}, tags={"team": "x"}, model_type="line", step=1)

    logged = ry.get_logged_model(info.model_id)
    assert logged.status is LoggedModelStatus.READY
    assert (logged.name, logged.source_run_id, logged.model_type) == ("model", run.info.run_id, "line")
    assert dict(logged.params) == {"lr": "0.1", "depth": "3"}
    assert dict(logged.tags) == {"team": "x"}
    assert [(metric.key, metric.value, metric.step) for metric in logged.metrics] == [("loss", 0.25, 1)]
    outputs = ry.get_run(run.info.run_id).outputs.model_outputs
    assert [(output.model_id, output.step) for output in outputs] == [(info.model_id, 1)]


def test_without_a_run_it_belongs_to_the_experiment() -> None:
    experiment = ry.set_experiment("lines")
    info = line().log_model(LINE, name="model")

    assert ry.get_logged_model(info.model_id).experiment_id == experiment.experiment_id
    assert info.run_id is None
    assert ry.active_run() is None


def test_it_is_registered_at_once_or_later() -> None:
    with ry.start_run() as run:
        info = line().log_model(LINE, name="model", registered_model_name="lines")
    later = ry.register_model(f"runs:/{run.info.run_id}/model", "lines")

    assert (info.registered_model_version, later.version) == (1, 2)
    assert (later.model_id, later.run_id) == (info.model_id, run.info.run_id)
    ry.Client().set_registered_model_alias("lines", "best", 2)
    ry.Client().transition_model_version_stage("lines", 1, "Production")
    for uri in ("models:/lines/1", "models:/lines/latest", "models:/lines@best", "models:/lines/Production"):
        assert line().load_model(uri) == LINE


def test_a_model_that_cannot_be_saved_is_marked_as_failed() -> None:
    with ry.start_run(), pytest.raises(InvalidInput):
        line().log_model("no line", name="model")

    (logged,) = ry.search_logged_models(output_format="list")
    assert logged.status is LoggedModelStatus.FAILED


def test_the_old_word_for_name_is_understood() -> None:
    with ry.start_run() as run:
        line().log_model(LINE, "model")
        with pytest.raises(InvalidInput, match="give name only"):
            line().log_model(LINE, "model", name="other")
        with pytest.raises(TypeError, match="nonsense"):
            line().log_model(LINE, name="other", nonsense=1)

    assert line().load_model(f"runs:/{run.info.run_id}/model") == LINE
