"""The tracking store as one that can do a certain thing; `NotSupported` is raised where it cannot."""

# The checker takes a protocol for a class to be made; it is only looked up here.

from __future__ import annotations

from runyard.protocols.changes import KeepsViews
from runyard.protocols.frames import ReadsFrames
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.tracking import (
    IngestsBatches,
    KeepsHeartbeats,
    Purges,
    ReadsManyMetrics,
    SamplesMetrics,
    capability,
)
from runyard.server.service import Stores


def journals(stores: Stores) -> IngestsBatches:
    return capability(stores.tracking, IngestsBatches)  # type: ignore[type-abstract]


def heartbeats(stores: Stores) -> KeepsHeartbeats:
    return capability(stores.tracking, KeepsHeartbeats)  # type: ignore[type-abstract]


def samples(stores: Stores) -> SamplesMetrics:
    return capability(stores.tracking, SamplesMetrics)  # type: ignore[type-abstract]


def many_metrics(stores: Stores) -> ReadsManyMetrics:
    return capability(stores.tracking, ReadsManyMetrics)  # type: ignore[type-abstract]


def purges(stores: Stores) -> Purges:
    return capability(stores.tracking, Purges)  # type: ignore[type-abstract]


def frames(stores: Stores) -> ReadsFrames:
    return capability(stores.tracking, ReadsFrames)  # type: ignore[type-abstract]


def views(stores: Stores) -> KeepsViews:
    return capability(stores.tracking, KeepsViews)  # type: ignore[type-abstract]


def logged_models(stores: Stores) -> KeepsLoggedModels:
    return capability(stores.tracking, KeepsLoggedModels)  # type: ignore[type-abstract]
