"""Provides the flavor sklearn."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import FlavorSpec


@hookimpl
def runyard_flavors() -> list[FlavorSpec]:
    return [
        FlavorSpec(
            name="sklearn",
            target="runyard_flavor_sklearn.flavor:SklearnFlavor",
            module="runyard_flavor_sklearn.api",
            key="sklearn",
            loader_module="mlflow.sklearn",
            requires=("scikit-learn",),
            summary="Models of scikit-learn, and estimators that keep its conventions.",
        )
    ]
