"""Provides the flavor sklearn and its autologger."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import AutologgerSpec, FlavorSpec


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


@hookimpl
def runyard_autologgers() -> list[AutologgerSpec]:
    return [
        AutologgerSpec(
            name="sklearn",
            target="runyard_flavor_sklearn.autologger:SklearnAutologger",
            libraries=("sklearn",),
            supports={"scikit-learn": ">=1.5,<2"},
            summary="Logs what estimators of scikit-learn are fitted with and how well they fit.",
        )
    ]
