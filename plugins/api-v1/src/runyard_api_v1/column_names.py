"""Names of columns in requests: `attributes.run_name`, `params.lr`, `tags.team`, `metrics.loss@min`."""

from __future__ import annotations

from collections.abc import Sequence

from runyard.errors import InvalidInput, did_you_mean
from runyard.query import Aggregate, Identifier, Kind, Target
from runyard.query.fields import ALIASES, ATTRIBUTES, PREFIXES

RUN_ID = Identifier(Kind.ATTRIBUTE, "run_id")
ATTRIBUTE_NAMES = (*ATTRIBUTES[Target.RUNS], "lifecycle_stage")
_AGGREGATES = tuple(aggregate.value for aggregate in Aggregate)
_EXAMPLES = "attributes.run_name, params.lr, tags.team, metrics.loss or metrics.loss@min"


def columns(names: Sequence[str]) -> dict[str, Identifier]:
    """What the names of columns mean, each once."""
    return {name: column(name) for name in names}


def column(name: str) -> Identifier:
    """What the name of a column means; the key stands after the first dot as it is, without quotes.

    `metrics.loss.min` is `metrics.loss@min`; the aggregate after the last @ is never a part of the key.

    Raises:
        InvalidInput: there is no such thing.
    """
    prefix, dot, key = name.partition(".")
    kind = PREFIXES.get(prefix)
    if kind is None or not dot or not key or kind is Kind.DATASET:
        raise InvalidInput(f"{name!r:.80} is no column{did_you_mean(prefix, PREFIXES)}; columns read {_EXAMPLES}")
    if kind is Kind.ATTRIBUTE:
        key = ALIASES[Target.RUNS].get(key, key)
        if key not in ATTRIBUTE_NAMES:
            known = did_you_mean(key, ATTRIBUTE_NAMES)
            raise InvalidInput(f"runs have no attribute {key!r:.80}{known}; there are {', '.join(ATTRIBUTE_NAMES)}")
    return _metric(name, key) if kind is Kind.METRIC else Identifier(kind, key)


def name_of(identifier: Identifier) -> str:
    """The name of a column, in its plainest form that means the same."""
    if identifier.kind is Kind.METRIC:
        return f"metrics.{identifier.key}@{identifier.aggregate}"
    return f"{identifier.kind}s.{identifier.key}"


def is_number(identifier: Identifier) -> bool:
    """Whether its values are numbers in every run."""
    if identifier.kind is Kind.ATTRIBUTE:
        return identifier.key in {"start_time", "end_time"}
    return identifier.kind is Kind.METRIC


def _metric(name: str, key: str) -> Identifier:
    front, at, last = key.rpartition("@")
    if at:
        if not front:
            raise InvalidInput(f"{name!r:.80} is no column, for it names no metric; columns read {_EXAMPLES}")
        if last not in _AGGREGATES:
            known = did_you_mean(last, _AGGREGATES)
            raise InvalidInput(f"{name!r:.80} asks for {last!r:.80}{known}; there are {', '.join(_AGGREGATES)}")
        return Identifier(Kind.METRIC, front, Aggregate(last))
    front, dot, last = key.rpartition(".")
    if dot and front and last in _AGGREGATES:
        return Identifier(Kind.METRIC, front, Aggregate(last))
    return Identifier(Kind.METRIC, key)
