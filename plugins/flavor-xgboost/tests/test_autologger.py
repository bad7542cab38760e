"""The autologger contract, on both ways to train with XGBoost, and what is special about them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from sklearn.metrics import accuracy_score as unwatched_score
from sklearn.model_selection import GridSearchCV

from runyard.entities import LoggedModelStatus, Run
from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.settings import Settings
from runyard.specs import AutologgerSpec
from runyard.testing.contracts.autologger import AutologgerContract, switched_on
from runyard.tracking.client import Client
from runyard_flavor_xgboost import plugin
from runyard_flavor_xgboost.api import autolog

X = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, 2.0], [3.0, 1.5], [4.0, 0.0], [5.0, 3.0]] * 5)
Y = np.array([0, 0, 1, 1, 0, 1] * 5)
PARAMS = {"objective": "binary:logistic", "eval_metric": "logloss", "max_depth": 2, "nthread": 1}


class XGBoostContract(AutologgerContract):
    @pytest.fixture
    def spec(self) -> AutologgerSpec:
        return plugin.runyard_autologgers()[0]

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("xgboost", "sklearn", "numpy", "pandas", "matplotlib")


class TestTrain(XGBoostContract):
    @pytest.fixture
    def train(self) -> Callable[[], Any]:
        def train() -> Any:
            data = xgboost.DMatrix(X, Y)
            return xgboost.train(PARAMS, data, 3, evals=[(data, "train")], verbose_eval=False).predict(data).tolist()

        return train

    @pytest.fixture
    def fail(self) -> Callable[[], Any]:
        return lambda: xgboost.train({"max_depth": -1}, xgboost.DMatrix(X, Y), 1)


class TestEstimator(XGBoostContract):
    @pytest.fixture
    def train(self) -> Callable[[], Any]:
        def train() -> Any:
            model = xgboost.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1)
            return model.fit(X, Y, eval_set=[(X, Y)], verbose=False).predict(X).tolist()

        return train

    @pytest.fixture
    def fail(self) -> Callable[[], Any]:
        return lambda: xgboost.XGBClassifier(max_depth=-1).fit(X, Y)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    host = Host(Settings(root=tmp_path, data_dir=str(tmp_path / "data"), disabled_plugins=("capture",)))
    with switched_on(plugin.runyard_autologgers()[0], host) as client:
        yield client


def only(client: Client) -> Run:
    (run,) = client.search_runs(["0"])
    return run


def test_each_iteration_is_a_point_and_the_best_comes_once_more(client: Client) -> None:
    data = xgboost.DMatrix(X, Y)
    booster = xgboost.train(
        {**PARAMS, "eta": 1.0}, data, 50, evals=[(data, "valid")], early_stopping_rounds=2, verbose_eval=False
    )
    run = only(client)
    points = client.get_metric_history(run.info.run_id, "valid-logloss")
    assert [point.step for point in points] == list(range(len(points)))
    assert points[-1].value == points[booster.best_iteration].value
    assert run.data.metrics["best_iteration"] == booster.best_iteration
    assert run.data.metrics["stopped_iteration"] == len(points) - 2
    assert run.data.params["early_stopping_rounds"] == "2"


def test_callbacks_of_the_user_stay_what_they_were(client: Client) -> None:
    class Counting(xgboost.callback.TrainingCallback):
        count = 0

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            self.count += 1
            return False

    callbacks = [Counting()]
    xgboost.train(PARAMS, xgboost.DMatrix(X, Y), 4, callbacks=callbacks)
    assert len(callbacks) == 1
    assert callbacks[0].count == 4


def test_what_the_importance_of_features_is(client: Client) -> None:
    autolog(importance_types=["gain", "weight"], log_models=False)
    booster = xgboost.train(PARAMS, xgboost.DMatrix(X, Y, feature_names=["size", "age"]), 3)
    run = only(client)
    for kind in ("gain", "weight"):
        path = client.download_artifacts(run.info.run_id, f"feature_importance_{kind}.json")
        assert json.loads(Path(path).read_text(encoding="utf-8")) == booster.get_score(importance_type=kind)
    assert {"feature_importance_gain.png", "feature_importance_weight.png"} <= {
        file.path for file in client.list_artifacts(run.info.run_id)
    }


def test_linear_models_have_a_picture_per_class(client: Client) -> None:
    labels = np.array([0, 1, 2] * 10)
    xgboost.train({"booster": "gblinear", "objective": "multi:softprob", "num_class": 3}, xgboost.DMatrix(X, labels), 2)
    names = {file.path for file in client.list_artifacts(only(client).info.run_id)}
    assert {"feature_importance_weight.json", "feature_importance_weight.png"} <= names


def test_the_curve_of_a_model_is_the_models_too(client: Client) -> None:
    autolog(log_models=True, log_input_examples=True)
    data = xgboost.DMatrix(X, Y)
    xgboost.train(PARAMS, data, 2, evals=[(data, "train")], verbose_eval=False)
    (model,) = client.search_logged_models(["0"])
    assert model.status is LoggedModelStatus.READY
    assert {(metric.key, metric.step) for metric in model.metrics} >= {("train-logloss", 1)}
    names = {file.path.rpartition("/")[2] for file in client.list_logged_model_artifacts(model.model_id)}
    assert {"model.ubj", "input_example.json"} <= names


def test_a_model_whose_training_failed_is_not_left_pending(client: Client) -> None:
    autolog(log_models=True)
    with pytest.raises(xgboost.core.XGBoostError):
        xgboost.train({"max_depth": -1}, xgboost.DMatrix(X, Y), 1)
    assert [model.status for model in client.search_logged_models(["0"])] == [LoggedModelStatus.FAILED]


def test_candidates_of_a_search_have_no_runs_but_what_it_settles_on_has(client: Client) -> None:
    GridSearchCV(xgboost.XGBClassifier(n_estimators=2, n_jobs=1), {"max_depth": [1, 2]}, cv=2).fit(X, Y)
    assert only(client).data.params["max_depth"] in {"1", "2"}


def test_metrics_of_predictions_are_logged(client: Client) -> None:
    from sklearn import metrics

    rows = X.copy()
    predicted = xgboost.XGBClassifier(n_estimators=2, n_jobs=1).fit(rows, Y).predict(rows)
    value = metrics.accuracy_score(Y, predicted)
    unwatched_score(Y, predicted)
    assert {k: v for k, v in only(client).data.metrics.items() if "accuracy" in k} == {"accuracy_score_rows": value}


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InvalidInput, match="xgb"):
        autolog(model_format="xgb")
