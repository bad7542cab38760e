"""LightGBM's flavor does what every flavor must do, and reads what MLflow writes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import lightgbm
import numpy as np
import pytest

from runyard.errors import CorruptData, Forbidden, InvalidInput
from runyard.host import Host
from runyard.models import hashes
from runyard.models.pyfunc import load_model as load_pyfunc
from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor import FlavorContract, assert_equal
from runyard.testing.contracts.plugin import PluginContract
from runyard_flavor_lightgbm import api, plugin

ROWS = np.random.default_rng(0).random((60, 3))
LABELS = (ROWS[:, 0] > ROWS[:, 1]).astype(int)

# Saves a Booster and an estimator as MLflow does, and what they predict for the rows.
MLFLOW_SAVES = """
import sys, warnings
warnings.simplefilter("ignore")
import lightgbm, mlflow.lightgbm, numpy as np
rows = np.random.default_rng(0).random((60, 3))
labels = (rows[:, 0] > rows[:, 1]).astype(int)
booster = lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(rows, labels), 5)
estimator = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(rows, labels)
for name, model in {"booster": booster, "estimator": estimator}.items():
    mlflow.lightgbm.save_model(model, f"{sys.argv[1]}/{name}", serialization_format="cloudpickle", pip_requirements=[])
    np.save(f"{sys.argv[1]}/{name}.npy", model.predict(rows))
"""


def trained(seed: int) -> lightgbm.Booster:
    params = {"objective": "binary", "verbose": -1, "seed": seed, "num_leaves": 3 + seed, "min_data_in_leaf": 5}
    return lightgbm.train(params, lightgbm.Dataset(ROWS, LABELS), 5)


class TestBoosters(FlavorContract):
    @pytest.fixture
    def spec(self) -> FlavorSpec:
        return plugin.runyard_flavors()[0]

    @pytest.fixture
    def model(self) -> lightgbm.Booster:
        return trained(0)

    @pytest.fixture
    def other_model(self) -> lightgbm.Booster:
        return trained(3)

    @pytest.fixture
    def data(self) -> Any:
        return ROWS[:4].copy()

    @pytest.fixture
    def params(self) -> Mapping[str, Any]:
        return {"raw_score": True}

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("lightgbm", "numpy", "pandas", "scipy", "sklearn")

    def test_a_damaged_booster_is_refused(self, saved: Path, host: Host) -> None:
        (saved / hashes.FILE_NAME).unlink()
        (saved / "model.lgb").write_text("tree", encoding="utf-8")
        with pytest.raises(CorruptData, match=r"model\.lgb"):
            api.load_model(saved, host=host)

    def test_an_estimator_is_sent_to_its_own_flavor(self, tmp_path: Path, host: Host) -> None:
        estimator = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(ROWS, LABELS)
        with pytest.raises(InvalidInput, match=r"got LGBMClassifier; save an estimator with runyard\.sklearn"):
            api.save_model(estimator, tmp_path / "estimator", host=host)

    @pytest.mark.mlflow
    def test_it_loads_what_mlflow_saves(self, tmp_path: Path, host: Host) -> None:
        python = os.environ.get("RUNYARD_TEST_MLFLOW")
        if not python:
            pytest.skip("no environment with mlflow: set RUNYARD_TEST_MLFLOW to its Python")
        done = subprocess.run(
            [python, "-c", MLFLOW_SAVES, str(tmp_path)], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        assert_equal(load_pyfunc(tmp_path / "booster", host=host).predict(ROWS), np.load(tmp_path / "booster.npy"))
        with pytest.raises(Forbidden, match=r"the pickle model\.pkl"):
            load_pyfunc(tmp_path / "estimator", host=host)
        estimator = load_pyfunc(tmp_path / "estimator", trust=True, host=host)
        assert_equal(estimator.predict(ROWS), np.load(tmp_path / "estimator.npy"))


class TestManifest(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return plugin


def test_users_import_it_from_runyard() -> None:
    assert import_module("runyard.lightgbm") is api
