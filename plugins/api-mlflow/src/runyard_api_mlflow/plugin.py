"""Provides MLflow's REST API and its artifact proxy on the server."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import ServerMount

PREFIXES = ("/api", "/ajax-api")
ROUTES = ("/2.0/mlflow", "/3.0/mlflow", "/2.0/mlflow-artifacts")
STREAMS = ("artifacts", "mpu/part")


@hookimpl
def runyard_server_mounts() -> list[ServerMount]:
    return [
        ServerMount(
            name="mlflow",
            target="runyard_api_mlflow.application:application",
            summary="MLflow's REST API and artifact proxy.",
            prefixes=(
                *(prefix + route for prefix in PREFIXES for route in ROUTES),
                "/api/2.0mlflow",
                "/get-artifact",
                "/model-versions/get-artifact",
            ),
            streams=tuple(f"{prefix}/2.0/mlflow-artifacts/{what}" for prefix in PREFIXES for what in STREAMS),
        ),
    ]
