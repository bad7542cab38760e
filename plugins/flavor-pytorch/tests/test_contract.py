"""The flavor contract, on models of PyTorch in both formats."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from runyard.host import Host
from runyard.models.loading import load_model
from runyard.models.saving import save_model
from runyard.specs import FlavorSpec
from runyard.testing.contracts.flavor import FlavorContract, assert_equal
from runyard.testing.mlflow_scripts import MlflowScripts
from runyard_flavor_pytorch import plugin


class PytorchContract(FlavorContract):
    @pytest.fixture
    def spec(self) -> FlavorSpec:
        return plugin.runyard_flavors()[0]

    @pytest.fixture
    def libraries(self) -> Sequence[str]:
        return ("torch", "safetensors", "cloudpickle", "numpy", "pandas")

    @pytest.fixture
    def model(self, layers: Any) -> Any:
        return layers

    @pytest.fixture
    def other_model(self, layers: Any) -> Any:
        import torch

        other = copy.deepcopy(layers)
        with torch.no_grad():
            for weights in other.parameters():
                weights.add_(1.0)
        return other

    @pytest.fixture
    def data(self, rows: Any) -> Any:
        return rows

    def answer(self, model: Any, data: Any) -> Any:
        import torch

        with torch.no_grad():
            return model(torch.from_numpy(data)).numpy()

    @pytest.mark.mlflow
    @pytest.mark.usefixtures("mlflow_with_torch")
    def test_mlflow_loads_it_and_predicts_the_same(
        self, saved: Path, model: Any, data: Any, libraries: Sequence[str], runyard_mlflow: MlflowScripts
    ) -> None:
        super().test_mlflow_loads_it_and_predicts_the_same(saved, model, data, libraries, runyard_mlflow)


@pytest.mark.torch
class TestAnExportedProgram(PytorchContract):
    def test_a_model_comes_back_as_it_was(
        self, spec: FlavorSpec, saved: Path, model: Any, data: Any, host: Host
    ) -> None:
        """As a program, which is another class of modules with the same weights."""
        import torch

        loaded = load_model(spec.name, saved, host=host)
        assert isinstance(loaded, torch.nn.Module)
        assert set(loaded.state_dict()) == set(model.state_dict())
        assert_equal(self.answer(loaded, data), self.answer(model, data))


@pytest.mark.torch
class TestAPickle(PytorchContract):
    @pytest.fixture
    def saved(self, spec: FlavorSpec, model: Any, data: Any, host: Host, tmp_path: Path) -> Path:
        options = {"serialization_format": "pickle"}
        save_model(spec.name, model, tmp_path / "model", options, input_example=data, host=host)
        return tmp_path / "model"
