"""The flavor contract, for a class, a function and a file of code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor import FlavorContract
from runyard_flavor_python import plugin
from runyard_flavor_python.python_model import PythonModel


def scaling_model() -> PythonModel:
    """An object of a class that is pickled by value, as one of a script is."""

    class Scaling(PythonModel):
        def __init__(self, factor: float) -> None:
            self.factor = factor

        def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
            return (model_input["x"] * self.factor + model_input["y"]).tolist()

    return Scaling(2.0)


def scaling_function() -> Any:
    factor = 2.0

    def scaled(model_input: Any) -> Any:
        return (model_input["x"] * factor + model_input["y"]).tolist()

    return scaled


class PythonContract(FlavorContract):
    @pytest.fixture
    def spec(self) -> FlavorSpec:
        return plugin.runyard_flavors()[0]

    @pytest.fixture
    def data(self) -> Any:
        return pd.DataFrame({"x": [1.0, 2.5], "y": [0.5, 1.0]})

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("cloudpickle", "pandas", "numpy", "pydantic")

    @pytest.fixture
    def runs_no_code(self) -> bool:
        return False


class TestClass(PythonContract):
    @pytest.fixture
    def model(self) -> Any:
        return scaling_model()

    def answer(self, model: Any, data: Any) -> Any:
        return model.predict(None, data)


class TestFunction(PythonContract):
    @pytest.fixture
    def model(self) -> Any:
        return scaling_function()

    def answer(self, model: Any, data: Any) -> Any:
        return model(data)
