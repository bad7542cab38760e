"""The autologger contract, and what is special about scikit-learn's estimators."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.linear_model
from sklearn import metrics, model_selection
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

import runyard as ry
from runyard.entities import Run
from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.settings import Settings
from runyard.specs import AutologgerSpec
from runyard.testing.contracts.autologger import AutologgerContract, switched_on
from runyard.tracking.client import Client
from runyard_flavor_sklearn import plugin
from runyard_flavor_sklearn.api import autolog
from runyard_flavor_sklearn.autologger import NOT_WATCHED, PREPARING, is_watched

X = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, 2.0], [3.0, 1.5], [4.0, 0.0], [5.0, 3.0]] * 3)
Y = np.array([0, 0, 1, 1, 0, 1] * 3)


class TestSklearnAutologger(AutologgerContract):
    @pytest.fixture
    def spec(self) -> AutologgerSpec:
        return plugin.runyard_autologgers()[0]

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("sklearn", "numpy", "pandas", "matplotlib")

    @pytest.fixture
    def train(self) -> Callable[[], Any]:
        def train() -> Any:
            return sklearn.linear_model.LinearRegression().fit(X, Y).coef_.tolist()

        return train

    @pytest.fixture
    def fail(self) -> Callable[[], Any]:
        return lambda: sklearn.linear_model.LinearRegression().fit(X, Y[:3])


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    host = Host(Settings(root=tmp_path, data_dir=str(tmp_path / "data"), disabled_plugins=("capture",)))
    with switched_on(plugin.runyard_autologgers()[0], host) as client:
        yield client


def runs(client: Client) -> list[Run]:
    return list(client.search_runs(["0"], order_by=["start_time"]))


def only(client: Client) -> Run:
    (run,) = runs(client)
    return run


def files(client: Client, run: Run) -> set[str]:
    return {file.path for file in client.list_artifacts(run.info.run_id)}


def test_the_estimators_that_are_watched_are_mlflows(client: Client) -> None:
    public = {kind for _, kind in all_estimators()}
    prepared = {kind for kind in public if kind.__module__.startswith(PREPARING)}
    left = {kind for kind in public if f"{kind.__module__}.{kind.__name__}" in NOT_WATCHED}
    assert {kind for kind in public if is_watched(kind)} == public - prepared - left
    unwatched = [
        kind.__name__
        for kind in public - prepared - left
        if hasattr(kind, "fit") and not hasattr(kind.fit, "__wrapped__")
    ]
    assert unwatched == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_pipeline_a_search_or_an_ensemble_fits_is_not_logged(client: Client, jobs: int) -> None:
    pipeline = make_pipeline(StandardScaler(), sklearn.linear_model.LogisticRegression())
    import joblib

    with joblib.parallel_config(backend="threading"):
        VotingClassifier([("a", pipeline), ("b", RandomForestClassifier(3))], n_jobs=jobs).fit(X, Y)
        model_selection.cross_validate(pipeline, X, Y, cv=2, n_jobs=jobs)
        model_selection.permutation_test_score(pipeline, X, Y, cv=2, n_permutations=2, n_jobs=jobs)
    assert only(client).data.tags["estimator_name"] == "VotingClassifier"


def test_a_search_makes_runs_of_its_best_candidates(client: Client) -> None:
    autolog(max_tuning_runs=2, log_models=False)
    grid = {"C": [0.01, 1.0, 100.0]}
    GridSearchCV(sklearn.linear_model.LogisticRegression(), grid, cv=2, n_jobs=2, scoring="accuracy").fit(X, Y)
    (search,) = [run for run in runs(client) if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs(client) if run.data.tags.get("mlflow.parentRunId") == search.info.run_id]
    assert len(children) == 2
    assert all(run.info.status == "FINISHED" and "mean_test_score" in run.data.metrics for run in children)
    assert search.data.params["best_C"] in {run.data.params["C"] for run in children}
    assert "cv_results.csv" in files(client, search)


def test_metrics_of_a_fitted_model_go_to_its_run(client: Client) -> None:
    rows, labels = X.copy(), Y.copy()
    model = sklearn.linear_model.LogisticRegression().fit(rows, labels)
    predicted = model.predict(rows)
    metrics.accuracy_score(labels, predicted)
    metrics.accuracy_score(y_true=labels, y_pred=predicted, normalize=False)
    model.score(rows, labels)
    metrics.accuracy_score(labels, predicted.copy())
    run = only(client)
    found = {key: value for key, value in run.data.metrics.items() if not key.startswith("training_")}
    assert set(found) == {"accuracy_score_rows", "accuracy_score-2_rows", "LogisticRegression_score_rows"}
    path = client.download_artifacts(run.info.run_id, "metric_info.json")
    assert json.loads(Path(path).read_text(encoding="utf-8")) == {
        "LogisticRegression_score_rows": "LogisticRegression.score(X=rows, y=labels)",
        "accuracy_score-2_rows": "accuracy_score(y_true=labels, y_pred=predicted, normalize=False)",
        "accuracy_score_rows": "accuracy_score(y_true=labels, y_pred=predicted)",
    }


@pytest.mark.parametrize("classes", [2, 4])
def test_a_forest_is_measured_as_scikit_learn_measures_it(client: Client, classes: int) -> None:
    rows = np.random.default_rng(0).random((120, 3)).round(1)
    targets = np.r_[np.arange(classes), np.random.default_rng(1).integers(0, classes, 120 - classes)]
    forest = RandomForestClassifier(4, max_depth=3, random_state=0).fit(rows, targets)
    sklearn_s = inspect.unwrap(RandomForestClassifier.predict_proba)(forest, rows)
    found = only(client).data.metrics
    scores = sklearn_s[:, 1] if classes == 2 else sklearn_s
    expected = inspect.unwrap(metrics.roc_auc_score)(targets, scores, average="weighted", multi_class="ovo")
    assert found["training_roc_auc"] == pytest.approx(expected, abs=1e-12)
    assert found["training_accuracy_score"] == (inspect.unwrap(type(forest).predict)(forest, rows) == targets).mean()


def test_a_forest_is_asked_once_for_all_its_metrics(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = DecisionTreeClassifier.predict_proba

    def noted(*args: Any, **kwargs: Any) -> Any:
        asked.append(args)
        return real(*args, **kwargs)

    monkeypatch.setattr(DecisionTreeClassifier, "predict_proba", noted)
    autolog(log_models=False)
    RandomForestClassifier(5, random_state=0).fit(X, Y)
    assert only(client).data.metrics["training_accuracy_score"] > 0.5
    assert len(asked) == 5


def test_data_that_is_changed_by_the_fit_is_noted_as_it_was(client: Client) -> None:
    given, same = X.copy(), X.copy()
    sklearn.linear_model.LinearRegression(copy_X=False).fit(given, Y)
    assert not np.array_equal(given, same)
    run = only(client)
    expected = sklearn.linear_model.LinearRegression().fit(same, Y).score(same, Y)
    assert run.data.metrics["training_score"] == pytest.approx(expected)


def test_pictures_are_drawn_without_the_users_pyplot(client: Client) -> None:
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    sklearn.linear_model.LogisticRegression().fit(X, Y)
    assert plt.get_fignums() == before
    names = {"training_confusion_matrix.png", "training_roc_curve.png", "training_precision_recall_curve.png"}
    assert names | {"estimator.html"} <= files(client, only(client))


class Constant(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn is not typed
    """An estimator of a user, which skops does not know."""

    def fit(self, X: Any, y: Any) -> Constant:  # noqa: N803
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        return np.full(len(X), self.classes_[0])


def test_a_model_is_written_as_safely_as_it_can_be(client: Client) -> None:
    autolog(log_models=True)
    make_pipeline(StandardScaler(), sklearn.linear_model.LogisticRegression()).fit(X, Y)
    make_pipeline(StandardScaler(), Constant()).fit(X, Y)
    models = client.search_logged_models(["0"], order_by=[{"field_name": "creation_timestamp"}])
    written = [
        {file.path.rpartition("/")[2] for file in client.list_logged_model_artifacts(model.model_id)}
        for model in models
    ]
    assert sorted(sorted(names & {"model.skops", "model.pkl"}) for names in written) == [["model.pkl"], ["model.skops"]]
    assert [dict(model.params)["steps"] != "" for model in models] == [True, True]


def test_a_scorer_can_go_to_other_processes_while_it_is_watched(client: Client) -> None:
    import cloudpickle

    scorer = metrics.make_scorer(metrics.f1_score)
    assert cloudpickle.loads(cloudpickle.dumps(scorer))._score_func is metrics.f1_score
    search = GridSearchCV(sklearn.linear_model.LogisticRegression(), {"C": [1.0, 2.0]}, scoring=scorer, cv=2, n_jobs=2)
    assert search.fit(X, Y).best_score_ >= 0


def test_fits_in_threads_have_runs_of_their_own_with_their_own_params(client: Client) -> None:
    def fit(strength: float) -> None:
        sklearn.linear_model.Ridge(alpha=strength).fit(X, Y)

    threads = [threading.Thread(target=fit, args=(float(strength),)) for strength in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.data.params["alpha"] for run in runs(client)) == ["0.0", "1.0", "2.0", "3.0"]


@pytest.mark.parametrize(
    ("options", "message"), [({"max_tuning_runs": -1}, "-1"), ({"serialization_format": "json"}, "'json'")]
)
def test_options_that_make_no_sense_are_refused(client: Client, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        ry.sklearn.autolog(**options)  # type: ignore[attr-defined]
