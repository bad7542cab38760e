"""Stands in for what the SQL store does not have yet."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from typing import Any

from runyard.entities import Run, View
from runyard.errors import Conflict, NotFound
from runyard.protocols.frames import Frame, FrameQuery, FrameSchema, KeySummary, NumberColumn, TextColumn
from runyard.protocols.tracking import RunQuery
from runyard.query import Aggregate, Identifier, Kind
from runyard.query.aggregate import aggregate
from runyard.query.numbers import as_number


def _all(self: Any, q: Any) -> list[Run]:
    found: list[Run] = []
    token = None
    while True:
        page = self.search_runs(RunQuery(experiment_ids=q.experiment_ids, filter=q.filter, view=q.view,
            order_by=getattr(q, "order_by", ()), max_results=1000, page_token=token))
        found += page.items
        token = page.token
        if token is None:
            return found


def _value(self: Any, run: Run, i: Identifier) -> Any:
    if i.kind is Kind.PARAM:
        return run.data.params.get(i.key)
    if i.kind is Kind.TAG:
        return run.data.tags.get(i.key)
    if i.kind is Kind.ATTRIBUTE:
        v = getattr(run.info, i.key)
        return v.value if hasattr(v, "value") else v
    if i.aggregate is Aggregate.LAST:
        return run.data.metrics.get(i.key)
    return aggregate(list(self.read_metric(run.info.run_id, i.key)), i.aggregate, i.key)


def read_frame(self: Any, query: FrameQuery) -> Frame:
    runs = _all(self, query)
    part = runs[query.offset : query.offset + query.max_results]
    columns: dict[Identifier, Any] = {}
    for i in query.columns:
        vs = [_value(self, run, i) for run in part]
        if i.kind is Kind.METRIC or (i.kind is Kind.ATTRIBUTE and i.key in {"start_time", "end_time"}):
            columns[i] = NumberColumn(array("d", [math.nan if v is None else v for v in vs]), bytes(v is not None for v in vs))
        else:
            cats = list(dict.fromkeys(v for v in vs if v is not None))
            columns[i] = TextColumn(cats, array("i", [-1 if v is None else cats.index(v) for v in vs]))
    return Frame([r.info.run_id for r in part], columns, len(runs))


def describe_frame(self: Any, experiment_ids: Any, *, filter: Any = None, view: Any = "ACTIVE_ONLY", max_values: int = 50) -> FrameSchema:
    from runyard.entities import ViewType
    runs = _all(self, FrameQuery(experiment_ids=experiment_ids, columns=(), filter=filter, view=ViewType(view)))
    found: dict[Identifier, list[Any]] = {}
    for run in runs:
        for kind, values in ((Kind.METRIC, run.data.metrics), (Kind.PARAM, run.data.params), (Kind.TAG, run.data.tags)):
            for k, v in values.items():
                found.setdefault(Identifier(kind, k), []).append(v)
    keys = []
    for i, vs in sorted(found.items(), key=lambda p: (p[0].kind, p[0].key)):
        numbers = vs if i.kind is Kind.METRIC else [as_number(v) for v in vs] if i.kind is Kind.PARAM else [None]
        numeric = all(n is not None for n in numbers)
        counted = Counter(vs).most_common() if i.kind is not Kind.METRIC else None
        keys.append(KeySummary(i, len(vs), len(set(vs)) > 1 or len(vs) < len(runs), numeric,
            min(numbers) if numeric else None, max(numbers) if numeric else None,
            counted if counted is not None and len(counted) <= max_values else None))
    return FrameSchema(len(runs), keys)


def read_metrics(self: Any, pairs: Any) -> Any:
    found = {}
    for run_id, key in pairs:
        try:
            columns = self.read_metric(run_id, key)
        except NotFound:
            continue
        if len(columns):
            found[run_id, key] = columns
    return found


def save_view(self: Any, view_id: str, *, name: str, experiment_ids: Any, state: str, user_id: Any = None, revision: Any = None) -> View:
    views = self.__dict__.setdefault("_views", {})
    old = views.get(view_id)
    if revision is not None and (old is None or old.revision != revision):
        raise Conflict(f"view {view_id} has another revision")
    views[view_id] = View(view_id, name, list(experiment_ids), state, 1, 2, old.revision + 1 if old else 1, user_id)
    return views[view_id]


def get_view(self: Any, view_id: str) -> View:
    try:
        return self.__dict__.setdefault("_views", {})[view_id]
    except KeyError:
        raise NotFound(f"no view {view_id}") from None


def list_views(self: Any, experiment_id: str | None = None) -> Any:
    views = self.__dict__.setdefault("_views", {}).values()
    return [v for v in views if experiment_id is None or experiment_id in v.experiment_ids]


def delete_view(self: Any, view_id: str) -> None:
    del self.__dict__["_views"][view_id]


def complete(cls: Any) -> None:
    for one in (read_frame, describe_frame, read_metrics, save_view, get_view, list_views, delete_view):
        if not hasattr(cls, one.__name__):
            setattr(cls, one.__name__, one)
