"""The in-memory tracking store with every capability; one store per URI."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

import attrs

from runyard.entities import (
    Batch,
    ChangeKind,
    DatasetSummary,
    LifecycleStage,
    MetricColumns,
    Rejection,
    RunStatus,
    Subject,
)
from runyard.errors import AlreadyExists, Conflict, InvalidInput, InvalidState, NotFound, RunyardError
from runyard.query.fields import CONTEXT_TAG
from runyard.settings import Settings
from runyard.testing.memory.changes import ChangesStore
from runyard.testing.memory.frames import FramesStore
from runyard.testing.memory.logged_models import LoggedModelsStore
from runyard.testing.memory.tracking_core import locked
from runyard.testing.memory.tracking_state import Point, RunState
from runyard.testing.memory.views import ViewsStore
from runyard.uris import Uri


class MemoryTrackingStore(ChangesStore, FramesStore, ViewsStore, LoggedModelsStore):
    """A `TrackingStore` with every capability."""

    def __init__(self, artifact_root: Uri | None = None) -> None:
        super().__init__(artifact_root or Uri.parse("memory:artifacts"))
        self._journals: dict[str, int] = {}

    # --- IngestsBatches -------------------------------------------------------------------------------------------

    @locked
    def ingest(self, batch: Batch) -> Sequence[Rejection]:
        expected = self.ingested(batch.journal_id) + 1
        if batch.first != expected or batch.last < batch.first:
            raise Conflict(
                f"journal {batch.journal_id!r} goes on with record {expected}, got {batch.first} to {batch.last}"
            )
        self._journals[batch.journal_id] = batch.last
        with self.changes_log.together():
            return self._take(batch)

    def _take(self, batch: Batch) -> Sequence[Rejection]:
        rejections: list[Rejection] = []
        for start in batch.starts:
            with _Rejecting(rejections, start.run_id, "run"):
                self._ensure_run(start, dict(start.tags))
        if rejections:
            batch = _without(batch, {rejection.run_id for rejection in rejections}, rejections)
        for run_id, key, value in batch.params:
            with _Rejecting(rejections, run_id, f"param {key!r}"):
                state = self._active_run(run_id)
                self._check_param_is_free(state, key, value)
                state.params[key] = value
                self._note_run(state, ChangeKind.UPDATED)
        for run_id, key, tag in batch.tags:
            with _Rejecting(rejections, run_id, f"tag {key!r}"):
                self._active_run(run_id).change_tag(key, tag)
                self._note_run(self._runs[run_id], ChangeKind.UPDATED)
        for run_id, item in batch.inputs:
            with _Rejecting(rejections, run_id, f"input {item.dataset.name!r}"):
                self._active_run(run_id).add_input(item)
                self._note_run(self._runs[run_id], ChangeKind.UPDATED)
        for (run_id, key), columns in batch.points.items():
            with _Rejecting(rejections, run_id, f"metric {key!r}"):
                self._active_run(run_id).add_points(key, columns)
                self._note_run(self._runs[run_id], ChangeKind.METRICS)
        for point in batch.measurements:
            with _Rejecting(rejections, str(point.run_id), f"measurement {point.key!r}"):
                self.log_model_metrics(str(point.run_id), [point])
        for update in batch.updates:
            with _Rejecting(rejections, update.run_id, "run"):
                self._apply(self._active_run(update.run_id), update)
        return rejections

    @locked
    def ingested(self, journal_id: str) -> int:
        return self._journals.get(journal_id, 0)

    @locked
    def forget_journal(self, journal_id: str) -> None:
        self._journals.pop(journal_id, None)

    # --- SamplesMetrics -------------------------------------------------------------------------------------------

    @locked
    def sample_metric(
        self, run_id: str, key: str, *, max_points: int, start_step: int | None = None, end_step: int | None = None
    ) -> MetricColumns:
        if max_points < 1:
            raise InvalidInput(f"max_points must be at least 1, got {max_points}")
        low = -math.inf if start_step is None else start_step
        high = math.inf if end_step is None else end_step
        points = [point for point in self._run(run_id).points(key) if low <= point[0] <= high]
        return MetricColumns.from_points(_sample(points, max_points))

    # --- SummarizesDatasets ---------------------------------------------------------------------------------------

    @locked
    def search_datasets(self, experiment_ids: Sequence[str], *, max_results: int = 1000) -> Sequence[DatasetSummary]:
        if max_results < 1:
            raise InvalidInput(f"max_results must be at least 1, got {max_results}")
        found = {
            DatasetSummary(state.experiment_id, item.dataset.name, item.dataset.digest, item.tags.get(CONTEXT_TAG))
            for state in self._runs.values()
            if state.experiment_id in experiment_ids and state.stage is LifecycleStage.ACTIVE
            for item in state.inputs
        }
        return sorted(found, key=_summary_order)[:max_results]

    # --- KeepsHeartbeats ------------------------------------------------------------------------------------------

    @locked
    def heartbeat(self, run_ids: Sequence[str], *, expires: int) -> None:
        states = [self._run(run_id) for run_id in run_ids]
        for state in states:
            if state.is_lost(self.clock()):
                self._note_run(state, ChangeKind.UPDATED)
                state.is_known_lost = False
            if state.status is RunStatus.RUNNING:
                state.last_beat = self.clock()
                state.beat_expires = expires

    # --- Purges ---------------------------------------------------------------------------------------------------

    @locked
    def purge_runs(self, run_ids: Sequence[str]) -> None:
        for state in [self._run(run_id) for run_id in run_ids]:
            if state.stage is LifecycleStage.ACTIVE:
                raise InvalidState(f"run {state.run_id!r} is active; delete it first")
        for run_id in set(run_ids):
            self._note_run(self._runs.pop(run_id), ChangeKind.DELETED)
        self._forget_points_of(run_ids)

    @locked
    def purge_experiment(self, experiment_id: str) -> None:
        if self._experiment(experiment_id).stage is LifecycleStage.ACTIVE:
            raise InvalidState(f"experiment {experiment_id!r} is active; delete it first")
        self._forget_points_of([state.run_id for state in self._runs_of(experiment_id)])
        for state in self._runs_of(experiment_id):
            del self._runs[state.run_id]
        self._forget_models_of(experiment_id)
        del self._experiments[experiment_id]
        self._note(Subject.EXPERIMENT, experiment_id, ChangeKind.DELETED, experiment_id)

    def _runs_of(self, experiment_id: str) -> list[RunState]:
        return [state for state in self._runs.values() if state.experiment_id == experiment_id]


def _without(batch: Batch, refused: set[str], rejections: list[Rejection]) -> Batch:
    """What of a batch does not belong to runs whose start was refused; the rest of it is rejected."""
    what = [(run_id, f"param {key!r}") for run_id, key, _ in batch.params]
    what += [(run_id, f"tag {key!r}") for run_id, key, _ in batch.tags]
    what += [(run_id, f"input {item.dataset.name!r}") for run_id, item in batch.inputs]
    what += [(run_id, f"metric {key!r}") for run_id, key in batch.points]
    what += [(str(point.run_id), f"measurement {point.key!r}") for point in batch.measurements]
    what += [(update.run_id, "run") for update in batch.updates]
    reason = "the run was not started"
    rejections.extend(Rejection(run_id, thing, reason) for run_id, thing in what if run_id in refused)
    return attrs.evolve(
        batch,
        params=[param for param in batch.params if param[0] not in refused],
        tags=[tag for tag in batch.tags if tag[0] not in refused],
        inputs=[item for item in batch.inputs if item[0] not in refused],
        points={place: columns for place, columns in batch.points.items() if place[0] not in refused},
        measurements=[point for point in batch.measurements if point.run_id not in refused],
        updates=[update for update in batch.updates if update.run_id not in refused],
    )


class _Rejecting:
    """Turns what a part of a batch raises into a rejection."""

    def __init__(self, rejections: list[Rejection], run_id: str, what: str) -> None:
        self._rejections = rejections
        self._run_id = run_id
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, AlreadyExists | InvalidInput | InvalidState | NotFound):
            return False
        assert isinstance(error, RunyardError)
        self._rejections.append(Rejection(self._run_id, self._what, error.message))
        return True


def _sample(points: list[Point], max_points: int) -> list[Point]:
    if len(points) <= max_points:
        return points
    if max_points < 4:
        return [points[0], points[-1]][:max_points]
    inner = points[1:-1]
    buckets = (max_points - 2) // 2
    chosen = {points[0], points[-1]}
    for number in range(buckets):
        part = inner[number * len(inner) // buckets : (number + 1) * len(inner) // buckets]
        numbers = [point for point in part if not math.isnan(point[2])]
        if numbers:
            chosen |= {min(numbers, key=_value), max(numbers, key=_value)}
    return [point for point in points if point in chosen]


def _summary_order(found: DatasetSummary) -> tuple[int, str, str, bool, str]:
    """None before every context."""
    return int(found.experiment_id), found.name, found.digest, found.context is not None, found.context or ""


def _value(point: Point) -> float:
    return point[2]


_STORES: dict[str, MemoryTrackingStore] = {}
_LOCK = threading.Lock()


def open_store(uri: Uri, settings: Settings) -> MemoryTrackingStore:
    """The store of that URI, the same one every time."""
    with _LOCK:
        if uri.text not in _STORES:
            root = Uri.parse(settings.artifact_root) if settings.artifact_root else uri.join("artifacts")
            _STORES[uri.text] = MemoryTrackingStore(root)
        return _STORES[uri.text]
