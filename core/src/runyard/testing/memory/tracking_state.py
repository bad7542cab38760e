"""What the in-memory tracking store keeps of an experiment and of a run."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

import attrs

from runyard.entities import (
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    ModelInput,
    ModelOutput,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
)

RUN_NAME_TAG = "mlflow.runName"

Point = tuple[int, int, float]  # step, timestamp, value


def now() -> int:
    return time.time_ns() // 1_000_000


@attrs.define(kw_only=True)
class ExperimentState:
    experiment_id: str
    name: str
    artifact_location: str
    creation_time: int
    last_update_time: int
    tags: dict[str, str]
    stage: LifecycleStage = LifecycleStage.ACTIVE
    deleted_time: int | None = None
    deletion: int = 0  # counts up, so that the last deleted one of a name is known

    def to_experiment(self) -> Experiment:
        return Experiment(
            experiment_id=self.experiment_id,
            name=self.name,
            artifact_location=self.artifact_location,
            lifecycle_stage=self.stage,
            creation_time=self.creation_time,
            last_update_time=self.last_update_time,
            tags=dict(self.tags),
            deleted_time=self.deleted_time,
        )

    def set_stage(self, stage: LifecycleStage, at: int) -> None:
        self.stage = stage
        self.deleted_time = at if stage is LifecycleStage.DELETED else None


@attrs.define(kw_only=True)
class RunState:
    run_id: str
    experiment_id: str
    user_id: str
    start_time: int
    artifact_uri: str
    tags: dict[str, str]
    status: RunStatus = RunStatus.RUNNING
    end_time: int | None = None
    stage: LifecycleStage = LifecycleStage.ACTIVE
    deleted_time: int | None = None
    params: dict[str, str] = attrs.field(factory=dict)
    metrics: dict[str, set[Point]] = attrs.field(factory=dict)
    inputs: list[DatasetInput] = attrs.field(factory=list)
    model_inputs: dict[str, ModelInput] = attrs.field(factory=dict)
    model_outputs: dict[str, ModelOutput] = attrs.field(factory=dict)
    run_name: str = ""
    last_beat: int | None = None
    beat_expires: int | None = None
    is_known_lost: bool = False  # it was told that the run was lost

    def is_lost(self, at: int) -> bool:
        """Whether its process is taken for dead."""
        return self.status is RunStatus.RUNNING and self.beat_expires is not None and self.beat_expires < at

    def add_points(self, key: str, points: Iterable[Point]) -> None:
        """Keep points; one that is there already is kept once."""
        # One and the same NaN object, so that sets see two of them as equal.
        kept = self.metrics.setdefault(key, set())
        kept.update((step, timestamp, math.nan if math.isnan(value) else value) for step, timestamp, value in points)

    def points(self, key: str) -> list[Point]:
        """In the order of step, timestamp, value; NaN comes before the numbers."""
        return sorted(self.metrics.get(key, ()), key=by_step)

    def set_tag(self, key: str, value: str) -> None:
        self.tags[key] = value
        if key == RUN_NAME_TAG:
            self.run_name = value

    def change_tag(self, key: str, value: str | None) -> None:
        """Set a tag, or with None delete it where it is there."""
        if value is None:
            self.tags.pop(key, None)
        else:
            self.set_tag(key, value)

    def add_input(self, item: DatasetInput) -> None:
        """Keep an input; a data set that is there already is kept once."""
        if all(_identity(item) != _identity(known) for known in self.inputs):
            self.inputs.append(item)

    def set_name(self, name: str) -> None:
        self.set_tag(RUN_NAME_TAG, name)

    def set_stage(self, stage: LifecycleStage, at: int) -> None:
        if stage is not self.stage:
            self.stage = stage
            self.deleted_time = at if stage is LifecycleStage.DELETED else None

    def to_run(self, at: int) -> Run:
        """The run as it is shown at a time."""
        latest = [
            Metric(key, points[-1][2], points[-1][1], points[-1][0])
            for key in sorted(self.metrics)
            if (points := self.points(key))
        ]
        return Run(
            info=self.to_info(at),
            data=RunData(latest_metrics=latest, params=dict(self.params), tags=dict(self.tags)),
            inputs=RunInputs(tuple(self.inputs), tuple(self.model_inputs.values())),
            outputs=RunOutputs(tuple(self.model_outputs.values())),
        )

    def to_info(self, at: int) -> RunInfo:
        lost = self.is_lost(at)
        return RunInfo(
            run_id=self.run_id,
            experiment_id=self.experiment_id,
            run_name=self.run_name,
            user_id=self.user_id,
            status=RunStatus.FAILED if lost else self.status,
            start_time=self.start_time,
            end_time=self.last_beat if lost else self.end_time,
            artifact_uri=self.artifact_uri,
            lifecycle_stage=self.stage,
            deleted_time=self.deleted_time,
        )


def _identity(item: DatasetInput) -> tuple[str, str]:
    return item.dataset.name, item.dataset.digest


def by_step(point: Point) -> tuple[int, int, bool, float]:
    step, timestamp, value = point
    return step, timestamp, not math.isnan(value), value


def by_time(point: Point) -> tuple[int, int, bool, float]:
    step, timestamp, value = point
    return timestamp, step, not math.isnan(value), value
