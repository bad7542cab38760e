"""The flavor contract, on models of XGBoost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost

from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor import FlavorContract
from runyard_flavor_xgboost import plugin

ROWS = np.random.default_rng(0).random((30, 3))
CLASSES = np.arange(30) % 3


class XGBoostContract(FlavorContract):
    @pytest.fixture
    def spec(self) -> FlavorSpec:
        return plugin.runyard_flavors()[0]

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("xgboost", "sklearn", "numpy", "pandas")


class TestABooster(XGBoostContract):
    @pytest.fixture
    def data(self) -> Any:
        return pd.DataFrame(ROWS, columns=["a", "b", "c"])

    @pytest.fixture
    def model(self, data: Any) -> Any:
        return xgboost.train({"max_depth": 2}, xgboost.DMatrix(data, label=CLASSES), 3)

    @pytest.fixture
    def other_model(self, data: Any) -> Any:
        return xgboost.train({"max_depth": 2}, xgboost.DMatrix(data, label=CLASSES), 9)

    def answer(self, model: Any, data: Any) -> Any:
        return model.predict(xgboost.DMatrix(data))


class TestAClassifier(XGBoostContract):
    @pytest.fixture
    def data(self) -> Any:
        return ROWS

    @pytest.fixture
    def model(self, data: Any) -> Any:
        return xgboost.XGBClassifier(n_estimators=3).fit(data, CLASSES)

    @pytest.fixture
    def other_model(self, data: Any) -> Any:
        return xgboost.XGBClassifier(n_estimators=3).fit(data, 2 - CLASSES)
