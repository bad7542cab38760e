"""Runs on a server, what is logged to them, and their metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import attrs

from runyard.entities import (
    DatasetInput,
    DatasetSummary,
    Metric,
    MetricColumns,
    Page,
    Run,
    RunInfo,
    RunUpdate,
)
from runyard.errors import InvalidInput
from runyard.protocols.tracking import RunQuery
from runyard.query import Identifier, Kind, Target
from runyard.validation import (
    check_dataset_input,
    check_integer,
    check_key,
    check_metric_value,
    check_params,
    check_tags,
)
from runyard.wire import COLUMNS_TYPE, decode_columns
from runyard_store_http import reading, writing
from runyard_store_http.connection import Query, Request
from runyard_store_http.peer import API
from runyard_store_http.reading import Json
from runyard_store_http.run_ids import PATH, RunIds
from runyard_store_http.writing import query as query_of

HISTORY = "/api/2.0/mlflow/metrics/get-history"
# Only here do all servers of MLflow's answer: the other path lacks a slash in its description.
DATASETS = "/ajax-api/2.0/mlflow/experiments/search-datasets"
MOST_RUNS = 50_000
MOST_POINTS = 25_000
_MOST_EXPERIMENTS = 20  # of one search for data sets


class Runs(RunIds):
    """The part of a tracking store that keeps runs."""

    def update_run(self, update: RunUpdate) -> RunInfo:
        fields = {"status": update.status and update.status.value, "end_time": update.end_time}
        body = {name: value for name, value in {**fields, "run_name": update.run_name}.items() if value is not None}

        def send(run_id: str) -> RunInfo:
            answer = self._server.post(f"{PATH}/update", {"run_id": run_id, "run_uuid": run_id, **body}, reader=_info)
            return self._get_run(run_id).info if answer is None else answer

        return self._of_run(update.run_id, send)

    def delete_run(self, run_id: str) -> None:
        self._of_run(run_id, lambda found: self._do(f"{PATH}/delete", {"run_id": found}))

    def restore_run(self, run_id: str) -> None:
        self._of_run(run_id, lambda found: self._do(f"{PATH}/restore", {"run_id": found}))

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log all or nothing, as far as it fits into one request of MLflow's; the rest follows in others."""
        # Checked here, since MLflow's servers cut what is too long.
        points = [check_metric(point) for point in metrics]
        values, labels = check_params(params), check_tags(tags)

        def send(found: str) -> None:
            for body in writing.batches(points, values, labels):
                self._do(f"{PATH}/log-batch", {"run_id": found, **body})

        self._of_run(run_id, send)

    def delete_tag(self, run_id: str, key: str) -> None:
        def send(found: str) -> None:
            def is_gone() -> bool | None:
                return True if key not in self._get_run(found).data.tags else None

            body = {"run_id": found, "key": key}
            self._server.post(f"{PATH}/delete-tag", body, reader=bool, recall=is_gone)

        self._of_run(run_id, send)

    def log_inputs(self, run_id: str, inputs: Sequence[DatasetInput]) -> None:
        datasets = [writing.dataset_input(check_dataset_input(item)) for item in inputs]
        self._of_run(run_id, lambda found: self._do(f"{PATH}/log-inputs", {"run_id": found, "datasets": datasets}))

    def search_runs(self, query: RunQuery) -> Page[Run]:
        size = writing.page_size(query.max_results, MOST_RUNS)
        body: dict[str, object] = {
            "experiment_ids": list(query.experiment_ids),
            "filter": writing.filter_text(query.filter, Target.RUNS),
            "run_view_type": query.view.value,
            "max_results": size,
            "order_by": writing.orders(query.order_by),
        }
        if query.page_token is not None:
            body["page_token"] = writing.token(query.page_token)
        if not query.experiment_ids:
            return Page()
        page = self._server.post(f"{PATH}/search", body, reader=reading.page("runs", reading.run))
        if query.columns is None:
            return page
        return Page([_with_columns(run, query.columns) for run in page], page.token)

    def get_metric_history(
        self, run_id: str, key: str, *, max_results: int | None = None, page_token: str | None = None
    ) -> Page[Metric]:
        if max_results is not None and max_results < 1:
            raise InvalidInput(f"max_results must be at least 1, got {max_results}")

        def ask(found: str) -> Page[Metric]:
            query = query_of(
                run_id=found,
                run_uuid=found,
                metric_key=key,
                max_results=max_results,
                page_token=writing.token(page_token),
            )
            page = self._server.get(HISTORY, query, reader=reading.page("metrics", reading.metric))
            if not page and page_token is None:
                self._get_run(found)  # MLflow's servers do not say that there is no such run
            return page

        return self._of_run(run_id, ask)

    def read_metric(self, run_id: str, key: str) -> MetricColumns:
        if self._peer.is_runyard:
            return self._columns(run_id, [("key", key)])
        points: list[tuple[int, int, float]] = []
        token = None
        while True:
            page = self.get_metric_history(run_id, key, max_results=MOST_POINTS, page_token=token)
            points += [(step, timestamp, value) for _, value, timestamp, step in page]
            token = page.token
            if token is None:
                return MetricColumns.from_points(sorted(points, key=_point_order))

    def search_datasets(self, experiment_ids: Sequence[str], *, max_results: int = 1000) -> Sequence[DatasetSummary]:
        if max_results < 1:
            raise InvalidInput(f"max_results must be at least 1, got {max_results}")
        found: list[DatasetSummary] = []
        for part in writing.parts(experiment_ids, _MOST_EXPERIMENTS):
            page = self._server.post(
                DATASETS,
                {"experiment_ids": part},
                reader=reading.page("dataset_summaries", reading.dataset_summary),
            )
            found += page
        return sorted(set(found), key=_summary_order)[:max_results]

    def _columns(self, run_id: str, query: Query) -> MetricColumns:
        path = f"{API}/runs/{quote(run_id, safe='')}/metric"
        answer = self._server.send(Request(method="GET", path=path, query=query, headers={"Accept": COLUMNS_TYPE}))
        return decode_columns(answer.content)


def check_metric(point: Metric) -> Metric:
    """A point that every store takes."""
    key, value, timestamp, step = point
    return Metric(
        check_key(key, "metric"),
        check_metric_value(key, value),
        check_integer(timestamp, f"timestamp of metric {key!r}", minimum=0),
        check_integer(step, f"step of metric {key!r}"),
    )


def _info(answer: Json) -> RunInfo | None:
    return reading.run_info(answer["run_info"]) if answer.get("run_info") else None


def _point_order(point: tuple[int, int, float]) -> tuple[int, int, bool, float]:
    step, timestamp, value = point
    return step, timestamp, not math.isnan(value), 0.0 if math.isnan(value) else value


def _summary_order(found: DatasetSummary) -> tuple[int, str, str, str, bool, str]:
    number = int(found.experiment_id) if found.experiment_id.isdigit() else 0
    return number, found.experiment_id, found.name, found.digest, found.context is not None, found.context or ""


def _with_columns(run: Run, columns: Sequence[Identifier]) -> Run:
    """The run with these metrics, params and tags only."""
    keys = {kind: {column.key for column in columns if column.kind is kind} for kind in Kind}
    data = attrs.evolve(
        run.data,
        latest_metrics=[metric for metric in run.data.latest_metrics if metric.key in keys[Kind.METRIC]],
        params={key: value for key, value in run.data.params.items() if key in keys[Kind.PARAM]},
        tags={key: value for key, value in run.data.tags.items() if key in keys[Kind.TAG]},
    )
    return attrs.evolve(run, data=data)
