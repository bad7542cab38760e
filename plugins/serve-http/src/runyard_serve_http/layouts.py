"""Forms of data in which the rows of several requests can be put together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import attrs
import numpy as np

from runyard.types.kinds import is_array, is_frame, is_series


class Layout(Protocol):
    """What parts have in common that can be put together; equal layouts are of parts that fit each other."""

    def joined(self, parts: Sequence[Any]) -> Any:
        """The rows of all parts, in their order, as the model takes them."""


@attrs.frozen
class ArrayLayout:
    """Arrays whose rows have the same dtype and shape."""

    dtype: Any
    shape: tuple[int, ...]

    def joined(self, parts: Sequence[Any]) -> Any:
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


@attrs.frozen
class NamedArraysLayout:
    """Dictionaries of such arrays."""

    layouts: tuple[tuple[str, ArrayLayout], ...]

    def joined(self, parts: Sequence[Any]) -> Any:
        if len(parts) == 1:
            return parts[0]
        return {name: layout.joined([part[name] for part in parts]) for name, layout in self.layouts}


@attrs.frozen
class FrameLayout:
    """Tables with the same columns, and rows that are only numbered."""

    columns: tuple[Hashable, ...]
    dtypes: tuple[Any, ...]

    def joined(self, parts: Sequence[Any]) -> Any:
        if len(parts) == 1:
            return parts[0]
        import pandas as pd

        return pd.concat(parts, ignore_index=True)


def layout_of(data: Any) -> tuple[Layout | None, int]:
    """The layout of data and how many rows it has; None for what is not put together with anything."""
    if is_array(data) and data.ndim and data.dtype != object:
        return ArrayLayout(data.dtype, data.shape[1:]), len(data)
    if is_frame(data):
        import pandas as pd

        plain = isinstance(data.index, pd.RangeIndex) and data.columns.is_unique
        return (FrameLayout(tuple(data.columns), tuple(data.dtypes)) if plain else None), len(data)
    if isinstance(data, dict) and data:
        found = {name: layout_of(value) for name, value in data.items() if is_array(value)}
        rows = {count for _, count in found.values()}
        if len(found) == len(data) and len(rows) == 1 and all(layout for layout, _ in found.values()):
            pairs = [(name, layout) for name, (layout, _) in found.items() if isinstance(layout, ArrayLayout)]
            return NamedArraysLayout(tuple(pairs)), rows.pop()
    return None, 1


def split(answer: Any, sizes: Sequence[int]) -> list[Any] | None:
    """The answers to each part; None where the answer does not have one item for each row."""
    if is_frame(answer) or is_series(answer):
        by_place: Any = answer.iloc
    elif isinstance(answer, list) or (is_array(answer) and answer.ndim):
        by_place = answer
    else:
        return None
    if len(answer) != sum(sizes):
        return None
    pieces, start = [], 0
    for size in sizes:
        pieces.append(by_place[start : start + size])
        start += size
    return pieces
