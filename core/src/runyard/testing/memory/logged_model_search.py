"""Search over logged models in memory, by the naive evaluator."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from runyard.entities import LoggedModel, ModelMetric, Page
from runyard.errors import InvalidInput
from runyard.protocols.logged_models import LoggedModelOrder, LoggedModelQuery, point_age
from runyard.query import And, Filter, Identifier, Kind, Node, Not, NullTest, Or, OrderBy
from runyard.query.evaluate import Value, matches
from runyard.query.tree import identifiers
from runyard.testing.memory.paging import page_of

NEWEST = LoggedModelOrder(order=OrderBy(Identifier(Kind.ATTRIBUTE, "creation_timestamp"), ascending=False))
BY_ID = LoggedModelOrder(order=OrderBy(Identifier(Kind.ATTRIBUTE, "model_id")))


def select_logged_models(models: Sequence[LoggedModel], query: LoggedModelQuery) -> Page[LoggedModel]:
    """The page of logged models that a query asks for."""
    for name, _ in query.datasets:
        if not name:
            raise InvalidInput("a data set to search by needs a name")
    orders = [*query.order_by, NEWEST, BY_ID]
    asked = _fingerprint(query)
    found = [model for model in models if model.lifecycle_stage in query.view.stages and _is_wanted(model, query)]

    def place(model: LoggedModel) -> list[Any]:
        return [_placed(_Record(model).ordered_by(order)) for order in orders]

    def compare(left: list[Any], right: list[Any]) -> int:
        for order, (rank, value), (other_rank, other) in zip(orders, left, right, strict=True):
            outcome = rank - other_rank
            if not outcome and rank == 0:
                outcome = ((value > other) - (value < other)) * (1 if order.order.ascending else -1)
            if outcome:
                return int(outcome)
        return 0

    by_place: Callable[[LoggedModel], Any] = functools.cmp_to_key(
        lambda left, right: compare(place(left), place(right))
    )
    found.sort(key=by_place)
    token = None if query.page_token is None else _inner(query.page_token, asked)
    page = page_of(found, query.max_results, token, place, lambda left, seen: compare(left, seen) > 0)
    return Page(page.items, page.token and f"{asked}.{page.token}")


def _inner(token: str, asked: str) -> str:
    """What is left of a token of this search."""
    head, _, inner = token.partition(".")
    if head != asked:
        raise InvalidInput(f"not a page token of this search: {token[:60]!r}; use the token of the page before")
    return inner


def _placed(value: Value | None) -> list[Any]:
    if value is None:
        return [2, None]
    return [1, None] if isinstance(value, float) and math.isnan(value) else [0, value]


def _fingerprint(query: LoggedModelQuery) -> str:
    asked = (sorted(query.experiment_ids), query.filter, query.datasets, query.order_by, query.view)
    return hashlib.blake2b(repr(asked).encode(), digest_size=9).hexdigest()


def _is_wanted(model: LoggedModel, query: LoggedModelQuery) -> bool:
    points = [point for point in model.metrics if _is_on(point, query.datasets)]
    if query.datasets and not points and not _asks_for_metrics(query.filter):
        return False
    return query.filter is None or _holds(query.filter.tree, _Record(model), points)


def _is_on(point: ModelMetric, datasets: Sequence[tuple[str, str | None]]) -> bool:
    return not datasets or any(
        point.dataset_name == name and digest in {None, point.dataset_digest} for name, digest in datasets
    )


def _asks_for_metrics(condition: Filter | None) -> bool:
    return condition is not None and any(one.kind is Kind.METRIC for one in identifiers(condition.tree))


def _holds(node: Node, record: _Record, points: Sequence[ModelMetric]) -> bool:
    """As `matches`, but a condition on a metric holds where any of its points meets it."""
    match node:
        case And(operands):
            return all(_holds(operand, record, points) for operand in operands)
        case Or(operands):
            return any(_holds(operand, record, points) for operand in operands)
        case Not(operand):
            return not _holds(operand, record, points)
        case _ if node.identifier.kind is not Kind.METRIC:
            return matches(node, record)
    of_metric = [point for point in points if point.key == node.identifier.key]
    if isinstance(node, NullTest):
        return bool(of_metric) is node.negated
    return any(matches(node, _Point(point)) for point in of_metric)


@attrs.frozen
class _Record:
    """A logged model as a search sees it."""

    model: LoggedModel

    def ordered_by(self, order: LoggedModelOrder) -> Value | None:
        identifier = order.order.identifier
        if identifier.kind is not Kind.METRIC:
            return self.value(identifier)
        points = [
            point
            for point in self.model.metrics
            if point.key == identifier.key
            and order.dataset_name in {None, point.dataset_name}
            and order.dataset_digest in {None, point.dataset_digest}
        ]
        return max(points, key=point_age).value if points else None

    def value(self, identifier: Identifier) -> Value | None:
        match identifier.kind:
            case Kind.PARAM:
                return self.model.params.get(identifier.key)
            case Kind.TAG:
                return self.model.tags.get(identifier.key)
        value: Value | None = getattr(self.model, identifier.key)
        return value

    def values(self, identifier: Identifier) -> Sequence[str]:  # noqa: ARG002 - models have no data sets of their own
        return ()


@attrs.frozen
class _Point:
    """A point of the metric that a condition is about."""

    point: ModelMetric

    def value(self, identifier: Identifier) -> Value | None:  # noqa: ARG002 - it is this metric's
        return self.point.value

    def values(self, identifier: Identifier) -> Sequence[str]:  # noqa: ARG002 - points have no data sets of their own
        return ()
