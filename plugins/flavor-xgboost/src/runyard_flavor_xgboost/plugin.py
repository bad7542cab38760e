"""Provides the flavor xgboost."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import FlavorSpec


@hookimpl
def runyard_flavors() -> list[FlavorSpec]:
    # It requires no distribution by name: the library is had as xgboost and as xgboost-cpu.
    return [
        FlavorSpec(
            name="xgboost",
            target="runyard_flavor_xgboost.flavor:XGBoostFlavor",
            module="runyard_flavor_xgboost.api",
            key="xgboost",
            loader_module="mlflow.xgboost",
            summary="Boosters of XGBoost and its estimators for scikit-learn.",
        )
    ]
