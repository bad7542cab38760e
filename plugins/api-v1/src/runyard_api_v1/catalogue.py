"""All endpoints of the API."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runyard_api_v1 import (
    aggregate,
    archive,
    artifacts,
    description,
    diff,
    experiments,
    frames,
    images,
    lineage,
    live,
    machine,
    models,
    plugins,
    preview,
    run_schema,
    runs,
    series,
    views,
)

TAGS: Mapping[str, str] = MappingProxyType(
    {
        "server": "The server itself.",
        "experiments": "Experiments and what happens in them.",
        "runs": "Runs: tables, groups, differences.",
        "metrics": "Curves.",
        "artifacts": "Files of runs and models.",
        "models": "Registered models: history, lineage.",
        "views": "Saved views.",
        "live": "What changes, as it changes.",
        "journals": "Delivery from clients' journals, exactly once.",
        "purge": "Erasing for good.",
    }
)

ENDPOINTS = (
    *description.ENDPOINTS,
    *machine.ENDPOINTS,
    *experiments.ENDPOINTS,
    *frames.ENDPOINTS,
    *run_schema.ENDPOINTS,
    *aggregate.ENDPOINTS,
    *diff.ENDPOINTS,
    *runs.ENDPOINTS,
    *series.ENDPOINTS,
    *artifacts.ENDPOINTS,
    *preview.ENDPOINTS,
    *archive.ENDPOINTS,
    *images.ENDPOINTS,
    *models.ENDPOINTS,
    *lineage.ENDPOINTS,
    *views.ENDPOINTS,
    *live.ENDPOINTS,
    *plugins.ENDPOINTS,
)
