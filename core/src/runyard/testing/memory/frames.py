"""Runs in columns, in memory."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

from runyard.entities import MetricColumns, Run, ViewType
from runyard.errors import InvalidInput
from runyard.protocols.frames import Column, Frame, FrameQuery, FrameSchema, KeySummary, NumberColumn, TextColumn
from runyard.protocols.tracking import RunQuery
from runyard.query import Filter, Identifier, Kind
from runyard.query.evaluate import Value
from runyard.query.numbers import as_number
from runyard.testing.memory.tracking_core import PlainTrackingStore, locked
from runyard.testing.memory.tracking_search import FoundRun

NUMBERS = frozenset({"start_time", "end_time"})
TEXTS = frozenset({"run_id", "run_name", "status", "user_id", "artifact_uri", "experiment_id", "lifecycle_stage"})


class FramesStore(PlainTrackingStore):
    """`ReadsFrames` and `ReadsManyMetrics`."""

    @locked
    def read_frame(self, query: FrameQuery) -> Frame:
        if query.offset < 0 or query.max_results < 1:
            raise InvalidInput("offset must be 0 or more, and max_results at least 1")
        runs = self._all_runs(query)
        shown = runs[query.offset : query.offset + query.max_results]
        return Frame(
            [run.info.run_id for run in shown],
            {identifier: self._column(identifier, shown) for identifier in query.columns},
            len(runs),
        )

    @locked
    def describe_frame(
        self,
        experiment_ids: Sequence[str],
        *,
        filter: Filter | None = None,  # noqa: A002 - as in the queries
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_values: int = 50,
    ) -> FrameSchema:
        if max_values < 0:
            raise InvalidInput(f"max_values must be 0 or more, got {max_values}")
        runs = self._all_runs(FrameQuery(experiment_ids=experiment_ids, columns=(), filter=filter, view=view))
        keys: list[KeySummary] = []
        for kind in (Kind.METRIC, Kind.PARAM, Kind.TAG):
            for key in sorted({key for run in runs for key in _logged(run, kind)}):
                values = [_logged(run, kind)[key] for run in runs if key in _logged(run, kind)]
                keys.append(_summary(Identifier(kind, key), values, len(runs), max_values))
        return FrameSchema(len(runs), keys)

    @locked
    def read_metrics(self, pairs: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], MetricColumns]:
        return {
            (run_id, key): MetricColumns.from_points(self._runs[run_id].points(key))
            for run_id, key in pairs
            if run_id in self._runs and self._runs[run_id].points(key)
        }

    def _all_runs(self, query: FrameQuery) -> Sequence[Run]:
        return self.search_runs(
            RunQuery(
                experiment_ids=query.experiment_ids,
                filter=query.filter,
                view=query.view,
                order_by=query.order_by,
                max_results=max(len(self._runs), 1),
            )
        )

    def _column(self, identifier: Identifier, runs: Sequence[Run]) -> Column:
        if identifier.kind is Kind.DATASET:
            raise InvalidInput("a data set cannot be a column")
        if identifier.kind is Kind.ATTRIBUTE and identifier.key not in NUMBERS | TEXTS:
            raise InvalidInput(f"runs have no attribute {identifier.key!r}")
        values = [FoundRun(run, self._runs[run.info.run_id].points).value(identifier) for run in runs]
        is_number = identifier.kind is Kind.ATTRIBUTE and identifier.key in NUMBERS
        return _numbers(values) if is_number or identifier.kind is Kind.METRIC else _texts(values)


def _numbers(values: Sequence[Value | None]) -> NumberColumn:
    return NumberColumn(
        array("d", [math.nan if value is None else float(value) for value in values]),
        bytes(value is not None for value in values),
    )


def _texts(values: Sequence[Value | None]) -> TextColumn:
    categories = sorted({str(value) for value in values if value is not None})
    return TextColumn(
        categories, array("i", [-1 if value is None else categories.index(str(value)) for value in values])
    )


def _logged(run: Run, kind: Kind) -> Mapping[str, float] | Mapping[str, str]:
    if kind is Kind.METRIC:
        return run.data.metrics
    return run.data.params if kind is Kind.PARAM else run.data.tags


def _summary(identifier: Identifier, values: Sequence[float | str], total: int, most: int) -> KeySummary:
    texts = Counter(map(str, values))
    summary = KeySummary(identifier, len(values), len(values) < total or len(texts) > 1, numeric=False)
    if identifier.kind is Kind.METRIC:
        return _with_numbers(summary, values)
    if len(texts) <= most:
        summary = attrs.evolve(summary, values=sorted(texts.items(), key=lambda item: (-item[1], item[0])))
    numbers = [as_number(str(value)) for value in values]
    if identifier.kind is Kind.PARAM and None not in numbers:
        return _with_numbers(summary, [number for number in numbers if number is not None])
    return summary


def _with_numbers(summary: KeySummary, values: Iterable[float | str]) -> KeySummary:
    numbers = [float(value) for value in values if not math.isnan(float(value))]
    return attrs.evolve(summary, numeric=True, least=min(numbers, default=None), greatest=max(numbers, default=None))
