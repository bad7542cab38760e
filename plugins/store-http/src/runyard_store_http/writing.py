"""What is sent, as MLflow's JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import attrs

from runyard.entities import DatasetInput, Metric
from runyard.errors import InvalidInput, QueryError
from runyard.query import Filter, Kind, OrderBy, Target, parse_filter, render, render_order
from runyard.wire import plain_float

ItemT = TypeVar("ItemT")
Json = dict[str, Any]

_ATTRIBUTES = re.compile(r"('(?:[^']|'')*'|`(?:[^`]|``)*`)|\battributes\.")
MAX_METRICS = 1_000  # of a log-batch; so is the sum of all
MAX_PAIRS = 100


def pairs(values: Mapping[str, str] | None) -> list[Json]:
    """Params or tags."""
    return [{"key": key, "value": value} for key, value in (values or {}).items()]


def metrics(points: Sequence[Metric]) -> list[Json]:
    finite = math.isfinite
    return [
        {"key": key, "value": value if finite(value) else plain_float(value), "timestamp": timestamp, "step": step}
        for key, value, timestamp, step in points
    ]


def batches(
    points: Sequence[Metric], params: Mapping[str, str] | None, tags: Mapping[str, str] | None
) -> Iterator[Json]:
    """The bodies of as few log-batch requests as MLflow's limits allow; what may be refused comes first.

    There is one at least, so that the server says what is wrong with the run.
    """
    rest = {"params": pairs(params), "tags": pairs(tags), "metrics": metrics(points)}
    limits = {"params": MAX_PAIRS, "tags": MAX_PAIRS, "metrics": MAX_METRICS}
    done = dict.fromkeys(rest, 0)
    while True:
        body: Json = {}
        room = MAX_METRICS
        for name, items in rest.items():
            part = items[done[name] : done[name] + min(limits[name], room)]
            done[name] += len(part)
            room -= len(part)
            if part:
                body[name] = part
        yield body
        if all(done[name] == len(items) for name, items in rest.items()):
            return


def dataset_input(item: DatasetInput) -> Json:
    dataset = {name: value for name, value in attrs.asdict(item.dataset).items() if value is not None}
    return {"dataset": dataset, "tags": pairs(item.tags)}


def filter_text(asked: Filter | None, target: Target) -> str:
    """A filter as it was written, where that says what is meant, else rendered, attributes without a prefix."""
    if asked is None:
        return ""
    try:
        written = parse_filter(asked.text, target)
    except QueryError:
        written = None
    if written is not None and written.tree == asked.tree:
        return asked.text
    return _ATTRIBUTES.sub(lambda found: found.group(1) or "", render(asked.tree))


def orders(asked: Sequence[OrderBy]) -> list[str]:
    """Orders as MLflow reads them: some of its searches take attributes without a prefix only."""
    return [render_order(order).removeprefix("attributes.") for order in asked]


def field_name(order: OrderBy) -> str:
    """A field of a logged model, which is written without quotes."""
    identifier = order.identifier
    return identifier.key if identifier.kind is Kind.ATTRIBUTE else f"{identifier.kind}s.{identifier.key}"


def page_size(asked: int, most: int) -> int:
    """At most so many as a server gives at once; a page token leads to the rest."""
    if asked < 1:
        raise InvalidInput(f"max_results must be at least 1, got {asked}")
    return min(asked, most)


def token(asked: str | None) -> str | None:
    """A page token; servers take an empty one for none, and would begin anew."""
    if asked is not None and not asked:
        raise InvalidInput("the page token is empty; give the token of the page before, or none")
    return asked


def query(**values: object) -> list[tuple[str, str]]:
    """A query string without what is None or empty; lists are repeated."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, list | tuple):
            found += [(name, str(item)) for item in value]
        elif value is not None and value != "":
            found.append((name, str(value)))
    return found


def parts(items: Sequence[ItemT], size: int) -> Iterator[list[ItemT]]:
    """A sequence in pieces of at most that size."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
