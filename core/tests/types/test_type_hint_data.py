"""Data is checked against the type hint of a predict function, and what is wrong is said with its place."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pydantic
import pytest

from runyard.errors import InvalidInput
from runyard.types.type_hint_data import fitted_to_hint, rows_of_frame


class Part(pydantic.BaseModel):
    text: str
    score: float = 0.0


def test_dictionaries_become_pydantic_objects() -> None:
    assert fitted_to_hint([{"text": "a"}], list[Part]) == [Part(text="a")]
    with pytest.raises(InvalidInput, match=r"the input\[1\] is no Part: text: Field required"):
        fitted_to_hint([{"text": "a"}, {"score": 1.0}], list[Part])


def test_texts_of_json_become_what_they_stand_for() -> None:
    hint = list[dict[str, bytes]]
    assert fitted_to_hint([{"b": "aGVsbG8="}], hint, is_from_json=True) == [{"b": b"hello"}]
    with pytest.raises(InvalidInput, match=r"the input\[0\]\['b'\]: expected bytes, got 'aGVsbG8=' of type str"):
        fitted_to_hint([{"b": "aGVsbG8="}], hint)
    moment = fitted_to_hint(["2024-01-02"], list[dt.datetime], is_from_json=True)[0]
    assert moment.isoformat() == "2024-01-02T00:00:00"
    with pytest.raises(InvalidInput, match="'soon' is no datetime"):
        fitted_to_hint(["soon"], list[dt.datetime], is_from_json=True)


def test_a_frame_becomes_the_list_that_the_hint_asks_for() -> None:
    assert rows_of_frame(pd.DataFrame({"a": ["x", "y"]}), list[str]) == ["x", "y"]
    rows = rows_of_frame(pd.DataFrame({"text": ["a"], "score": [1.5]}), list[Part])
    assert fitted_to_hint(rows, list[Part]) == [Part(text="a", score=1.5)]
    with pytest.raises(InvalidInput, match="has one column, got 2"):
        rows_of_frame(pd.DataFrame({"a": ["x"], "b": ["y"]}), list[str])


@pytest.mark.parametrize("hint", [list, dict, set[int]])
def test_a_hint_that_says_too_little_is_refused(hint: Any) -> None:
    with pytest.raises(InvalidInput, match="hint"):
        fitted_to_hint([], hint)
