"""Estimators as Python functions: which method, which form of data, whether rows are independent."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from runyard.errors import InvalidInput
from runyard.host import Host
from runyard.models.descriptor import PYFUNC, Model
from runyard.models.pyfunc import PyFuncModel
from runyard.models.pyfunc import load_model as load_pyfunc
from runyard.models.saving import save_model
from runyard.settings import Settings
from runyard_flavor_sklearn.predictor import SklearnPredictor

ROWS = np.random.default_rng(0).random((40, 2))
CLASSES = np.arange(40) % 3
FRAME = pd.DataFrame({"size": ROWS[:, 0], "weight": ROWS[:, 1], "colour": ["red", "blue"] * 20})


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(Settings(root=tmp_path, data_dir=str(tmp_path / "runyard-data"), strict_plugins=True))


def as_function(model: Any, data: Any, folder: Path, host: Host, predict_fn: str = "predict") -> PyFuncModel:
    save_model("sklearn", model, folder, {"pyfunc_predict_fn": predict_fn}, input_example=data, host=host)
    return load_pyfunc(folder, host=host)


def searched() -> Any:
    columns = make_column_transformer((StandardScaler(), ["size", "weight"]), (OneHotEncoder(), ["colour"]))
    return GridSearchCV(make_pipeline(columns, LogisticRegression()), {"logisticregression__C": [1, 2]}, cv=2)


@pytest.mark.parametrize("predict_fn", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_the_method_is_the_one_that_was_chosen(predict_fn: str, host: Host, tmp_path: Path) -> None:
    model = LogisticRegression().fit(ROWS, CLASSES)
    loaded = as_function(model, ROWS[:3], tmp_path / "m", host, predict_fn)
    assert loaded.metadata.flavors[PYFUNC]["predict_fn"] == predict_fn
    assert loaded.predict(ROWS).tolist() == getattr(model, predict_fn)(ROWS).tolist()


def test_a_search_over_columns_gets_dataframes(host: Host, tmp_path: Path) -> None:
    model = searched().fit(FRAME, CLASSES)
    loaded = as_function(model, FRAME.head(), tmp_path / "m", host)
    assert loaded.predictor.takes == "dataframe"
    assert loaded.predict(FRAME[["colour", "weight", "size"]]).tolist() == model.predict(FRAME).tolist()
    assert "pandas==" in (tmp_path / "m" / "requirements.txt").read_text(encoding="utf-8")


def test_a_model_of_arrays_takes_dataframes_without_a_warning(host: Host, tmp_path: Path) -> None:
    model = LinearRegression().fit(ROWS, CLASSES)
    loaded = as_function(model, FRAME[["size", "weight"]].head(), tmp_path / "m", host)
    assert loaded.predictor.takes == "ndarray"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert loaded.predict(FRAME[["size", "weight"]]) == pytest.approx(model.predict(ROWS))


@pytest.mark.parametrize("predict_fn", ["predict", "predict_proba"])
def test_several_outputs(predict_fn: str, host: Host, tmp_path: Path) -> None:
    model = MultiOutputClassifier(LogisticRegression()).fit(ROWS, np.c_[CLASSES, CLASSES % 2])
    answer = as_function(model, ROWS[:3], tmp_path / "m", host, predict_fn).predict(ROWS)
    for got, expected in zip(answer, getattr(model, predict_fn)(ROWS), strict=True):
        np.testing.assert_allclose(got, expected)


def test_sparse_input(host: Host, tmp_path: Path) -> None:
    rows = scipy.sparse.csr_matrix(ROWS)
    model = LogisticRegression().fit(rows, CLASSES)
    loaded = as_function(model, rows[:3], tmp_path / "m", host)
    assert loaded.predict(rows).tolist() == model.predict(rows).tolist()


def test_texts(host: Host, tmp_path: Path) -> None:
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["good day", "bad night"] * 5, [1, 0] * 5)
    loaded = as_function(model, ["good night"], tmp_path / "m", host)
    assert loaded.predict(["good", "bad"]).tolist() == [1, 0]
    assert loaded.predict(pd.DataFrame({0: ["bad"]})).tolist() == [0]


def test_a_model_that_does_not_predict_is_no_function(host: Host, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="no method predict"):
        save_model("sklearn", StandardScaler().fit(ROWS), tmp_path / "m", host=host)
    assert set(Model.load(tmp_path / "m").flavors) == {"sklearn"}


def test_a_method_that_is_not_there_is_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no method 'predict_proba'"):
        save_model(
            "sklearn",
            LinearRegression().fit(ROWS, CLASSES),
            tmp_path / "m",
            {"pyfunc_predict_fn": "predict_proba"},
            host=host,
        )


def test_a_private_name_in_mlmodel_is_not_called() -> None:
    with pytest.raises(InvalidInput, match="__reduce__"):
        SklearnPredictor.of(LinearRegression(), "__reduce__")


class Centred(BaseEstimator):  # type: ignore[misc]
    """An estimator whose answer for a row depends on the others."""

    def fit(self, rows: Any, targets: Any = None) -> Centred:
        return self

    def predict(self, rows: Any) -> Any:
        return rows - rows.mean()


@pytest.mark.parametrize(
    ("model", "predict_fn", "expected"),
    [
        (LogisticRegression(), "predict_proba", True),
        (LogisticRegression(), "score", False),
        (searched(), "predict", True),
        (Centred(), "predict", False),
        (make_pipeline(StandardScaler(), Centred()), "predict", False),
        (make_pipeline(FunctionTransformer(lambda rows: rows - rows.mean()), LinearRegression()), "predict", False),
    ],
    ids=["own method", "score", "search", "own estimator", "own step", "own function"],
)
def test_rows_are_batched_only_where_they_are_independent(model: Any, predict_fn: str, expected: bool) -> None:
    data = FRAME if isinstance(model, GridSearchCV) else ROWS
    assert SklearnPredictor.of(model.fit(data, CLASSES), predict_fn).is_batchable is expected
