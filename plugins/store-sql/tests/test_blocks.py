"""Blocks of points read back bit for bit, and small."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from runyard.errors import CorruptData, StoreOutOfDate
from runyard_store_sql import blocks
from runyard_store_sql.blocks import Points
from runyard_store_sql.many_blocks import decode_all

INT64 = hnp.from_dtype(np.dtype(np.int64))
SMALL = st.integers(-300, 300).map(np.int64)
FLOAT = st.floats(width=64) | st.floats(width=32) | st.sampled_from([0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324])


@st.composite
def points(draw: st.DrawFn, most: int = 60) -> Points:
    count = draw(st.integers(1, most))
    integers = st.sampled_from([INT64, SMALL])
    start, stride = draw(st.integers(-(2**62), 2**62)), draw(st.integers(-(2**40), 2**40))
    progression = start + stride * np.arange(count, dtype=np.int64)
    return Points(
        draw(st.just(progression) | hnp.arrays(np.int64, count, elements=draw(integers))),
        draw(hnp.arrays(np.int64, count, elements=draw(integers))),
        draw(hnp.arrays(np.float64, count, elements=FLOAT)),
    )


def same(one: Points, other: Points) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


@given(points())
@settings(max_examples=50)
def test_a_block_reads_back_bit_for_bit(written: Points) -> None:
    data = blocks.encode(written)
    assert blocks.count_of(data) == len(written.values)
    assert same(blocks.decode(data), written)


@given(st.lists(points(12), min_size=1, max_size=6))
@settings(max_examples=50)
def test_many_blocks_at_once_are_the_same_as_one_by_one(parts: list[Points]) -> None:
    counts = np.array([len(part.values) for part in parts])
    together = blocks.encode_all(blocks.joined(parts), np.cumsum(counts) - counts)
    assert together == [blocks.encode(part) for part in parts]
    points, found = decode_all(together)
    assert same(points, blocks.joined(parts))
    assert found.tolist() == counts.tolist()


@given(points(), st.data())
@settings(max_examples=50)
def test_a_block_that_is_cut_or_grown_is_refused(written: Points, data: st.DataObject) -> None:
    block = blocks.encode(written)
    cut = data.draw(st.integers(0, len(block) - 1))
    with pytest.raises(CorruptData):
        blocks.decode(block[:cut])
    with pytest.raises(CorruptData):
        blocks.decode(block + b"\0")


def test_a_newer_format_is_refused() -> None:
    block = blocks.encode(Points(np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1)))
    with pytest.raises(StoreOutOfDate, match="format 2"):
        blocks.decode(block, 2)


def test_a_block_can_be_read_by_its_documentation_alone() -> None:
    steps, times, values = np.arange(5, 15), np.array([7, 9, 13, 13, 14, 20, 21, 30, 31, 400]), np.arange(10) / 3
    block = blocks.encode(Points(steps.astype(np.int64), times.astype(np.int64), values))
    count, step_width, time_width, value_width, _ = struct.unpack_from("<IBBBB", block)
    first_step, step_stride, first_time, time_stride = struct.unpack_from("<4q", block, 8)
    assert (count, step_width, time_width, value_width) == (10, 0, 2, 8)
    assert np.array_equal(np.frombuffer(block, "<f8", 10, 40), values)
    assert np.array_equal(first_step + step_stride * np.arange(10), steps)
    offsets = np.frombuffer(block, "<u2", 9, 40 + 80)
    assert np.array_equal(first_time + np.r_[0, np.cumsum(offsets + time_stride)], times)


@pytest.mark.parametrize(
    ("values", "most"),
    [
        (np.random.default_rng(1).normal(size=4096), 9.1),
        (np.random.default_rng(1).normal(size=4096).astype(np.float32).astype(np.float64), 5.1),
        (np.full(4096, 0.001), 1.1),
    ],
    ids=["doubles", "floats", "constant"],
)
def test_a_block_of_a_usual_curve_is_small(values: np.ndarray, most: float) -> None:
    times = np.cumsum(np.random.default_rng(2).integers(40, 250, 4096))
    data = blocks.encode(Points(np.arange(4096), times, values))
    assert len(data) / 4096 < most
