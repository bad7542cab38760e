"""Filters and orders of logged models."""

from __future__ import annotations

import pytest

from runyard.errors import QueryError
from runyard.query import (
    Comparison,
    Filter,
    Identifier,
    Kind,
    Membership,
    Operator,
    OrderBy,
    Target,
    parse_filter,
    parse_order,
    render,
)


def read(text: str) -> Filter:
    found = parse_filter(text, Target.LOGGED_MODELS)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "kind", "key"),
    [
        ("name", Kind.ATTRIBUTE, "name"),
        ("attributes.model_id", Kind.ATTRIBUTE, "model_id"),
        ("attribute.model_type", Kind.ATTRIBUTE, "model_type"),
        ("source_run_id", Kind.ATTRIBUTE, "source_run_id"),
        ("params.lr", Kind.PARAM, "lr"),
        ("param.`a b`", Kind.PARAM, "a b"),
        ("tags.team", Kind.TAG, "team"),
        ("tag.`mlflow.x`", Kind.TAG, "mlflow.x"),
    ],
)
def test_what_a_model_has_can_be_asked_for(written: str, kind: Kind, key: str) -> None:
    assert read(f"{written} = 'x'").tree == Comparison(Identifier(kind, key), Operator.EQ, "x")


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("creation_timestamp", "creation_timestamp"),
        ("creation_time", "creation_timestamp"),
        ("attributes.creation_timestamp_ms", "creation_timestamp"),
        ("last_updated_timestamp", "last_updated_timestamp"),
        ("last_updated_timestamp_ms", "last_updated_timestamp"),
    ],
)
def test_times_have_the_names_that_mlflow_takes(written: str, key: str) -> None:
    assert read(f"{written} >= 5").tree == Comparison(Identifier(Kind.ATTRIBUTE, key), Operator.GE, 5)


@pytest.mark.parametrize("written", ["metrics.loss.min", "metric.`loss.min`", 'metrics."loss.min"'])
def test_what_looks_like_an_aggregate_is_part_of_the_name(written: str) -> None:
    found = read(f"{written} < 1")
    assert found.tree == Comparison(Identifier(Kind.METRIC, "loss.min"), Operator.LT, 1.0)
    assert read(render(found.tree)).tree == found.tree


def test_an_aggregate_after_a_quoted_name_is_a_mistake() -> None:
    with pytest.raises(QueryError, match=r"logged models has nothing like \.min"):
        read("metrics.`loss`.min < 1")


@pytest.mark.parametrize("written", ["READY", "LOGGED_MODEL_READY"])
def test_a_status_may_be_written_in_short(written: str) -> None:
    status = Identifier(Kind.ATTRIBUTE, "status")
    assert read(f"status != '{written}'").tree == Comparison(status, Operator.NE, "LOGGED_MODEL_READY")
    assert read(f"status IN ('{written}', 'FAILED')").tree == Membership(
        status, ("LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED")
    )
    assert read(f"status LIKE '{written}'").tree == Comparison(status, Operator.LIKE, written)
    assert read(f"name = '{written}'").tree == Comparison(Identifier(Kind.ATTRIBUTE, "name"), Operator.EQ, written)


@pytest.mark.parametrize("text", ["datasets.name = 'iris'", "run_name = 'x'", "experiment_id = '0'", "status > 'a'"])
def test_what_a_model_does_not_have_is_a_mistake(text: str) -> None:
    with pytest.raises(QueryError):
        read(text)


def test_orders_of_models_are_read() -> None:
    assert parse_order(["metrics.acc DESC", "creation_time"], Target.LOGGED_MODELS) == (
        OrderBy(Identifier(Kind.METRIC, "acc"), ascending=False),
        OrderBy(Identifier(Kind.ATTRIBUTE, "creation_timestamp")),
    )
