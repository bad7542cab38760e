"""What every tracking store must do: inherit `TrackingStoreContract` and give the fixture `store`.

The store is fresh: nothing is in it but the experiment Default. For each capability that it has, inherit that contract
as well; `FullTrackingStoreContract` is all of them.
"""

from __future__ import annotations

from runyard.testing.contracts.changes import ChangesContract
from runyard.testing.contracts.dataset_summaries import DatasetSummariesContract
from runyard.testing.contracts.frames import FrameSchemaContract, FramesContract
from runyard.testing.contracts.logged_model_search import LoggedModelSearchContract
from runyard.testing.contracts.logged_models import (
    LoggedModelChangesContract,
    LoggedModelPurgeContract,
    LoggedModelsContract,
)
from runyard.testing.contracts.measurements import MeasurementsContract
from runyard.testing.contracts.tracking_capabilities import HeartbeatsContract, PurgeContract, SamplingContract
from runyard.testing.contracts.tracking_experiments import ExperimentsContract
from runyard.testing.contracts.tracking_ingest import IngestContract
from runyard.testing.contracts.tracking_logging import InputsContract, LoggingContract
from runyard.testing.contracts.tracking_many import ManyMetricsContract
from runyard.testing.contracts.tracking_metrics import MetricsContract
from runyard.testing.contracts.tracking_runs import RunsContract
from runyard.testing.contracts.tracking_search import ExperimentSearchContract, RunSearchContract
from runyard.testing.contracts.tracking_threads import ThreadsContract
from runyard.testing.contracts.views import ViewsContract

__all__ = [
    "ChangesContract",
    "DatasetSummariesContract",
    "ExperimentSearchContract",
    "ExperimentsContract",
    "FrameSchemaContract",
    "FramesContract",
    "FullTrackingStoreContract",
    "HeartbeatsContract",
    "IngestContract",
    "InputsContract",
    "LoggedModelChangesContract",
    "LoggedModelPurgeContract",
    "LoggedModelSearchContract",
    "LoggedModelsContract",
    "LoggingContract",
    "ManyMetricsContract",
    "MeasurementsContract",
    "MetricsContract",
    "PurgeContract",
    "RunSearchContract",
    "RunsContract",
    "SamplingContract",
    "ThreadsContract",
    "TrackingStoreContract",
    "ViewsContract",
]


class TrackingStoreContract(
    ExperimentsContract,
    RunsContract,
    LoggingContract,
    InputsContract,
    MetricsContract,
    RunSearchContract,
    ExperimentSearchContract,
    ThreadsContract,
):
    """All that every tracking store does."""


class FullTrackingStoreContract(
    TrackingStoreContract,
    IngestContract,
    SamplingContract,
    HeartbeatsContract,
    PurgeContract,
    LoggedModelsContract,
    LoggedModelSearchContract,
    LoggedModelPurgeContract,
    LoggedModelChangesContract,
    MeasurementsContract,
    DatasetSummariesContract,
    ChangesContract,
    FramesContract,
    FrameSchemaContract,
    ManyMetricsContract,
    ViewsContract,
):
    """The same with every capability."""
