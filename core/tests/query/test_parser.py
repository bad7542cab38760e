"""Filters and orders read as the trees they mean."""

from __future__ import annotations

import math

import pytest

from runyard.query import (
    Aggregate,
    And,
    Comparison,
    Identifier,
    Kind,
    Membership,
    Node,
    Not,
    NullTest,
    Operator,
    Or,
    OrderBy,
    Target,
    parse_filter,
    parse_order,
)


def tree(text: str, target: Target = Target.RUNS) -> Node:
    found = parse_filter(text, target)
    assert found is not None
    assert found.text == text
    return found.tree


def metric(key: str, which: Aggregate = Aggregate.LAST) -> Identifier:
    return Identifier(Kind.METRIC, key, which)


def below(key: str, value: float = 1.0) -> Comparison:
    return Comparison(metric(key), Operator.LT, value)


A, B, C = below("a"), below("b"), below("c")


@pytest.mark.parametrize("text", [None, "", "  \n\t "])
def test_a_blank_filter_is_none(text: str | None) -> None:
    assert parse_filter(text, Target.RUNS) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metrics.loss < 0.5", Comparison(metric("loss"), Operator.LT, 0.5)),
        ("metric.loss<-.5e1", Comparison(metric("loss"), Operator.LT, -5.0)),
        ("metrics.train/loss:v1.0-a >= 1", Comparison(metric("train/loss:v1.0-a"), Operator.GE, 1.0)),
        ("metrics.`my key` != 2", Comparison(metric("my key"), Operator.NE, 2.0)),
        ('metrics."my key" = 2', Comparison(metric("my key"), Operator.EQ, 2.0)),
        ("metrics.loss.min < 1", Comparison(metric("loss", Aggregate.MIN), Operator.LT, 1.0)),
        ("metrics.`loss`.best_step = 3", Comparison(metric("loss", Aggregate.BEST_STEP), Operator.EQ, 3)),
        ("metrics.`loss.min` < 1", Comparison(metric("loss.min"), Operator.LT, 1.0)),
        ("metrics.min < 1", Comparison(metric("min"), Operator.LT, 1.0)),
        ("metrics.größe <= INF", Comparison(metric("größe"), Operator.LE, math.inf)),
        ("metrics.x > -infinity", Comparison(metric("x"), Operator.GT, -math.inf)),
        ("params.lr = '0.1'", Comparison(Identifier(Kind.PARAM, "lr"), Operator.EQ, "0.1")),
        ('parameter.lr = "0.1"', Comparison(Identifier(Kind.PARAM, "lr"), Operator.EQ, "0.1")),
        ("params.lr < 0.1", Comparison(Identifier(Kind.PARAM, "lr"), Operator.LT, 0.1)),
        ("params.lr.min = '1'", Comparison(Identifier(Kind.PARAM, "lr.min"), Operator.EQ, "1")),
        ("tags.mlflow.user like 'a%'", Comparison(Identifier(Kind.TAG, "mlflow.user"), Operator.LIKE, "a%")),
        ("tags.a ILIKE 'it''s'", Comparison(Identifier(Kind.TAG, "a"), Operator.ILIKE, "it's")),
        ("tags.a =~ '^x+$'", Comparison(Identifier(Kind.TAG, "a"), Operator.MATCHES, "^x+$")),
        ("tags.a!~'x'", Comparison(Identifier(Kind.TAG, "a"), Operator.NOT_MATCHES, "x")),
        ("dataset.name = 'iris'", Comparison(Identifier(Kind.DATASET, "name"), Operator.EQ, "iris")),
        ("status = 'FAILED'", Comparison(Identifier(Kind.ATTRIBUTE, "status"), Operator.EQ, "FAILED")),
        ("attr.run_name = 'x'", Comparison(Identifier(Kind.ATTRIBUTE, "run_name"), Operator.EQ, "x")),
        ("attributes.`Run Name` = 'x'", Comparison(Identifier(Kind.ATTRIBUTE, "run_name"), Operator.EQ, "x")),
        ("created > 1700000000001", Comparison(Identifier(Kind.ATTRIBUTE, "start_time"), Operator.GT, 1700000000001)),
        ("run_id IN ('a', \"b\")", Membership(Identifier(Kind.ATTRIBUTE, "run_id"), ("a", "b"))),
        ("metrics.x not in (1, 2)", Membership(metric("x"), (1.0, 2.0), negated=True)),
        ("params.x IN (1)", Membership(Identifier(Kind.PARAM, "x"), (1.0,))),
        ("metrics.x IS NULL", NullTest(metric("x"))),
        ("tags.x is not null", NullTest(Identifier(Kind.TAG, "x"), negated=True)),
    ],
)
def test_conditions(text: str, expected: Node) -> None:
    assert tree(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metrics.a<1 AND metrics.b<1 and metrics.c<1", And((A, B, C))),
        ("metrics.a<1 OR metrics.b<1 AND metrics.c<1", Or((A, And((B, C))))),
        ("(metrics.a<1 OR metrics.b<1) AND metrics.c<1", And((Or((A, B)), C))),
        ("NOT metrics.a<1 AND metrics.b<1", And((Not(A), B))),
        ("not not (metrics.a<1)", Not(Not(A))),
        ("NOT(metrics.a<1 OR metrics.b<1)", Not(Or((A, B)))),
    ],
)
def test_not_binds_before_and_before_or(text: str, expected: Node) -> None:
    assert tree(text) == expected


def test_identifiers_know_where_they_stand() -> None:
    found = tree("metrics.a < 1 AND tags.b = 'x'")
    assert isinstance(found, And)
    assert [operand.identifier.position for operand in found.operands if isinstance(operand, Comparison)] == [0, 18]


@pytest.mark.parametrize("written", ["2", "'2'", '"2"'])
def test_a_version_may_be_written_as_text(written: str) -> None:
    found = tree(f"version_number = {written}", Target.VERSIONS)
    assert isinstance(found, Comparison)
    assert found.value == 2


@pytest.mark.parametrize(
    ("target", "text", "key"),
    [
        (Target.EXPERIMENTS, "name = 'a'", "name"),
        (Target.EXPERIMENTS, "experiment_id IN ('1')", "experiment_id"),
        (Target.EXPERIMENTS, "creation_time > 5", "creation_time"),
        (Target.MODELS, "name ILIKE '%x'", "name"),
        (Target.VERSIONS, "version_number > 1", "version_number"),
        (Target.VERSIONS, "source_path LIKE 's3:%'", "source_path"),
        (Target.VERSIONS, "run_id = 'x'", "run_id"),
    ],
)
def test_each_target_has_its_attributes(target: Target, text: str, key: str) -> None:
    found = tree(text, target)
    assert isinstance(found, Comparison | Membership)
    assert found.identifier == Identifier(Kind.ATTRIBUTE, key)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metrics.acc DESC", OrderBy(metric("acc"), ascending=False)),
        ("metrics.acc.max asc", OrderBy(metric("acc", Aggregate.MAX))),
        ("params.`a b`", OrderBy(Identifier(Kind.PARAM, "a b"))),
        ("attributes.start_time", OrderBy(Identifier(Kind.ATTRIBUTE, "start_time"))),
        ("Created DESC", OrderBy(Identifier(Kind.ATTRIBUTE, "start_time"), ascending=False)),
    ],
)
def test_orders(text: str, expected: OrderBy) -> None:
    assert parse_order([text], Target.RUNS) == (expected,)


def test_what_is_ordered_by_twice_counts_once() -> None:
    assert parse_order(["metrics.a DESC", "metrics.a", "metrics.b"], Target.RUNS) == (
        OrderBy(metric("a"), ascending=False),
        OrderBy(metric("b")),
    )
