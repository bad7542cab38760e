"""The formats of a model's file: what is written by default, what is refused, what is named as a risk."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import Birch
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from runyard.errors import CorruptData, Forbidden, InvalidInput
from runyard.host import Host
from runyard.models import hashes, trust
from runyard.models.descriptor import Model
from runyard.models.loading import fetch_model, load_model
from runyard.models.saving import save_model
from runyard.settings import Settings
from runyard_flavor_sklearn.flavor import SklearnFlavor

ROWS = np.random.default_rng(0).random((40, 3))
CLASSES = np.arange(40) % 2


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(Settings(root=tmp_path, data_dir=str(tmp_path / "runyard-data"), strict_plugins=True))


@pytest.fixture
def careful(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A fitted estimator of a class of the user's."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    from own_estimators import Careful

    yield Careful().fit(ROWS, CLASSES)
    sys.modules.pop("own_estimators", None)


def save(model: Any, folder: Path, host: Host, **options: Any) -> Path:
    save_model("sklearn", model, folder, options, host=host)
    return folder


def risks(folder: Path, host: Host) -> list[str]:
    return list(SklearnFlavor().risks(fetch_model(folder, host=host).files("sklearn")))


def keys(folder: Path) -> dict[str, Any]:
    return dict(Model.load(folder).flavors["sklearn"])


def forget_what_was_saved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process look at its models as another one does."""
    monkeypatch.setattr(trust._own, "hashes", set())


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2, scoring="f1"),
        make_pipeline(SimpleImputer(), FunctionTransformer(np.log1p), LinearRegression()),
        GaussianProcessRegressor(ConstantKernel() * RBF(), optimizer=None),
    ],
    ids=lambda model: type(model).__name__,
)
def test_what_scikit_learn_makes_of_python_runs_no_code(model: Any, host: Host, tmp_path: Path) -> None:
    folder = save(model.fit(ROWS, CLASSES), tmp_path / "m", host)
    assert risks(folder, host) == []
    assert load_model("sklearn", folder, host=host).predict(ROWS).tolist() == model.predict(ROWS).tolist()


@pytest.mark.parametrize(
    ("model", "compiled"),
    [
        (RandomForestClassifier(3), "sklearn.tree._tree.Tree"),
        (
            HistGradientBoostingRegressor(max_iter=3),
            "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        ),
        (KNeighborsClassifier(algorithm="kd_tree"), "sklearn.neighbors._kd_tree.KDTree"),
    ],
    ids=["forest", "boosting", "neighbours"],
)
def test_compiled_parts_are_saved_and_named_as_risks(
    model: Any, compiled: str, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save(model.fit(ROWS, CLASSES), tmp_path / "m", host)
    assert compiled in keys(folder)["skops_trusted_types"]
    assert any(compiled in risk for risk in risks(folder, host))
    forget_what_was_saved_here(monkeypatch)
    with pytest.raises(Forbidden, match=compiled):
        load_model("sklearn", folder, host=host)
    loaded = load_model("sklearn", folder, trust=True, host=host)
    assert loaded.predict(ROWS).tolist() == model.predict(ROWS).tolist()


def test_a_class_of_the_users_is_refused_with_both_ways_out(careful: Any, host: Host, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        save(careful, tmp_path / "m", host)
    assert "skops_trusted_types=['own_estimators.Careful']" in str(caught.value)
    assert 'serialization_format="cloudpickle"' in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "m").exists()


def test_a_class_that_the_user_names_is_saved_and_still_a_risk_elsewhere(
    careful: Any, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save(careful, tmp_path / "m", host, skops_trusted_types=["own_estimators.Careful"])
    assert keys(folder)["skops_trusted_types"] == ["own_estimators.Careful"]
    forget_what_was_saved_here(monkeypatch)
    with pytest.raises(Forbidden, match=r"own_estimators\.Careful"):
        load_model("sklearn", folder, host=host)
    assert type(load_model("sklearn", folder, trust=True, host=host)) is type(careful)


def test_a_function_without_a_name_is_refused_with_the_one_way_out(host: Host, tmp_path: Path) -> None:
    model = make_pipeline(FunctionTransformer(lambda rows: rows + 1), LinearRegression()).fit(ROWS, CLASSES)
    with pytest.raises(InvalidInput) as caught:
        save(model, tmp_path / "m", host)
    assert "cloudpickle" in str(caught.value)
    assert "skops_trusted_types=" not in str(caught.value)
    folder = save(model, tmp_path / "m", host, serialization_format="cloudpickle")
    assert load_model("sklearn", folder, host=host).predict(ROWS).tolist() == model.predict(ROWS).tolist()


def test_what_skops_cannot_write_is_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r'skops cannot write this Birch.*serialization_format="cloudpickle"'):
        save(Birch(threshold=0.1).fit(ROWS), tmp_path / "m", host)


@pytest.mark.parametrize("name", ["pickle", "cloudpickle"])
def test_pickles_are_named_with_what_they_import(
    name: str, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save(LinearRegression().fit(ROWS, CLASSES), tmp_path / "m", host, serialization_format=name)
    assert keys(folder)["pickled_model"] == "model.pkl"
    assert ("cloudpickle==" in (folder / "requirements.txt").read_text(encoding="utf-8")) is (name == "cloudpickle")
    (risk,) = risks(folder, host)
    assert "model.pkl" in risk
    assert "sklearn" in risk
    forget_what_was_saved_here(monkeypatch)
    with pytest.raises(Forbidden, match="pickle"):
        load_model("sklearn", folder, host=host)


def test_a_list_of_trusted_types_in_the_model_itself_is_not_believed(host: Host, tmp_path: Path, careful: Any) -> None:
    folder = save(careful, tmp_path / "m", host, skops_trusted_types=["own_estimators.Careful"])
    assert risks(folder, host) == ["the type own_estimators.Careful, which skops does not vouch for"]


def test_looking_for_risks_imports_nothing_of_the_model(
    careful: Any, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = ["own_estimators.Careful"]
    folders = [
        save(careful, tmp_path / name, host, serialization_format=name, skops_trusted_types=trusted)
        for name in ("skops", "pickle")
    ]
    monkeypatch.delitem(sys.modules, "own_estimators")
    for folder in folders:
        assert "own_estimators" in " ".join(risks(folder, host))
    assert "own_estimators" not in sys.modules


@pytest.mark.parametrize(
    "model", [LogisticRegression(), RandomForestClassifier(3)], ids=lambda model: type(model).__name__
)
def test_a_trusted_file_is_read_once(model: Any, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = save(model.fit(ROWS, CLASSES), tmp_path / "m", host)
    opened = []
    real = zipfile.ZipFile.__init__

    def noted(self: zipfile.ZipFile, *arguments: Any, **named: Any) -> None:
        opened.append(arguments)
        real(self, *arguments, **named)

    monkeypatch.setattr(zipfile.ZipFile, "__init__", noted)
    assert load_model("sklearn", folder, trust=True, host=host).predict(ROWS).shape == (40,)
    assert len(opened) == 1


@pytest.mark.parametrize("options", [{"serialization_format": "joblib"}, {"skops_trusted_types": "a.B"}, {"x": 1}])
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], host: Host, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"joblib|skops_trusted_types|'x'"):
        save(LinearRegression().fit(ROWS, CLASSES), tmp_path / "m", host, **options)


@pytest.mark.parametrize("name", ["skops", "pickle"])
@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04 no zip"])
def test_a_file_that_is_no_model_is_noticed(name: str, content: bytes, host: Host, tmp_path: Path) -> None:
    folder = save(LinearRegression().fit(ROWS, CLASSES), tmp_path / "m", host, serialization_format=name)
    (folder / hashes.FILE_NAME).unlink()
    (folder / keys(folder)["pickled_model"]).write_bytes(content)
    with pytest.raises(CorruptData, match=r"model\.(skops|pkl)|pickle"):
        load_model("sklearn", folder, trust=True, host=host)
