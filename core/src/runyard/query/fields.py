"""What can be searched for in each target: prefixes, attributes with their aliases and types."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from runyard.entities import LoggedModelStatus
from runyard.query.tree import Aggregate, Identifier, Kind, Operator, Target


class ValueType(Enum):
    """What an identifier's values are, and with it the operators that it takes."""

    TEXT = "text"
    NUMBER = "a number"
    ID = "an id in quotes"  # such as '12': equal or not, ordered as a number


EQUALITY = (Operator.EQ, Operator.NE)
NUMERIC = (*EQUALITY, Operator.GT, Operator.GE, Operator.LT, Operator.LE)
TEXTUAL = (*EQUALITY, Operator.LIKE, Operator.ILIKE, Operator.MATCHES, Operator.NOT_MATCHES)

OPERATORS: Mapping[ValueType, tuple[Operator, ...]] = MappingProxyType(
    {ValueType.TEXT: TEXTUAL, ValueType.NUMBER: NUMERIC, ValueType.ID: EQUALITY}
)

PREFIXES: Mapping[str, Kind] = MappingProxyType(
    {
        "metrics": Kind.METRIC,
        "metric": Kind.METRIC,
        "params": Kind.PARAM,
        "param": Kind.PARAM,
        "parameters": Kind.PARAM,
        "parameter": Kind.PARAM,
        "tags": Kind.TAG,
        "tag": Kind.TAG,
        "attributes": Kind.ATTRIBUTE,
        "attribute": Kind.ATTRIBUTE,
        "attr": Kind.ATTRIBUTE,
        "run": Kind.ATTRIBUTE,
        "datasets": Kind.DATASET,
        "dataset": Kind.DATASET,
    }
)

KINDS: Mapping[Target, frozenset[Kind]] = MappingProxyType(
    {
        Target.RUNS: frozenset(Kind),
        Target.EXPERIMENTS: frozenset({Kind.ATTRIBUTE, Kind.TAG}),
        Target.MODELS: frozenset({Kind.ATTRIBUTE, Kind.TAG}),
        Target.VERSIONS: frozenset({Kind.ATTRIBUTE, Kind.TAG}),
        Target.LOGGED_MODELS: frozenset({Kind.METRIC, Kind.PARAM, Kind.TAG, Kind.ATTRIBUTE}),
    }
)

# Where a metric's history is not summarized: what looks like an aggregate is part of the metric's name.
WITHOUT_AGGREGATES = frozenset({Target.LOGGED_MODELS})

_TIMES = {"creation_timestamp": ValueType.NUMBER, "last_updated_timestamp": ValueType.NUMBER}

ATTRIBUTES: Mapping[Target, Mapping[str, ValueType]] = MappingProxyType(
    {
        Target.RUNS: {
            "run_id": ValueType.TEXT,
            "run_name": ValueType.TEXT,
            "status": ValueType.TEXT,
            "user_id": ValueType.TEXT,
            "artifact_uri": ValueType.TEXT,
            "experiment_id": ValueType.ID,
            "start_time": ValueType.NUMBER,
            "end_time": ValueType.NUMBER,
        },
        Target.EXPERIMENTS: {
            "name": ValueType.TEXT,
            "experiment_id": ValueType.ID,
            "creation_time": ValueType.NUMBER,
            "last_update_time": ValueType.NUMBER,
        },
        Target.MODELS: {"name": ValueType.TEXT, **_TIMES},
        Target.VERSIONS: {
            "name": ValueType.TEXT,
            "version_number": ValueType.NUMBER,
            "run_id": ValueType.TEXT,
            "model_id": ValueType.TEXT,
            "source_path": ValueType.TEXT,
            "current_stage": ValueType.TEXT,
            "user_id": ValueType.TEXT,
            "status": ValueType.TEXT,
            **_TIMES,
        },
        Target.LOGGED_MODELS: {
            "name": ValueType.TEXT,
            "model_id": ValueType.TEXT,
            "model_type": ValueType.TEXT,
            "status": ValueType.TEXT,
            "source_run_id": ValueType.TEXT,
            **_TIMES,
        },
    }
)

ALIASES: Mapping[Target, Mapping[str, str]] = MappingProxyType(
    {
        Target.RUNS: {
            "created": "start_time",
            "Created": "start_time",
            "run name": "run_name",
            "Run name": "run_name",
            "Run Name": "run_name",
            "run id": "run_id",
        },
        Target.EXPERIMENTS: {},
        Target.MODELS: {"timestamp": "last_updated_timestamp"},
        Target.VERSIONS: {"timestamp": "last_updated_timestamp", "version": "version_number", "stage": "current_stage"},
        Target.LOGGED_MODELS: {
            "creation_time": "creation_timestamp",
            "creation_timestamp_ms": "creation_timestamp",
            "last_updated_timestamp_ms": "last_updated_timestamp",
        },
    }
)

# Values that are written in short where they are compared for equality.
SHORT_VALUES: Mapping[tuple[Target, str], Mapping[str, str]] = MappingProxyType(
    {(Target.LOGGED_MODELS, "status"): {status.name: status.value for status in LoggedModelStatus}}
)

DATASET_FIELDS = ("name", "digest", "context")
CONTEXT_TAG = "mlflow.data.context"  # the tag of an input that says what it was used for


def value_type(identifier: Identifier, target: Target) -> ValueType:
    """What an identifier's values are."""
    match identifier.kind:
        case Kind.METRIC:
            return ValueType.NUMBER
        case Kind.ATTRIBUTE:
            return ATTRIBUTES[target][identifier.key]
        case _:
            return ValueType.TEXT


def is_integer(identifier: Identifier) -> bool:
    """Whether its values are whole numbers: times, versions and steps."""
    if identifier.kind is Kind.METRIC:
        return identifier.aggregate is Aggregate.BEST_STEP
    return identifier.kind is Kind.ATTRIBUTE
