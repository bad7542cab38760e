"""Where a journal is delivered to: a store that takes batches exactly once, or any other one, call by call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from runyard.entities import Batch, Metric, ModelMetric, Rejection
from runyard.errors import InvalidInput, InvalidState, NotFound, NotSupported
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.tracking import IngestsBatches, TrackingStore, capability
from runyard.tracking.journal.folder import Delivered, JournalFolder

Refusal = (InvalidInput, InvalidState, NotFound, NotSupported)
BEGUN = 1  # the position that is noted when a journal's first batch is sent


class Sink(Protocol):
    """What delivery needs; `IngestsBatches` has it."""

    def ingest(self, batch: Batch) -> Sequence[Rejection]: ...

    def ingested(self, journal_id: str) -> int: ...

    def forget_journal(self, journal_id: str) -> None: ...


def open_sink(store: TrackingStore, folder: JournalFolder, destination: str) -> tuple[Sink, int]:
    """Where a journal is delivered to, and how much of it is there already.

    A store that takes batches may find out only when it is asked that what it stands for does not. A journal whose
    delivery has begun call by call goes on that way.
    """
    if isinstance(store, IngestsBatches) and folder.delivered().position <= BEGUN:
        with suppress(NotSupported):
            return store, store.ingested(folder.journal_id)
    calls = CallByCall(store, folder, destination)
    return calls, calls.ingested(folder.journal_id)


def forget_journal(store: TrackingStore, journal_id: str) -> None:
    """Tell a store that takes batches that a journal is gone."""
    if isinstance(store, IngestsBatches):
        with suppress(NotSupported):
            store.forget_journal(journal_id)


class CallByCall:
    """Delivers by the calls that every store has, noting in the journal how far it came.

    After a crash between the call and the note, the calls are made again, which does no harm: runs are created once,
    identical points, params, tags and inputs are kept once, and of a tag the last word counts.
    """

    def __init__(self, store: TrackingStore, folder: JournalFolder, destination: str) -> None:
        self._store = store
        self._folder = folder
        self._destination = destination

    def ingested(self, journal_id: str) -> int:  # noqa: ARG002 - the folder is the journal's
        return self._folder.delivered().position

    def forget_journal(self, journal_id: str) -> None:
        """The note goes with the folder."""

    def ingest(self, batch: Batch) -> Sequence[Rejection]:
        refused: list[Rejection] = []
        for start in batch.starts:
            _attempt(refused, start.run_id, "run", lambda start=start: self._store.create_run(start))  # type: ignore[misc]
        for run_id in _runs(batch):
            self._log(batch, run_id, refused)
        for update in batch.updates:
            _attempt(refused, update.run_id, "update", lambda update=update: self._store.update_run(update))  # type: ignore[misc]
        self._folder.note_delivered(Delivered(batch.last, self._destination))
        return refused

    def _log(self, batch: Batch, run_id: str, refused: list[Rejection]) -> None:
        params = {key: value for owner, key, value in batch.params if owner == run_id}
        last = {key: value for owner, key, value in batch.tags if owner == run_id}
        tags = {key: value for key, value in last.items() if value is not None}
        points = [
            Metric(key, value, timestamp, step)
            for (owner, key), columns in batch.points.items()
            if owner == run_id
            for step, timestamp, value in columns
        ]
        try:
            if params or tags or points:
                self._store.log_batch(run_id, metrics=points, params=params, tags=tags)
        except Refusal:
            self._log_apart(run_id, points, params, tags, refused)
        for key in [key for key, value in last.items() if value is None]:
            _attempt(refused, run_id, f"tag {key!r}", lambda key=key: self._delete_tag(run_id, key))  # type: ignore[misc]
        for owner, item in batch.inputs:
            if owner == run_id:
                what = f"input {item.dataset.name!r}"
                _attempt(refused, run_id, what, lambda item=item: self._store.log_inputs(run_id, [item]))  # type: ignore[misc]

        for point in batch.measurements:
            if point.run_id == run_id:
                what = f"measurement {point.key!r}"
                _attempt(refused, run_id, what, lambda point=point: self._log_measurement(point))  # type: ignore[misc]

    def _log_measurement(self, point: ModelMetric) -> None:
        store = capability(self._store, KeepsLoggedModels)  # type: ignore[type-abstract]
        store.log_model_metrics(str(point.run_id), [point])

    def _delete_tag(self, run_id: str, key: str) -> None:
        try:
            self._store.delete_tag(run_id, key)
        except NotFound:
            self._store.get_run(run_id)  # the tag may be missing, the run may not

    def _log_apart(
        self,
        run_id: str,
        points: list[Metric],
        params: dict[str, str],
        tags: dict[str, str],
        refused: list[Rejection],
    ) -> None:
        """The store took nothing of it: find out what it refuses and log the rest."""
        log = self._store.log_batch
        for key, value in params.items():
            _attempt(refused, run_id, f"param {key!r}", lambda pair={key: value}: log(run_id, params=pair))  # type: ignore[misc]
        for key, value in tags.items():
            _attempt(refused, run_id, f"tag {key!r}", lambda pair={key: value}: log(run_id, tags=pair))  # type: ignore[misc]
        by_key: dict[str, list[Metric]] = {}
        for point in points:
            by_key.setdefault(point.key, []).append(point)
        for key, some in by_key.items():
            _attempt(refused, run_id, f"metric {key!r}", lambda some=some: log(run_id, metrics=some))  # type: ignore[misc]


def _attempt(refused: list[Rejection], run_id: str, what: str, call: Callable[[], object]) -> None:
    try:
        call()
    except Refusal as error:
        refused.append(Rejection(run_id, what, str(error)))


def _runs(batch: Batch) -> list[str]:
    named = [run_id for run_id, _, _ in (*batch.params, *batch.tags)]
    named += [run_id for run_id, _ in (*batch.inputs, *batch.points)]
    return list(dict.fromkeys(named + [str(point.run_id) for point in batch.measurements]))
