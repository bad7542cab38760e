"""Decodes many small blocks at once: a few operations on long arrays instead of a few on each block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runyard_store_sql.blocks import HEADER, UNSIGNED, VALUES, Integers, Points, Reals, count_of


def decode_all(blocks: Sequence[bytes]) -> tuple[Points, Integers]:
    """The points of all blocks, one after the other, and how many each has.

    Raises:
        CorruptData: some bytes are no block.
    """
    for data in blocks:
        count_of(data)
    headers = np.array([HEADER.unpack_from(data) for data in blocks], np.int64).reshape(-1, 8)
    counts, step_widths, time_widths, value_widths, first_steps, step_strides, first_times, time_strides = headers.T
    value_ends = HEADER.size + np.where(value_widths == 0, 8, counts * value_widths)
    step_ends = value_ends + (counts - 1) * step_widths
    values = _values(blocks, counts, value_widths, value_ends)
    steps = _column(blocks, counts, step_widths, value_ends, first_steps, step_strides)
    times = _column(blocks, counts, time_widths, step_ends, first_times, time_strides)
    return Points(steps, times, values), counts


def _values(blocks: Sequence[bytes], counts: Integers, widths: Integers, ends: Integers) -> Reals:
    found = np.empty(int(counts.sum()), np.float64)
    of_point = np.repeat(widths, counts)
    for width in np.unique(widths).tolist():
        chosen = np.flatnonzero(widths == width).tolist()
        data = b"".join(
            [blocks[index][HEADER.size : end] for index, end in zip(chosen, ends[chosen].tolist(), strict=True)]
        )
        stored = np.frombuffer(data, VALUES[width])
        found[of_point == width] = np.repeat(stored, counts[chosen]) if width == 0 else stored
    return found


def _column(
    blocks: Sequence[bytes], counts: Integers, widths: Integers, begins: Integers, firsts: Integers, strides: Integers
) -> Integers:
    starts = np.cumsum(counts) - counts
    differences = np.repeat(strides, counts)
    is_first = np.zeros(len(differences), bool)
    is_first[starts] = True
    of_point = np.repeat(widths, counts)
    for width in np.unique(widths).tolist():
        if width:
            differences[(of_point == width) & ~is_first] += _offsets(blocks, counts, widths, begins, width)
    differences[starts] = 0
    sums = np.cumsum(differences)
    column: Integers = sums + np.repeat(firsts - sums[starts], counts)
    return column


def _offsets(
    blocks: Sequence[bytes], counts: Integers, widths: Integers, begins: Integers, width: int
) -> NDArray[np.int64]:
    chosen = np.flatnonzero(widths == width)
    places = zip(chosen.tolist(), begins[chosen].tolist(), ((counts[chosen] - 1) * width).tolist(), strict=True)
    data = b"".join([blocks[index][begin : begin + length] for index, begin, length in places])
    stored: NDArray[Any] = np.frombuffer(data, UNSIGNED[width])
    offsets: NDArray[np.int64] = stored.astype(np.uint64).view(np.int64)
    return offsets
