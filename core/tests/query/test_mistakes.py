"""A mistake is shown with its place and what to do about it."""

from __future__ import annotations

import pytest

from runyard.errors import QueryError
from runyard.query import Target, parse_filter, parse_order


def mistake(text: str, target: Target = Target.RUNS) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse_filter(text, target)
    return caught.value


MISTAKES = [
    # the text, what the caret points at, a part of the message
    ("metrics.x == 1", "== 1", "use =, not =="),
    ("metrics.x <> 1", "<> 1", "use !="),
    ("metrics.x = 1 && metrics.y = 1", "&& metrics", "use AND"),
    ("metrics.x = 1 || metrics.y = 1", "|| metrics", "use OR"),
    ("! metrics.x = 1", "! metrics", "use NOT"),
    ("metrics.x", "", "operator is missing"),
    ("metrics.x =", "", "value is missing"),
    ("metrics.x 1", "1", "operator is missing"),
    ("metrics.x lik 1", "lik", "did you mean 'LIKE'"),
    ("metrics.x BETWEEN 1 AND 2", "BETWEEN", "metrics.x >= low AND metrics.x <= high"),
    ("metrics.x = '1'", "'1'", "without quotes"),
    ("metrics.x LIKE '1'", "LIKE", "which is a number; use =, !=, >, >=, <, <="),
    ("metrics.x = NaN", "NaN", "cannot be compared"),
    ("metrics.x = 1a", "1a", "no number"),
    ("metrics.x = abc", "abc", "is a number"),
    ("params.x < '1'", "'1'", "without quotes"),
    ("params.x = abc", "abc", "in quotes: 'abc'"),
    ("params.x LIKE 1", "1", "in quotes: '1'"),
    ("tags.x = 1", "1", "in quotes: '1'"),
    ("tags.x < 'a'", "< 'a'", "which is text"),
    ("status = FINISHED", "FINISHED", "in quotes: 'FINISHED'"),
    ("statsu = 'x'", "statsu", "did you mean 'status'"),
    ("loss < 1", "loss", "metrics.loss or params.loss"),
    ("attributes.loss < 1", "loss < 1", "no attribute 'loss'"),
    ("metrix.x < 1", "metrix", "did you mean 'metric'"),
    ("dataset.nme = 'x'", "nme", "did you mean 'name'"),
    ("metrics. < 1", " < 1", "a name is missing"),
    ("metrics.`x`.mni < 1", "mni", "did you mean 'min'"),
    ("params.`x`.min = '1'", "min", "only metrics do"),
    ("tags.`x = 'a'", "`x", "is not closed"),
    ("tags.x = 'a", "'a", "add ' at its end"),
    ("(metrics.x = 1", "(metrics", "parenthesis is not closed"),
    ("metrics.x = 1)", ")", "no parenthesis is open"),
    ("()", ")", "expected a condition"),
    ("metrics.x = 1 AND", "", "expected a condition"),
    ("AND metrics.x = 1", "AND", "expected a condition"),
    ("metrics.x = 1 metrics.y = 1", "metrics.y", "AND or OR"),
    ("metrics.x = 1 adn metrics.y = 1", "adn", "did you mean 'AND'"),
    ("tags.x = NULL", "NULL", "IS NULL"),
    ("tags.x IS 'a'", "'a'", "followed by NULL"),
    ("tags.x NOT LIKE 'a'", "LIKE", "NOT name LIKE"),
    ("run_id IN 'a'", "'a'", "list in parentheses"),
    ("run_id IN ()", ")", "list is empty"),
    ("run_id IN ('a' 'b')", "'b'", "commas"),
    ("run_id IN ('a'", "('a'", "list is not closed"),
    ("params.x IN ('a', 1)", "1", "quote all or none"),
    ("tags.x =~ 'a(b'", "(b'", "group is not closed"),
    ("tags.x =~ 'a''(?=b)'", "(?=b)", "look-around"),
    ("1 = metrics.x", "1", "expected a name"),
    ("metrics.x = 1 § 2", "§", "unexpected character"),
    ("tags.x = 'a\0b'", "\0b'", "cannot be searched for"),
]


@pytest.mark.parametrize(("text", "place", "part"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_shown_with_its_place_and_advice(text: str, place: str, part: str) -> None:
    error = mistake(text)
    assert text[error.position :].startswith(place)
    assert (error.position == len(text)) is (place == "")
    assert part in str(error)


def test_the_caret_stands_under_the_place_in_its_line() -> None:
    lines = str(mistake("metrics.a = 1\nAND metrics.b == 2")).splitlines()
    assert lines[-2:] == ["  AND metrics.b == 2", "                ^"]


@pytest.mark.parametrize("opening", ["(", "NOT "])
def test_deep_nesting_is_refused_before_it_exhausts_the_stack(opening: str) -> None:
    assert "deep" in str(mistake(opening * 100_000 + "metrics.x = 1"))


def test_too_many_conditions_are_refused() -> None:
    assert "conditions" in str(mistake(" AND ".join(["metrics.x = 1"] * 300)))


def test_too_long_a_pattern_is_refused() -> None:
    assert "2,000" in str(mistake(f"tags.x LIKE '{'x' * 2_001}'"))


def test_too_many_values_are_refused() -> None:
    assert "values" in str(mistake(f"run_id IN ({', '.join(['1'] * 10_001)})".replace("1", "'1'")))


def test_a_version_in_quotes_is_still_a_number() -> None:
    assert "without quotes" in str(mistake("version_number = '2x'", Target.VERSIONS))


@pytest.mark.parametrize("target", [Target.EXPERIMENTS, Target.MODELS, Target.VERSIONS])
@pytest.mark.parametrize("kind", ["metrics", "params", "datasets"])
def test_only_runs_have_metrics_params_and_datasets(target: Target, kind: str) -> None:
    assert f"{target} have no {kind}" in str(mistake(f"{kind}.name = 1", target))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("metrics.x DSC", "did you mean 'DESC'"),
        ("metrics.x DESC, metrics.y", "as a list"),
        ("metrics.x < 1", "ASC or DESC"),
        ("datasets.name", "cannot be ordered"),
        ("", "expected a name"),
        ("nothing", "no attribute 'nothing'"),
    ],
)
def test_a_mistake_in_an_order_is_shown(text: str, part: str) -> None:
    with pytest.raises(QueryError, match=part):
        parse_order([text], Target.RUNS)
