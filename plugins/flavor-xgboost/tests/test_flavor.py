"""XGBoost's models: every class and format, both ways to MLflow, and nothing made that MLmodel should not name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import xgboost
from sklearn.base import clone

from runyard.errors import CorruptData, InvalidInput
from runyard.host import Host
from runyard.models import hashes
from runyard.models.descriptor import FILE_NAME, Model
from runyard.models.loading import load_model
from runyard.models.pyfunc import load_model as load_pyfunc
from runyard.models.saving import save_model
from runyard.settings import Settings
from runyard_flavor_xgboost.predictor import XGBoostPredictor

ROWS = np.random.default_rng(0).random((30, 3))
FRAME = pd.DataFrame(ROWS, columns=["a", "b", "c"])
CLASSES = np.arange(30) % 3
ESTIMATORS = {
    "classifier": xgboost.XGBClassifier(n_estimators=3),
    "regressor": xgboost.XGBRegressor(n_estimators=3),
    "ranker": xgboost.XGBRanker(n_estimators=3),
    "forest": xgboost.XGBRFRegressor(n_estimators=3),
}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(Settings(root=tmp_path, data_dir=str(tmp_path / "runyard-data"), strict_plugins=True))


def fitted(name: str, data: Any = ROWS) -> Any:
    if name == "booster":
        return xgboost.train({"max_depth": 2}, xgboost.DMatrix(data, label=CLASSES), 3)
    groups = {"group": [10, 20]} if name == "ranker" else {}
    return clone(ESTIMATORS[name]).fit(data, CLASSES, **groups)


def answer(model: Any, data: Any) -> Any:
    return model.predict(xgboost.DMatrix(data) if isinstance(model, xgboost.Booster) else data)


def save(model: Any, folder: Path, host: Host, **options: Any) -> Path:
    save_model("xgboost", model, folder, options, host=host)
    return folder


def rewrite(folder: Path, **keys: Any) -> None:
    """Change what MLmodel says to the flavor."""
    described = Model.load(folder).to_dict()
    described["flavors"]["xgboost"].update(keys)
    (folder / hashes.FILE_NAME).unlink()
    Model.from_dict(described).save(folder / FILE_NAME)


@pytest.mark.parametrize("model_format", ["ubj", "json"])
@pytest.mark.parametrize("name", ["booster", *ESTIMATORS])
def test_every_class_comes_back_from_every_format(name: str, model_format: str, host: Host, tmp_path: Path) -> None:
    model = fitted(name)
    folder = save(model, tmp_path / "m", host, model_format=model_format)
    assert (folder / f"model.{model_format}").is_file()
    loaded = load_model("xgboost", folder, host=host)
    assert type(loaded) is type(model)
    np.testing.assert_allclose(answer(loaded, ROWS), answer(model, ROWS))
    np.testing.assert_allclose(load_pyfunc(folder, host=host).predict(ROWS), answer(model, ROWS))


def test_the_requirement_is_the_distribution_that_is_installed(host: Host, tmp_path: Path) -> None:
    lines = (save(fitted("classifier"), tmp_path / "m", host) / "requirements.txt").read_text(encoding="utf-8")
    assert f"xgboost-cpu=={xgboost.__version__}" in lines.split()
    assert "scikit-learn==" in lines


@pytest.mark.parametrize("name", ["os.system", "xgboost.sklearn.os", "xgboost.core.ctypes", "own.Model", "Booster"])
def test_mlmodel_cannot_name_what_is_not_xgboosts(name: str, host: Host, tmp_path: Path) -> None:
    folder = save(fitted("booster"), tmp_path / "m", host)
    rewrite(folder, model_class=name)
    with pytest.raises(CorruptData, match=r"not XGBoost's.*XGBClassifier"):
        load_model("xgboost", folder, host=host)


def test_models_of_old_mlflows_name_no_class_and_any_file(host: Host, tmp_path: Path) -> None:
    model = fitted("booster")
    folder = save(model, tmp_path / "m", host)
    (folder / "model.ubj").rename(folder / "model.xgb")
    described = Model.load(folder).to_dict()
    described["flavors"]["xgboost"] = {"data": "model.xgb", "xgb_version": "1.5.0"}
    (folder / hashes.FILE_NAME).unlink()
    Model.from_dict(described).save(folder / FILE_NAME)
    np.testing.assert_allclose(answer(load_model("xgboost", folder, host=host), ROWS), answer(model, ROWS))


def test_a_file_that_is_no_model_is_noticed(host: Host, tmp_path: Path) -> None:
    for name in ("booster", "classifier"):
        folder = save(fitted(name), tmp_path / name, host)
        (folder / hashes.FILE_NAME).unlink()
        for content in (b"", b"no model", b"{}"):
            (folder / "model.ubj").write_bytes(content)
            with pytest.raises(CorruptData, match=r"cannot read .*model\.ubj"):
                load_model("xgboost", folder, host=host)


def test_a_file_of_another_kind_of_estimator_is_noticed(host: Host, tmp_path: Path) -> None:
    folder = save(fitted("classifier"), tmp_path / "m", host)
    rewrite(folder, model_class="xgboost.sklearn.XGBRegressor")
    with pytest.raises(CorruptData, match="XGBRegressor"):
        load_model("xgboost", folder, host=host)


class Derived(xgboost.XGBRegressor):  # type: ignore[misc,unused-ignore]
    """An estimator of a user's own."""


def test_what_is_not_xgboosts_own_is_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"Derived.*runyard\.sklearn"):
        save(Derived(n_estimators=2).fit(ROWS, CLASSES), tmp_path / "m", host)


def test_what_is_not_fitted_is_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot save this XGBClassifier"):
        save(xgboost.XGBClassifier(), tmp_path / "m", host)


@pytest.mark.parametrize("options", [{"model_format": "xgb"}, {"x": 1}])
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], host: Host, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="model_format"):
        save(fitted("booster"), tmp_path / "m", host, **options)


@pytest.mark.parametrize("name", ["booster", "classifier"])
def test_a_model_with_names_takes_dataframes_and_one_without_arrays(name: str) -> None:
    named = fitted(name, FRAME)
    predictor = XGBoostPredictor.of(named)
    assert predictor.takes == "dataframe"
    np.testing.assert_allclose(predictor.predict(FRAME), answer(named, FRAME))
    unnamed = fitted(name)
    predictor = XGBoostPredictor.of(unnamed)
    assert predictor.takes == "ndarray"
    np.testing.assert_allclose(predictor.predict(FRAME), answer(unnamed, ROWS))
    np.testing.assert_allclose(predictor.predict(scipy.sparse.csr_matrix(ROWS)), answer(unnamed, ROWS))


def test_names_of_columns_are_still_checked() -> None:
    with pytest.raises(ValueError, match="feature_names mismatch"):
        XGBoostPredictor.of(fitted("booster", FRAME)).predict(FRAME.rename(columns={"a": "other"}))


def test_categories_and_missing_values(host: Host, tmp_path: Path) -> None:
    data = FRAME.assign(colour=pd.Categorical(["red", "blue"] * 15), count=pd.array([1, None] * 15, dtype="Int64"))
    matrix = xgboost.DMatrix(data, label=CLASSES, enable_categorical=True)
    model = xgboost.train({"max_depth": 2}, matrix, 3)
    loaded = load_pyfunc(save(model, tmp_path / "m", host), host=host)
    np.testing.assert_allclose(loaded.predict(data), model.predict(matrix))


def test_params_are_arguments_of_predict() -> None:
    model = fitted("booster")
    predictor = XGBoostPredictor.of(model)
    expected = model.predict(xgboost.DMatrix(ROWS), pred_contribs=True)
    with pytest.warns(UserWarning, match="ignored: other"):
        np.testing.assert_allclose(predictor.predict(ROWS, {"pred_contribs": True, "other": 1}), expected)


def test_a_linear_booster_answers_threads_one_at_a_time() -> None:
    model = xgboost.train({"booster": "gblinear"}, xgboost.DMatrix(ROWS, label=CLASSES), 3)
    predictor = XGBoostPredictor.of(model)
    assert predictor.method is not model.predict
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(predictor.predict, [ROWS] * 20):
            np.testing.assert_allclose(got, answer(model, ROWS))


WRITE = """
import json, pathlib, sys, warnings
warnings.simplefilter("ignore")
import mlflow.xgboost, numpy as np, xgboost
folder, rows = pathlib.Path(sys.argv[1]), np.array(json.load(sys.stdin))
classes = np.arange(len(rows)) % 3
models = {"booster": xgboost.train({"max_depth": 2}, xgboost.DMatrix(rows, label=classes), 3),
    "classifier": xgboost.XGBClassifier(n_estimators=3).fit(rows, classes)}
for name, model in models.items():
    for form in ("ubj", "json", "xgb"):
        mlflow.xgboost.save_model(model, folder / f"{name}-{form}", model_format=form, pip_requirements=["xgboost"])
print(json.dumps({"booster": models["booster"].predict(xgboost.DMatrix(rows)).tolist(),
    "classifier": models["classifier"].predict(rows).tolist()}))
"""
READ = """
import json, pathlib, sys, warnings
warnings.simplefilter("ignore")
import mlflow, numpy as np
folder, rows = pathlib.Path(sys.argv[1]), np.array(json.load(sys.stdin))
print(json.dumps({path.name: [mlflow.pyfunc.load_model(str(path)).predict(rows).tolist(),
    type(mlflow.xgboost.load_model(str(path))).__name__] for path in folder.iterdir()}))
"""


@pytest.mark.mlflow
def test_what_mlflow_wrote_is_loaded(host: Host, in_mlflow: Callable[[str, Path, Any], Any], tmp_path: Path) -> None:
    for name, expected in in_mlflow(WRITE, tmp_path, ROWS.tolist()).items():
        for model_format in ("ubj", "json", "xgb"):
            folder = tmp_path / f"{name}-{model_format}"
            np.testing.assert_allclose(load_pyfunc(folder, host=host).predict(ROWS), expected, rtol=1e-5)


@pytest.mark.mlflow
def test_mlflow_loads_what_is_written_here(
    host: Host, in_mlflow: Callable[[str, Path, Any], Any], tmp_path: Path
) -> None:
    models = {name: fitted(name) for name in ("booster", *ESTIMATORS)}
    for name, model in models.items():
        save(model, tmp_path / "ours" / name, host, model_format="json" if name == "booster" else "ubj")
    for name, (predictions, kind) in in_mlflow(READ, tmp_path / "ours", ROWS.tolist()).items():
        assert kind == type(models[name]).__name__
        np.testing.assert_allclose(predictions, answer(models[name], ROWS), rtol=1e-5)


def test_loading_imports_nothing_that_mlmodel_names(host: Host, tmp_path: Path) -> None:
    folder = save(fitted("booster"), tmp_path / "m", host)
    rewrite(folder, model_class="antigravity.Booster")
    with pytest.raises(CorruptData):
        load_model("xgboost", folder, host=host)
    assert "antigravity" not in sys.modules
