"""The binary frame reads back as it was written."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.protocols.frames import NumberColumn, TextColumn
from runyard_api_v1.binary import FrameWriter

sys.path.insert(0, str(Path(__file__).parent))
from frames_reader import ReadFrame

NUMBERS = st.one_of(st.none(), st.floats(), st.floats(width=32), st.integers(-(2**31), 2**31 - 1).map(float))


@settings(max_examples=200)
@given(values=st.lists(NUMBERS, max_size=40))
def test_numbers_survive_bit_by_bit(values: list[float | None]) -> None:
    column = NumberColumn(
        array("d", [math.nan if value is None else value for value in values]),
        bytes(value is not None for value in values),
    )
    writer = FrameWriter()
    described = writer.number_column(column)
    frame = ReadFrame(writer.finish({"cols": [{"key": "x", **described}]}))
    assert list(map(repr, frame.columns()["x"])) == list(map(repr, values)) or all(
        one == other or (one != one and other != other)  # noqa: PLR0124 - NaN
        for one, other in zip(frame.columns()["x"], values, strict=True)
    )


@settings(max_examples=200)
@given(values=st.lists(st.one_of(st.none(), st.text(max_size=3), st.text(min_size=20, max_size=40)), max_size=60))
def test_texts_survive_in_whatever_form(values: list[str | None]) -> None:
    categories = list(dict.fromkeys(value for value in values if value is not None))
    codes = array("i", [-1 if value is None else categories.index(value) for value in values])
    writer = FrameWriter()
    described = writer.text_column(TextColumn(categories, codes))
    assert ReadFrame(writer.finish({"cols": [{"key": "x", **described}]})).columns()["x"] == values


@pytest.mark.parametrize(
    ("ids", "kind"),
    [
        ([f"{number:032x}" for number in range(3)], "hex16"),
        (["A" * 32], "text"),
        (["ab " * 10 + "ab"], "text"),
        (["run-1", "läuft"], "text"),
        ([], "hex16"),
    ],
)
def test_run_ids_take_16_bytes_where_they_are_hexadecimal(ids: Sequence[str], kind: str) -> None:
    writer = FrameWriter()
    described = writer.texts(ids)
    assert described["type"] == kind
    assert ReadFrame(writer.finish({"cols": [{"key": "x", **described}]})).columns()["x"] == list(ids)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.0, 2.0], "i4"),
        ([0.5, -1.25], "f4"),
        ([0.1, 2.0], "f8"),
        ([3e9 + 1], "i4"),
        ([0.0, 3e9 + 1], "f8"),
        ([-0.0], "f4"),
        ([1e300], "f8"),
    ],
)
def test_numbers_are_narrow_only_where_nothing_is_lost(values: list[float], kind: str) -> None:
    assert FrameWriter().numbers(np.array(values))["type"] == kind


def test_numbers_are_narrow_where_that_is_asked_for() -> None:
    assert FrameWriter(single=True).numbers(np.array([0.1, 2.0]))["type"] == "f4"


def test_times_are_stored_above_the_first() -> None:
    times = [1_700_000_000_000, 1_700_000_000_500]
    writer = FrameWriter()
    described = writer.integers(np.array(times))
    assert (described["type"], described["base"]) == ("i4", times[0])
    assert ReadFrame(writer.finish({"cols": [{"key": "x", **described}]})).columns()["x"] == times
