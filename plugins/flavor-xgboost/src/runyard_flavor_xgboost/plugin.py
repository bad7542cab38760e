"""Provides the flavor xgboost, its autologger, and a panel that shows the importance of features."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import AutologgerSpec, FlavorSpec, PanelSpec


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


@hookimpl
def runyard_autologgers() -> list[AutologgerSpec]:
    return [
        AutologgerSpec(
            name="xgboost",
            target="runyard_flavor_xgboost.autologger:XGBoostAutologger",
            # Metrics of predictions are worked out by scikit-learn's functions.
            libraries=("xgboost", "sklearn"),
            supports={"xgboost": ">=3,<4", "xgboost-cpu": ">=3,<4"},
            summary="Logs what XGBoost trains: params, curves, importance of features, the model.",
        )
    ]


@hookimpl
def runyard_ui_panels() -> list[PanelSpec]:
    return [
        PanelSpec(
            name="xgboost-importance",
            target="runyard_flavor_xgboost:importance.js",
            title="Importance",
            summary="Shows the features that a model goes by most, as they were logged with it.",
            slot="artifact.preview",
            files=("feature_importance_*.json",),
        ),
    ]
