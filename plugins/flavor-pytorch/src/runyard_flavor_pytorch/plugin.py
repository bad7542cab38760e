"""Provides the flavor pytorch."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import FlavorSpec


@hookimpl
def runyard_flavors() -> list[FlavorSpec]:
    return [
        FlavorSpec(
            name="pytorch",
            target="runyard_flavor_pytorch.flavor:PytorchFlavor",
            module="runyard_flavor_pytorch.api",
            key="pytorch",
            loader_module="mlflow.pytorch",
            requires=("torch",),
            summary="Models of PyTorch: modules, exported programs and TorchScript.",
        )
    ]
