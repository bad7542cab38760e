"""Provides the scheme `memory:`, the flavor `line` and its autologger for tests; give it to `Host(plugins=...)`."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import ArtifactScheme, AutologgerSpec, FlavorSpec, RegistryScheme, TrackingScheme


@hookimpl
def runyard_tracking_schemes() -> list[TrackingScheme]:
    return [
        TrackingScheme(
            name="memory", target="runyard.testing.memory.tracking:open_store", summary="Runs in memory, for tests."
        )
    ]


@hookimpl
def runyard_registry_schemes() -> list[RegistryScheme]:
    return [
        RegistryScheme(
            name="memory", target="runyard.testing.memory.registry:open_store", summary="Models in memory, for tests."
        )
    ]


@hookimpl
def runyard_artifact_schemes() -> list[ArtifactScheme]:
    return [
        ArtifactScheme(
            name="memory",
            target="runyard.testing.memory.artifacts:open_store",
            summary="Artifacts in memory, for tests.",
        )
    ]


@hookimpl
def runyard_flavors() -> list[FlavorSpec]:
    return [
        FlavorSpec(
            name="line",
            target="runyard.testing.memory.flavor:LineFlavor",
            module="runyard.testing.memory.line",
            key="line",
            loader_module="runyard.testing.memory.loader",
            summary="A line through points, for tests.",
        )
    ]


@hookimpl
def runyard_autologgers() -> list[AutologgerSpec]:
    return [
        AutologgerSpec(
            name="line",
            target="runyard.testing.memory.autologger:LineAutologger",
            libraries=("runyard",),
            summary="Logs how lines are fitted, for tests.",
        )
    ]
