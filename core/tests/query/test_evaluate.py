"""What filters and orders mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import attrs
import pytest

from runyard.query import Aggregate, Identifier, Target, parse_filter, parse_order
from runyard.query.aggregate import aggregate
from runyard.query.best import lower_is_better
from runyard.query.evaluate import Value, matches, ordered
from runyard.query.numbers import as_number


@attrs.frozen
class Sample:
    have: Mapping[str, Value]
    datasets: tuple[str, ...] = ()

    def value(self, identifier: Identifier) -> Value | None:
        return self.have.get(identifier.key)

    def values(self, identifier: Identifier) -> Iterable[str]:
        return self.datasets


RUN = Sample({"loss": 0.5, "nan": math.nan, "lr": "1e-1", "opt": "Adam", "team": "blue"}, ("iris", "wine"))


def holds(text: str) -> bool:
    found = parse_filter(text, Target.RUNS)
    assert found is not None
    return matches(found.tree, RUN)


@pytest.mark.parametrize(
    "text",
    [
        "metrics.loss = 0.5",
        "metrics.loss IN (1, 0.5)",
        "metrics.nan != 1",
        "metrics.nan NOT IN (1)",
        "metrics.nan IS NOT NULL",
        "NOT metrics.nan <= inf",
        "metrics.gone IS NULL",
        "NOT metrics.gone = 1",
        "NOT metrics.gone != 1",
        "params.lr = 0.1",
        "params.lr < 0.2 AND params.lr != '0.1'",
        "params.opt LIKE 'A%'",
        "params.opt ILIKE 'aDaM'",
        "tags.team =~ '^b.ue$'",
        "tags.team !~ 'x'",
        "datasets.name = 'wine'",
        "datasets.name != 'wine'",
        "datasets.name NOT IN ('wine', 'x')",
    ],
)
def test_true_of_the_run(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "metrics.nan = 1",
        "metrics.nan <= inf",
        "metrics.gone != 1",
        "metrics.gone NOT IN (1)",
        "params.opt != 1",
        "params.opt < 1",
        "params.opt LIKE 'a%'",
        "tags.gone !~ 'x'",
        "datasets.name NOT IN ('wine', 'iris')",
        "datasets.name IS NULL",
    ],
)
def test_false_of_the_run(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(("direction", "expected"), [("ASC", "bdaec"), ("DESC", "abdec")])
def test_missing_comes_last_and_nan_before_it_in_both_directions(direction: str, expected: str) -> None:
    values: dict[str, float | None] = {"a": 2.0, "b": 1.0, "c": None, "d": 1.0, "e": math.nan}
    samples = [Sample({"name": name} | ({} if value is None else {"x": value})) for name, value in values.items()]
    found = ordered(samples, parse_order([f"metrics.x {direction}"], Target.RUNS), lambda one: str(one.have["name"]))
    assert "".join(str(one.have["name"]) for one in found) == expected


def test_experiment_ids_are_ordered_as_numbers() -> None:
    samples = [Sample({"experiment_id": number}) for number in ("10", "9", "0")]
    found = ordered(samples, parse_order(["experiment_id"], Target.EXPERIMENTS), lambda one: 0)
    assert [one.have["experiment_id"] for one in found] == ["0", "9", "10"]


@pytest.mark.parametrize(
    ("which", "expected"),
    [("last", 2.0), ("first", 3.0), ("min", 1.0), ("max", 3.0), ("mean", 2.0), ("best_step", 1)],
)
def test_aggregates_leave_nan_out(which: str, expected: float) -> None:
    points = [(2, 0, math.nan), (0, 0, 3.0), (1, 0, 1.0), (2, 1, 2.0)]
    assert aggregate(points, Aggregate(which), "val/loss") == expected


def test_the_best_step_is_the_first_with_the_best_value() -> None:
    points = [(3, 0, 5.0), (1, 0, 5.0), (2, 0, 1.0)]
    assert aggregate(points, Aggregate.BEST_STEP, "accuracy") == 1


@pytest.mark.parametrize("which", list(Aggregate))
def test_no_points_have_no_aggregate(which: Aggregate) -> None:
    assert aggregate([], which, "x") is None


@pytest.mark.parametrize("which", ["min", "max", "mean", "best_step"])
def test_nothing_but_nan_has_none_of_these(which: str) -> None:
    assert aggregate([(0, 0, math.nan)], Aggregate(which), "x") is None


@pytest.mark.parametrize("key", ["loss", "val/loss", "train_loss", "valLoss", "RMSE", "test-mse", "error rate"])
def test_losses_and_errors_are_better_when_lower(key: str) -> None:
    assert lower_is_better(key)


@pytest.mark.parametrize("key", ["accuracy", "loss/accuracy", "f1", "glossary", "terror", "same", ""])
def test_all_else_is_better_when_higher(key: str) -> None:
    assert not lower_is_better(key)


@pytest.mark.parametrize(("text", "number"), [("1", 1.0), (" -.5e3\n", -500.0), ("+1.", 1.0), ("007", 7.0)])
def test_decimal_texts_read_as_numbers(text: str, number: float) -> None:
    assert as_number(text) == number


@pytest.mark.parametrize("text", ["", ".", "e1", "nan", "inf", "1e999", "1_0", "0x1", "1,5", "1 2", "\u0661", "True"])
def test_other_texts_do_not(text: str) -> None:
    assert as_number(text) is None
