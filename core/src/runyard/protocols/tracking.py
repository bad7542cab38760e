"""What a tracking store implements. Every store has `TrackingStore`; the other protocols are capabilities.

All methods raise `NotFound` for an id that does not exist, `InvalidState` for a write to something deleted,
`InvalidInput` for what `runyard.validation` refuses, and `Unavailable` while the store cannot be reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

import attrs

from runyard.entities import (
    Batch,
    DatasetInput,
    DatasetSummary,
    Experiment,
    Metric,
    MetricColumns,
    Page,
    Rejection,
    Run,
    RunInfo,
    RunStart,
    RunUpdate,
    ViewType,
)
from runyard.errors import NotSupported
from runyard.query import Filter, Identifier, OrderBy

CapabilityT = TypeVar("CapabilityT")


@attrs.frozen(kw_only=True)
class ExperimentQuery:
    """Which experiments, in which order. Default order: newest first, then by id."""

    filter: Filter | None = None
    view: ViewType = ViewType.ACTIVE_ONLY
    order_by: Sequence[OrderBy] = ()
    max_results: int = 1000
    page_token: str | None = None


@attrs.frozen(kw_only=True)
class RunQuery:
    """Which runs, in which order, and what of each. Default order: latest start first, then by run id.

    `columns` None fetches all that was logged; otherwise just these metrics, params and tags.
    """

    experiment_ids: Sequence[str]
    filter: Filter | None = None
    view: ViewType = ViewType.ACTIVE_ONLY
    order_by: Sequence[OrderBy] = ()
    max_results: int = 1000
    page_token: str | None = None
    columns: Sequence[Identifier] | None = None


class TrackingStore(Protocol):
    """Keeps experiments and runs. Safe to use from several threads."""

    def create_experiment(
        self, name: str, *, artifact_location: str | None = None, tags: Mapping[str, str] | None = None
    ) -> Experiment:
        """A new experiment; `AlreadyExists` where an active one has the name. Names of deleted ones are free."""

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment, deleted or not."""

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        """The active experiment of that name, else the last deleted one, else None."""

    def search_experiments(self, query: ExperimentQuery) -> Page[Experiment]: ...

    def rename_experiment(self, experiment_id: str, name: str) -> None: ...

    def delete_experiment(self, experiment_id: str) -> None:
        """Mark an experiment and its runs deleted; `NotFound` where it already is."""

    def restore_experiment(self, experiment_id: str) -> None:
        """Undo a deletion, all its runs included; `AlreadyExists` where the name is taken by now."""

    def set_experiment_tags(self, experiment_id: str, tags: Mapping[str, str]) -> None: ...

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None: ...

    def create_run(self, start: RunStart) -> Run:
        """A new run; if the run id exists already, that run as it is, so that a retry does no harm.

        `AlreadyExists` where that run is in another experiment than the one whose id is given.
        The tag `mlflow.runName` is set to the run's name. An experiment given by name is created where it is missing.
        """

    def get_run(self, run_id: str) -> Run:
        """The run with all it logged, deleted or not."""

    def update_run(self, update: RunUpdate) -> RunInfo:
        """Change a run's own fields. A new name also sets the tag `mlflow.runName`, and the tag the name."""

    def delete_run(self, run_id: str) -> None:
        """Mark a run deleted; again is no error."""

    def restore_run(self, run_id: str) -> None: ...

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log all or nothing. Points that exist already are kept once; a param that changes is `InvalidInput`."""

    def delete_tag(self, run_id: str, key: str) -> None: ...

    def log_inputs(self, run_id: str, inputs: Sequence[DatasetInput]) -> None:
        """Note data sets as a run's inputs; one of the same name and digest is kept once."""

    def search_runs(self, query: RunQuery) -> Page[Run]: ...

    def get_metric_history(
        self, run_id: str, key: str, *, max_results: int | None = None, page_token: str | None = None
    ) -> Page[Metric]:
        """All points of a metric, ordered by timestamp, step, value; empty where there are none."""

    def read_metric(self, run_id: str, key: str) -> MetricColumns:
        """All points of a metric as columns, ordered by step, timestamp, value."""

    def close(self) -> None:
        """Let go of connections; the store is not used again."""


@runtime_checkable
class IngestsBatches(Protocol):
    """A store that takes journal batches, each exactly once."""

    def ingest(self, batch: Batch) -> Sequence[Rejection]:
        """Take a batch, wholly and in one transaction with its sequence number, and say what of it was refused.

        Within the batch: starts, params, tags, inputs, points, measurements, updates, in this order. What belongs to a
        run or a logged model that does not exist, is deleted, or conflicts, is returned as a rejection while the rest
        is taken; deleting a tag that is not there is no conflict. Values are not checked against
        `runyard.validation`: the writer did that.

        Raises:
            Conflict: `first` is not the number after the last one taken of this journal.
        """

    def ingested(self, journal_id: str) -> int:
        """The last sequence number taken of a journal; 0 where there is none."""

    def forget_journal(self, journal_id: str) -> None:
        """The journal is gone; its sequence number need not be kept."""


@runtime_checkable
class SamplesMetrics(Protocol):
    """A store that reads a long curve as few points."""

    def sample_metric(
        self, run_id: str, key: str, *, max_points: int, start_step: int | None = None, end_step: int | None = None
    ) -> MetricColumns:
        """At most `max_points` points between two steps (both included): first, last and every bucket's extremes."""


@runtime_checkable
class ReadsManyMetrics(Protocol):
    """A store that reads many curves at once."""

    def read_metrics(self, pairs: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], MetricColumns]:
        """Every point of these (run id, key) pairs, as `read_metric` does; what is missing is left out."""


@runtime_checkable
class SummarizesDatasets(Protocol):
    """A store that lists the data sets of experiments."""

    def search_datasets(self, experiment_ids: Sequence[str], *, max_results: int = 1000) -> Sequence[DatasetSummary]:
        """Each (data set, context) that active runs used, once, ordered by experiment, name, digest, context."""


@runtime_checkable
class KeepsHeartbeats(Protocol):
    """A store that notices when a run's process is gone."""

    def heartbeat(self, run_ids: Sequence[str], *, expires: int) -> None:
        """These runs live; one still RUNNING after `expires` (a time) is shown as FAILED, ended at its last beat.

        A run that was taken for dead and beats again is RUNNING again.
        """


@runtime_checkable
class Purges(Protocol):
    """A store that can delete for good."""

    def purge_runs(self, run_ids: Sequence[str]) -> None:
        """Erase deleted runs; `InvalidState` where one is active."""

    def purge_experiment(self, experiment_id: str) -> None:
        """Erase a deleted experiment and its runs."""


def capability(store: object, protocol: type[CapabilityT]) -> CapabilityT:
    """The same store as one that has a capability.

    Raises:
        NotSupported: it lacks it.
    """
    if isinstance(store, protocol):
        return store
    methods = ", ".join(name for name in vars(protocol) if not name.startswith("_"))
    module: Any = type(store).__module__
    raise NotSupported(f"{module.partition('.')[0]} does not support {methods}")
