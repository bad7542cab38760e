"""The flavor contract, for a class, a function and a file of code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from runyard.errors import CorruptData, InvalidInput
from runyard.host import Host
from runyard.protocols.flavor import ModelFiles
from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor import FlavorContract
from runyard_flavor_python import plugin
from runyard_flavor_python.flavor import PythonFlavor
from runyard_flavor_python.python_model import PythonModel


def scaling_model(factor: float = 2.0) -> PythonModel:
    """An object of a class that is pickled by value, as one of a script is."""

    class Scaling(PythonModel):
        def __init__(self, factor: float) -> None:
            self.factor = factor

        def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
            return (model_input["x"] * self.factor + model_input["y"]).tolist()

    return Scaling(factor)


def scaling_function(factor: float = 2.0) -> Any:
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

    def save_by_function(self, module: Any, model: Any, folder: Path, **options: Any) -> None:
        module.save_model(folder, python_model=model, **options)

    def log_by_function(self, module: Any, model: Any, **options: Any) -> Any:
        return module.log_model(python_model=model, **options)

    def load_by_function(self, module: Any, uri: Any, host: Host) -> Any:
        return module.load_model(uri, trust=True, host=host).get_raw_model()


class TestClass(PythonContract):
    @pytest.fixture
    def model(self) -> Any:
        return scaling_model()

    @pytest.fixture
    def other_model(self) -> Any:
        return scaling_model(3.0)

    def answer(self, model: Any, data: Any) -> Any:
        return model.predict(None, data)


class TestFunction(PythonContract):
    @pytest.fixture
    def model(self) -> Any:
        return scaling_function()

    @pytest.fixture
    def other_model(self) -> Any:
        return scaling_function(3.0)

    def answer(self, model: Any, data: Any) -> Any:
        return model(data)


def test_every_option_is_known(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="unknown option 'artifact' of a Python model, did you mean 'artifacts'"):
        PythonFlavor().save(scaling_model(), tmp_path, {"artifact": {}})


def test_a_pickle_of_another_python_is_warned_of(tmp_path: Path) -> None:
    PythonFlavor().save(scaling_model(), tmp_path, {})
    keys = {"python_model": "python_model.pkl", "cloudpickle_version": "3.1.0"}
    files = ModelFiles(folder=tmp_path, keys=keys, pyfunc={**keys, "python_version": "3.9.18"})
    with pytest.warns(UserWarning, match=r"was pickled by Python 3\.9\.18 and this is"):
        PythonFlavor().load(files, {})


@pytest.mark.parametrize("kept", [3, {"text": "artifacts/text"}, {"text": {}}])
def test_artifacts_that_mlmodel_does_not_describe_are_told_of(kept: Any, tmp_path: Path) -> None:
    keys = {"python_model": "python_model.pkl", "artifacts": kept}
    with pytest.raises(CorruptData, match="does not say where the artifacts are"):
        PythonFlavor().predictor(scaling_model(), ModelFiles(folder=tmp_path, keys=keys), {})


def test_an_artifact_outside_of_the_model_is_refused(tmp_path: Path) -> None:
    keys = {"python_model": "python_model.pkl", "artifacts": {"text": {"path": "../secret"}}}
    with pytest.raises(CorruptData, match="outside"):
        PythonFlavor().predictor(scaling_model(), ModelFiles(folder=tmp_path, keys=keys), {})
