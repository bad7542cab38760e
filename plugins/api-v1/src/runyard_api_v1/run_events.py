"""What events tell beside a change itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import attrs

from runyard.entities import LifecycleStage, Run, RunStatus
from runyard_api_v1.fields import About

MAX_METRICS = 200


@attrs.frozen
class LatestValue:
    """The last point of a metric."""

    value: float
    timestamp: int
    step: int


@attrs.frozen
class RunEvent:
    """The data of a `run` event: how a run is now."""

    run_id: str
    experiment_id: str
    run_name: str
    status: RunStatus
    start_time: int
    end_time: int | None
    lifecycle_stage: LifecycleStage
    metrics: Annotated[
        Mapping[str, LatestValue], About(f"The last values of at most {MAX_METRICS} metrics, the newest.")
    ]
    total_metrics: Annotated[int, About("How many metrics the run has.")]

    @classmethod
    def of(cls, run: Run) -> RunEvent:
        latest = sorted(run.data.latest_metrics, key=lambda metric: metric.timestamp, reverse=True)[:MAX_METRICS]
        return cls(
            run_id=run.info.run_id,
            experiment_id=run.info.experiment_id,
            run_name=run.info.run_name,
            status=run.info.status,
            start_time=run.info.start_time,
            end_time=run.info.end_time,
            lifecycle_stage=run.info.lifecycle_stage,
            metrics={metric.key: LatestValue(metric.value, metric.timestamp, metric.step) for metric in latest},
            total_metrics=len(run.data.latest_metrics),
        )


@attrs.frozen
class ResetEvent:
    """The data of a `reset` event: something was missed, so read everything anew."""

    last: Annotated[str, About("Where changes go on; the event's id as well.")]
