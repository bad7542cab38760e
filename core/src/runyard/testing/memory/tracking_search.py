"""Search over everything in memory, by the naive evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import attrs

from runyard.entities import Experiment, Page, Run, RunData
from runyard.protocols.tracking import ExperimentQuery, RunQuery
from runyard.query import Identifier, Kind, OrderBy
from runyard.query.aggregate import aggregate
from runyard.query.evaluate import Value, matches, ordered
from runyard.query.fields import CONTEXT_TAG
from runyard.testing.memory.paging import page_of
from runyard.testing.memory.tracking_state import Point

NEWEST_EXPERIMENTS = (OrderBy(Identifier(Kind.ATTRIBUTE, "creation_time"), ascending=False),)
LATEST_RUNS = (OrderBy(Identifier(Kind.ATTRIBUTE, "start_time"), ascending=False),)


@attrs.frozen
class FoundRun:
    """A run as a search sees it; `points` gives the history of a metric."""

    run: Run
    points: Callable[[str], Sequence[Point]]

    @property
    def tie(self) -> str:
        return self.run.info.run_id

    def value(self, identifier: Identifier) -> Value | None:
        match identifier.kind:
            case Kind.METRIC:
                return aggregate(self.points(identifier.key), identifier.aggregate, identifier.key)
            case Kind.PARAM:
                return self.run.data.params.get(identifier.key)
            case Kind.TAG:
                return self.run.data.tags.get(identifier.key)
        value: Value | None = getattr(self.run.info, identifier.key)
        return value

    def values(self, identifier: Identifier) -> Iterable[str]:
        for item in self.run.inputs.dataset_inputs:
            if identifier.key != "context":
                yield getattr(item.dataset, identifier.key)
            elif CONTEXT_TAG in item.tags:
                yield item.tags[CONTEXT_TAG]


@attrs.frozen
class FoundExperiment:
    """An experiment as a search sees it."""

    experiment: Experiment

    @property
    def tie(self) -> int:
        return int(self.experiment.experiment_id)

    def value(self, identifier: Identifier) -> Value | None:
        if identifier.kind is Kind.TAG:
            return self.experiment.tags.get(identifier.key)
        value: Value | None = getattr(self.experiment, identifier.key)
        return value

    def values(self, identifier: Identifier) -> Iterable[str]:  # noqa: ARG002 - experiments have no data sets
        return ()


@attrs.frozen
class Placed:
    """A place in an order, compared as if it were a record."""

    order: Sequence[OrderBy]
    place: Sequence[Any]

    @property
    def tie(self) -> Any:
        return self.place[-1]

    def value(self, identifier: Identifier) -> Value | None:
        found: Value | None = self.place[[by.identifier for by in self.order].index(identifier)]
        return found

    def values(self, identifier: Identifier) -> Iterable[str]:  # noqa: ARG002 - nothing is ordered by data sets
        return ()


FoundT = TypeVar("FoundT", FoundRun, FoundExperiment)


def select_runs(runs: Sequence[FoundRun], query: RunQuery) -> Page[Run]:
    """The page of runs that a query asks for."""
    shown = [found for found in runs if found.run.info.lifecycle_stage in query.view.stages]
    page = _page(shown, [*query.order_by, *LATEST_RUNS], query)
    return Page([_with_columns(found.run, query.columns) for found in page], page.token)


def select_experiments(experiments: Sequence[Experiment], query: ExperimentQuery) -> Page[Experiment]:
    """The page of experiments that a query asks for."""
    shown = [FoundExperiment(one) for one in experiments if one.lifecycle_stage in query.view.stages]
    page = _page(shown, [*query.order_by, *NEWEST_EXPERIMENTS], query)
    return Page([found.experiment for found in page], page.token)


def _page(found: Sequence[FoundT], order: Sequence[OrderBy], query: RunQuery | ExperimentQuery) -> Page[FoundT]:
    kept = [record for record in found if query.filter is None or matches(query.filter.tree, record)]

    def place(record: FoundT) -> list[Any]:
        return [*(record.value(by.identifier) for by in order), record.tie]

    def comes_after(one: list[Any], seen: list[Any]) -> bool:
        records = ordered([Placed(order, one), Placed(order, seen)], order, _tie)
        return bool(one[-1] != seen[-1] and records[-1].tie == one[-1])

    return page_of(ordered(kept, order, _tie), query.max_results, query.page_token, place, comes_after)


def _tie(record: Any) -> Any:
    return record.tie


def _with_columns(run: Run, columns: Sequence[Identifier] | None) -> Run:
    if columns is None:
        return run
    chosen = {kind: {column.key for column in columns if column.kind is kind} for kind in Kind}
    data = RunData(
        latest_metrics=[metric for metric in run.data.latest_metrics if metric.key in chosen[Kind.METRIC]],
        params={key: value for key, value in run.data.params.items() if key in chosen[Kind.PARAM]},
        tags={key: value for key, value in run.data.tags.items() if key in chosen[Kind.TAG]},
    )
    return attrs.evolve(run, data=data)
