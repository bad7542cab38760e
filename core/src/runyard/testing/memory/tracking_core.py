"""The plain tracking store in memory: correct and simple, the measure for the others."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from runyard.entities import (
    ChangeKind,
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    MetricColumns,
    Page,
    Run,
    RunInfo,
    RunStart,
    RunUpdate,
    Subject,
)
from runyard.errors import AlreadyExists, InvalidInput, InvalidState, NotFound
from runyard.protocols.tracking import ExperimentQuery, RunQuery
from runyard.testing.memory.paging import page_of
from runyard.testing.memory.tracking_search import FoundRun, select_experiments, select_runs
from runyard.testing.memory.tracking_state import RUN_NAME_TAG, ExperimentState, Point, RunState, by_time, now
from runyard.uris import Uri
from runyard.validation import (
    MAX_EXPERIMENT_TAG_VALUE,
    check_dataset_input,
    check_experiment_name,
    check_integer,
    check_key,
    check_metric_value,
    check_param_value,
    check_run_id,
    check_tag_value,
    check_tags,
)

StoreT = TypeVar("StoreT")
ResultT = TypeVar("ResultT")
ArgumentsT = ParamSpec("ArgumentsT")


def locked(
    method: Callable[Concatenate[StoreT, ArgumentsT], ResultT],
) -> Callable[Concatenate[StoreT, ArgumentsT], ResultT]:
    """One thread at a time."""

    @functools.wraps(method)
    def call(store: StoreT, /, *arguments: ArgumentsT.args, **named: ArgumentsT.kwargs) -> ResultT:
        with store.lock:  # type: ignore[attr-defined]
            return method(store, *arguments, **named)

    return call


class PlainTrackingStore:
    """`TrackingStore` without any capability."""

    def __init__(self, artifact_root: Uri, clock: Callable[[], int] = now) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self._artifact_root = artifact_root
        self._experiments: dict[str, ExperimentState] = {}
        self._runs: dict[str, RunState] = {}
        self._next_experiment = 0
        self._deletions = 0
        self.create_experiment("Default")

    # --- experiments ----------------------------------------------------------------------------------------------

    @locked
    def create_experiment(
        self, name: str, *, artifact_location: str | None = None, tags: Mapping[str, str] | None = None
    ) -> Experiment:
        check_experiment_name(name)
        checked = check_tags(tags, MAX_EXPERIMENT_TAG_VALUE)
        self._check_name_is_free(name)
        number = str(self._next_experiment)
        self._next_experiment += 1
        time = self.clock()
        self._experiments[number] = ExperimentState(
            experiment_id=number,
            name=name,
            artifact_location=artifact_location or self._artifact_root.join(number).text,
            creation_time=time,
            last_update_time=time,
            tags=checked,
        )
        self._note(Subject.EXPERIMENT, number, ChangeKind.CREATED, number)
        return self._experiments[number].to_experiment()

    @locked
    def get_experiment(self, experiment_id: str) -> Experiment:
        return self._experiment(experiment_id).to_experiment()

    @locked
    def get_experiment_by_name(self, name: str) -> Experiment | None:
        named = [state for state in self._experiments.values() if state.name == name]
        found = max(named, key=lambda state: (state.stage is LifecycleStage.ACTIVE, state.deletion), default=None)
        return found.to_experiment() if found else None

    @locked
    def search_experiments(self, query: ExperimentQuery) -> Page[Experiment]:
        return select_experiments([state.to_experiment() for state in self._experiments.values()], query)

    @locked
    def rename_experiment(self, experiment_id: str, name: str) -> None:
        check_experiment_name(name)
        state = self._active_experiment(experiment_id)
        if name != state.name:
            self._check_name_is_free(name)
        state.name = name
        self._touch_experiment(state)

    @locked
    def delete_experiment(self, experiment_id: str) -> None:
        state = self._experiment(experiment_id)
        if state.stage is LifecycleStage.DELETED:
            raise NotFound(f"no active experiment with id {experiment_id!r}; it is deleted already")
        self._deletions += 1
        state.deletion = self._deletions
        self._set_stage(state, LifecycleStage.DELETED)
        self._note(Subject.EXPERIMENT, experiment_id, ChangeKind.DELETED, experiment_id)

    @locked
    def restore_experiment(self, experiment_id: str) -> None:
        state = self._experiment(experiment_id)
        if state.stage is LifecycleStage.ACTIVE:
            raise NotFound(f"no deleted experiment with id {experiment_id!r}; it is active")
        self._check_name_is_free(state.name)
        self._set_stage(state, LifecycleStage.ACTIVE)
        self._note(Subject.EXPERIMENT, experiment_id, ChangeKind.RESTORED, experiment_id)

    @locked
    def set_experiment_tags(self, experiment_id: str, tags: Mapping[str, str]) -> None:
        checked = check_tags(tags, MAX_EXPERIMENT_TAG_VALUE)
        state = self._active_experiment(experiment_id)
        state.tags.update(checked)
        self._touch_experiment(state)

    @locked
    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        state = self._active_experiment(experiment_id)
        if state.tags.pop(key, None) is None:
            raise NotFound(f"experiment {experiment_id!r} has no tag {key!r}")
        self._touch_experiment(state)

    # --- runs -----------------------------------------------------------------------------------------------------

    @locked
    def create_run(self, start: RunStart) -> Run:
        check_run_id(start.run_id)
        tags = check_tags(start.tags)
        check_tag_value(RUN_NAME_TAG, start.run_name)
        check_integer(start.start_time, "start time", minimum=0)
        if (start.experiment_id is None) == (start.experiment_name is None):
            raise InvalidInput("a run needs either an experiment's id or its name")
        self._ensure_run(start, tags)
        return self.get_run(start.run_id)

    @locked
    def get_run(self, run_id: str) -> Run:
        return self._run(run_id).to_run(self.clock())

    @locked
    def update_run(self, update: RunUpdate) -> RunInfo:
        if update.run_name is not None:
            check_tag_value(RUN_NAME_TAG, update.run_name)
        if update.end_time is not None:
            check_integer(update.end_time, "end time", minimum=0)
        state = self._active_run(update.run_id)
        self._apply(state, update)
        return state.to_info(self.clock())

    @locked
    def delete_run(self, run_id: str) -> None:
        self._move_run(run_id, LifecycleStage.DELETED, ChangeKind.DELETED)

    @locked
    def restore_run(self, run_id: str) -> None:
        self._move_run(run_id, LifecycleStage.ACTIVE, ChangeKind.RESTORED)

    @locked
    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        points = [(check_key(metric.key, "metric"), _checked_point(metric)) for metric in metrics]
        new_params = {check_key(key, "param"): check_param_value(key, value) for key, value in (params or {}).items()}
        new_tags = check_tags(tags)
        state = self._active_run(run_id)
        for key, value in new_params.items():
            self._check_param_is_free(state, key, value)
        state.params.update(new_params)
        for key, value in new_tags.items():
            state.set_tag(key, value)
        for key, point in points:
            state.add_points(key, [point])
        if new_params or new_tags:
            self._note_run(state, ChangeKind.UPDATED)
        if points:
            self._note_run(state, ChangeKind.METRICS)

    @locked
    def delete_tag(self, run_id: str, key: str) -> None:
        state = self._active_run(run_id)
        if state.tags.pop(key, None) is None:
            raise NotFound(f"run {run_id!r} has no tag {key!r}")
        self._note_run(state, ChangeKind.UPDATED)

    @locked
    def log_inputs(self, run_id: str, inputs: Sequence[DatasetInput]) -> None:
        checked = [check_dataset_input(item) for item in inputs]
        state = self._active_run(run_id)
        for item in checked:
            state.add_input(item)
        self._note_run(state, ChangeKind.UPDATED)

    @locked
    def search_runs(self, query: RunQuery) -> Page[Run]:
        time = self.clock()
        states = [state for state in self._runs.values() if state.experiment_id in query.experiment_ids]
        return select_runs([FoundRun(state.to_run(time), state.points) for state in states], query)

    @locked
    def get_metric_history(
        self, run_id: str, key: str, *, max_results: int | None = None, page_token: str | None = None
    ) -> Page[Metric]:
        points = sorted(self._run(run_id).points(key), key=by_time)
        history = [Metric(key, value, timestamp, step) for step, timestamp, value in points]
        return page_of(history, max_results, page_token, lambda metric: [metric.timestamp, metric.step, metric.value])

    @locked
    def read_metric(self, run_id: str, key: str) -> MetricColumns:
        return MetricColumns.from_points(self._run(run_id).points(key))

    def close(self) -> None:
        """Nothing to let go of: other holders of the same URI go on."""

    # --- parts ----------------------------------------------------------------------------------------------------

    def _note(self, subject: Subject, id: str, kind: ChangeKind, experiment_id: str | None = None) -> None:  # noqa: A002
        """Called for every change, for stores that tell what changed."""

    def _note_run(self, state: RunState, kind: ChangeKind) -> None:
        self._note(Subject.RUN, state.run_id, kind, state.experiment_id)

    def _touch_experiment(self, state: ExperimentState) -> None:
        state.last_update_time = self.clock()
        self._note(Subject.EXPERIMENT, state.experiment_id, ChangeKind.UPDATED, state.experiment_id)

    def _move_run(self, run_id: str, stage: LifecycleStage, kind: ChangeKind) -> None:
        state = self._run(run_id)
        if state.stage is not stage:
            self._note_run(state, kind)
        state.set_stage(stage, self.clock())

    def _experiment(self, experiment_id: str) -> ExperimentState:
        if experiment_id not in self._experiments:
            raise NotFound(f"no experiment with id {experiment_id!r}")
        return self._experiments[experiment_id]

    def _active_experiment(self, experiment_id: str) -> ExperimentState:
        state = self._experiment(experiment_id)
        if state.stage is LifecycleStage.DELETED:
            raise InvalidState(f"experiment {experiment_id!r} is deleted; restore it first")
        return state

    def _check_name_is_free(self, name: str) -> None:
        for state in self._experiments.values():
            if state.name == name and state.stage is LifecycleStage.ACTIVE:
                raise AlreadyExists(f"an experiment {name!r} exists already, with id {state.experiment_id!r}")

    def _set_stage(self, state: ExperimentState, stage: LifecycleStage) -> None:
        time = self.clock()
        state.set_stage(stage, time)
        state.last_update_time = time
        for run in self._runs.values():
            if run.experiment_id == state.experiment_id:
                run.set_stage(stage, time)

    def _run(self, run_id: str) -> RunState:
        if run_id not in self._runs:
            raise NotFound(f"no run with id {run_id!r}")
        return self._runs[run_id]

    def _active_run(self, run_id: str) -> RunState:
        state = self._run(run_id)
        if state.stage is LifecycleStage.DELETED:
            raise InvalidState(f"run {run_id!r} is deleted; restore it first")
        return state

    def _ensure_run(self, start: RunStart, tags: dict[str, str]) -> None:
        taken = self._runs.get(start.run_id)
        if taken is None:
            self._add_run(start, tags)
        elif start.experiment_id not in {None, taken.experiment_id}:
            raise AlreadyExists(f"run {start.run_id!r} exists already, in experiment {taken.experiment_id}")

    def _add_run(self, start: RunStart, tags: dict[str, str]) -> None:
        experiment = self._experiment_of(start)
        state = RunState(
            run_id=start.run_id,
            experiment_id=experiment.experiment_id,
            user_id=start.user_id,
            start_time=start.start_time,
            artifact_uri=Uri.parse(experiment.artifact_location).join(start.run_id, "artifacts").text,
            tags=tags,
        )
        state.set_name(start.run_name)
        self._runs[start.run_id] = state
        self._note_run(state, ChangeKind.CREATED)

    def _experiment_of(self, start: RunStart) -> ExperimentState:
        if start.experiment_id is not None:
            return self._active_experiment(start.experiment_id)
        name = check_experiment_name(start.experiment_name)
        known = self.get_experiment_by_name(name)
        if known is None or known.lifecycle_stage is LifecycleStage.DELETED:
            known = self.create_experiment(name)
        return self._experiments[known.experiment_id]

    def _apply(self, state: RunState, update: RunUpdate) -> None:
        if update.status is not None:
            state.status = update.status
            state.beat_expires = None
        if update.end_time is not None:
            state.end_time = update.end_time
        if update.run_name is not None:
            state.set_name(update.run_name)
        self._note_run(state, ChangeKind.UPDATED)

    def _check_param_is_free(self, state: RunState, key: str, value: str) -> None:
        known = state.params.get(key, value)
        if known != value:
            raise InvalidInput(
                f"param {key!r} of run {state.run_id!r} is {known!r} already and cannot become {value!r}"
            )


def _checked_point(metric: Metric) -> Point:
    return (
        check_integer(metric.step, f"step of metric {metric.key!r}"),
        check_integer(metric.timestamp, f"timestamp of metric {metric.key!r}", minimum=0),
        check_metric_value(metric.key, metric.value),
    )
