"""Tables in the form of a model's input example."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from runyard.models.example_form import in_example_form

ONE = pd.DataFrame({"x": ["a", "b"]})
TWO = pd.DataFrame({"x": ["a"], "y": [1]})


@pytest.mark.parametrize(
    ("table", "example", "expected"),
    [
        (ONE, ["some", "text"], ["a", "b"]),
        (TWO, [{"x": "some", "y": 2}], [{"x": "a", "y": 1}]),
        (ONE, [{"x": "some"}], [{"x": "a"}, {"x": "b"}]),
        (TWO, {"x": "some", "y": 2}, {"x": "a", "y": 1}),
        (ONE, "some", "a"),
    ],
)
def test_a_table_is_made_what_the_example_is(table: pd.DataFrame, example: Any, expected: Any) -> None:
    assert in_example_form(table, example) == expected


def test_a_column_has_the_name_of_the_example() -> None:
    made = in_example_form(ONE, pd.Series(["some"], name="text"))
    assert made.name == "text"
    assert made.tolist() == ["a", "b"]


@pytest.mark.parametrize("example", [pd.DataFrame({"x": ["some"]}), np.array(["some"])])
def test_a_table_stays_where_the_example_is_no_list(example: Any) -> None:
    assert in_example_form(ONE, example) is ONE


def test_what_is_no_table_stays_as_it_is() -> None:
    assert in_example_form(["a"], {"x": "some"}) == ["a"]


def test_several_rows_do_not_become_one_dictionary() -> None:
    assert in_example_form(ONE, {"x": "some"}) is ONE
