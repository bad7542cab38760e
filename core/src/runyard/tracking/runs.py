"""The part of the client that looks after runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runyard.entities import (
    LifecycleStage,
    Metric,
    MetricColumns,
    Page,
    Run,
    RunInfo,
    RunStatus,
    RunUpdate,
    ViewType,
)
from runyard.errors import InvalidInput, InvalidState, Unavailable
from runyard.protocols.tracking import RunQuery, SamplesMetrics, capability
from runyard.query.tree import Target
from runyard.tracking.connection import Connection, now
from runyard.tracking.search import parsed, view
from runyard.tracking.starts import PARENT, describe
from runyard.validation import check_integer, check_run_id


class Runs(Connection):
    """Runs: create, find, read, end, delete, restore. Reading first delivers what this process has logged."""

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a run that nobody has open; end it with `set_terminated`."""
        start = describe(
            experiment_id=str(experiment_id), start_time=start_time, tags=tags, run_name=run_name, user=self.user
        )
        return self.recorder.start_run(start)

    def get_run(self, run_id: str) -> Run:
        """A run with all it logged: the latest value of each metric, params, tags, inputs."""
        self.recorder.flush_run(check_run_id(run_id))
        return self.store.get_run(run_id)

    def get_parent_run(self, run_id: str) -> Run | None:
        parent = self.get_run(run_id).data.tags.get(PARENT)
        return self.get_run(parent) if parent else None

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: ViewType | str | int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> Page[Run]:
        """One page of the runs that match a filter, latest start first unless ordered otherwise."""
        if isinstance(experiment_ids, str):
            raise InvalidInput(f"experiment_ids must be a list, such as [{experiment_ids!r}]")
        condition, order = parsed(Target.RUNS, filter_string, order_by)
        self.recorder.flush_run("")
        return self.store.search_runs(
            RunQuery(
                experiment_ids=[str(experiment_id) for experiment_id in experiment_ids],
                filter=condition,
                view=view(run_view_type),
                max_results=max_results,
                order_by=order,
                page_token=page_token,
            )
        )

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Change a run's status or name."""
        self.check_writable(run_id)
        changed = None if status is None else run_status(status)
        self.recorder.update_run(RunUpdate(run_id=run_id, status=changed, run_name=name))

    def set_terminated(self, run_id: str, status: str | None = None, end_time: int | None = None) -> None:
        """End a run, FINISHED and now unless said otherwise, and deliver what it logged."""
        ended = run_status(status or RunStatus.FINISHED)
        if not ended.is_terminated:
            raise InvalidInput(f"a run ends FINISHED, FAILED or KILLED, not {ended}")
        at = now() if end_time is None else check_integer(end_time, "end_time", minimum=0)
        self.check_writable(run_id)
        self.recorder.update_run(RunUpdate(run_id=run_id, status=ended, end_time=at))
        self.recorder.flush()

    def delete_run(self, run_id: str) -> None:
        """Put a run into the bin."""
        self.recorder.flush_run(check_run_id(run_id))
        self.store.delete_run(run_id)
        self._places.pop(run_id, None)

    def restore_run(self, run_id: str) -> None:
        """Take a run out of the bin."""
        self.store.restore_run(check_run_id(run_id))

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        """All points of a metric, ordered by timestamp, step, value."""
        self.recorder.flush_run(check_run_id(run_id))
        page = self.store.get_metric_history(run_id, key)
        points = list(page)
        while page.token:
            page = self.store.get_metric_history(run_id, key, page_token=page.token)
            points += page
        return points

    def get_metric_columns(
        self,
        run_id: str,
        key: str,
        *,
        max_points: int | None = None,
        start_step: int | None = None,
        end_step: int | None = None,
    ) -> MetricColumns:
        """A metric as columns, ordered by step; with `max_points` thinned out so that extremes stay.

        Raises:
            NotSupported: the store cannot thin out.
        """
        self.recorder.flush_run(check_run_id(run_id))
        if max_points is None and start_step is None and end_step is None:
            return self.store.read_metric(run_id, key)
        sampling = capability(self.store, SamplesMetrics)  # type: ignore[type-abstract]
        return sampling.sample_metric(
            run_id,
            key,
            max_points=2000 if max_points is None else max_points,
            start_step=start_step,
            end_step=end_step,
        )

    def check_writable(self, run_id: str) -> None:
        """Ask the store about a run once, before this process first writes to it.

        An unreachable store does not stop the work: what it would refuse comes up on delivery.

        Raises:
            NotFound: there is no such run.
            InvalidState: the run is deleted.
        """
        if check_run_id(run_id) in self._places:
            return
        try:
            self.remember(self.get_run(run_id).info)
        except Unavailable:
            return

    def artifact_uri(self, run_id: str) -> str:
        """Where a run's artifacts are."""
        known = self._places.get(check_run_id(run_id))
        return known or self.get_run(run_id).info.artifact_uri

    def remember(self, info: RunInfo) -> None:
        if info.lifecycle_stage is LifecycleStage.DELETED:
            raise InvalidState(f"run {info.run_id} is deleted; restore it first: runyard runs restore {info.run_id}")
        self._places[info.run_id] = info.artifact_uri


def run_status(status: str) -> RunStatus:
    try:
        return RunStatus(status)
    except ValueError as error:
        raise InvalidInput(f"not a run status: {status!r}; there are {', '.join(RunStatus)}") from error
