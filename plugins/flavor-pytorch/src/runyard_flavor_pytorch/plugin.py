"""Provides the flavor pytorch and the autologger of PyTorch Lightning."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import AutologgerSpec, FlavorSpec


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


@hookimpl
def runyard_autologgers() -> list[AutologgerSpec]:
    return [
        AutologgerSpec(
            name="pytorch",
            target="runyard_flavor_pytorch.autologger:LightningAutologger",
            libraries=("lightning", "pytorch_lightning"),
            supports={"lightning": ">=2.5,<3", "pytorch-lightning": ">=2.5,<3"},
            summary="Logs what trainers of PyTorch Lightning fit: params, metrics, checkpoints, the model.",
        )
    ]
