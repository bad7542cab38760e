"""The flavor contract, on models of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor import FlavorContract
from runyard_flavor_sklearn import plugin


class SklearnContract(FlavorContract):
    @pytest.fixture
    def spec(self) -> FlavorSpec:
        return plugin.runyard_flavors()[0]

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("sklearn", "skops", "skops.io", "cloudpickle", "numpy", "pandas")


class TestAnEstimatorOfArrays(SklearnContract):
    @pytest.fixture
    def data(self) -> Any:
        return np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 1.0]])

    @pytest.fixture
    def model(self, data: Any) -> Any:
        return LinearRegression().fit(data, [1.0, 2.0, 4.0])

    @pytest.fixture
    def other_model(self, data: Any) -> Any:
        return LinearRegression().fit(data, [4.0, 2.0, 9.0])


class TestAPipelineOfDataFrames(SklearnContract):
    @pytest.fixture
    def data(self) -> Any:
        return pd.DataFrame({"size": [1.0, 2.0, 3.0, 4.0], "colour": ["red", "blue", "red", "blue"]})

    @pytest.fixture
    def model(self, data: Any) -> Any:
        return pipeline().fit(data, [0, 0, 1, 1])

    @pytest.fixture
    def other_model(self, data: Any) -> Any:
        return pipeline().fit(data, [1, 1, 0, 0])


def pipeline() -> Pipeline:
    columns = ColumnTransformer([("size", StandardScaler(), ["size"]), ("colour", OneHotEncoder(), ["colour"])])
    return Pipeline([("columns", columns), ("classifier", LogisticRegression())])
