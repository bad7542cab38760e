"""Provides the flavor `lightgbm`."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import FlavorSpec


@hookimpl
def runyard_flavors() -> list[FlavorSpec]:
    return [
        FlavorSpec(
            name="lightgbm",
            target="runyard_flavor_lightgbm.flavor:LightGBMFlavor",
            module="runyard_flavor_lightgbm.api",
            key="lightgbm",
            loader_module="mlflow.lightgbm",
            requires=("lightgbm",),
            summary="Boosters of LightGBM.",
        ),
    ]
