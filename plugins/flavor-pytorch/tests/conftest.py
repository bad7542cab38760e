"""What the tests of models of PyTorch share: torch itself, modules of its own layers and of a class of one's own."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runyard import Host, Settings
from runyard.testing.mlflow_scripts import MlflowScripts

OWN_MODULE = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)

    def forward(self, first, second=None, scale: float = 1.0):
        return scale * torch.relu(self.layer(first if second is None else first + second))
"""


@pytest.fixture
def torch() -> Any:
    """The package, with the same random numbers for each test."""
    torch = pytest.importorskip("torch", reason="torch is not installed: run .ci/torch .venv")
    torch.manual_seed(0)
    return torch


@pytest.fixture
def layers(torch: Any) -> Any:
    """A module of torch's own layers, some of which act otherwise in training."""
    nn = torch.nn
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.5), nn.BatchNorm1d(4), nn.Linear(4, 2)).eval()


@pytest.fixture
def rows(torch: Any) -> Any:
    return torch.rand(5, 3).numpy()


@pytest.fixture
def own(torch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module with a class of one's own, `own_nets.Net`."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own_nets.py").write_text(OWN_MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "own")
    monkeypatch.delitem(sys.modules, "own_nets", raising=False)
    return importlib.import_module("own_nets")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(Settings(root=tmp_path, data_dir=str(tmp_path / "runyard-data"), strict_plugins=True))


@pytest.fixture
def mlflow_with_torch(runyard_mlflow: MlflowScripts) -> MlflowScripts:
    """Runs scripts in an environment that has both."""
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"
    if runyard_mlflow.run("-c", code).returncode:
        pytest.skip(f"{runyard_mlflow.python} has no torch: run .ci/torch on its environment")
    return runyard_mlflow


@pytest.fixture
def run_mlflow(mlflow_with_torch: MlflowScripts, tmp_path: Path) -> Callable[[str], str]:
    """Runs a script in that environment, and gives what it printed."""

    def run(script: str) -> str:
        folder = tmp_path / "mlflow"
        folder.mkdir(exist_ok=True)
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "RUNYARD_"))}
        environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder / 'tracking.db'}"
        done = mlflow_with_torch.run("-c", script, environ=environ, folder=folder, modules=["torch"])
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
