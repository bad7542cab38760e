"""Groups the rows of a frame and sums up their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from runyard.errors import InvalidInput
from runyard.protocols.frames import Frame, NumberColumn
from runyard.query import Identifier
from runyard.query.numbers import as_number
from runyard_api_v1.aggregate import Bins, BinsRequest, Group, Summary

Reals = NDArray[np.float64]
Codes = NDArray[np.int64]
Value = float | str | None


@attrs.frozen
class Groups:
    """The groups that are shown, and how many there are."""

    total: int
    groups: Sequence[Group]


def grouped(
    frame: Frame,
    group_by: Sequence[Identifier],
    numbers: Mapping[str, Identifier],
    quantiles: Sequence[float],
    limit: int,
) -> Groups:
    """Groups of rows with equal values, those with the most rows first."""
    rows = len(frame.run_ids)
    codes = np.zeros(rows, np.int64)
    values: list[list[Value]] = []
    of_columns: list[Codes] = []
    for identifier in group_by:
        known, of_rows = _coded(frame, identifier)
        values.append(known)
        of_columns.append(of_rows)
        # Renumbered after every column, so that the product of many columns cannot overflow.
        codes = np.unique(codes * len(known) + of_rows, return_inverse=True)[1].astype(np.int64)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0]) if rows else np.empty(0, np.int64)
    sizes = np.diff(np.r_[starts, rows])
    columns = {name: number_values(frame, identifier)[order] for name, identifier in numbers.items()}
    found = []
    for at in np.argsort(-sizes, kind="stable")[:limit].tolist():
        part = slice(int(starts[at]), int(starts[at] + sizes[at]))
        first = int(order[starts[at]])
        of_group = [known[int(of_rows[first])] for known, of_rows in zip(values, of_columns, strict=True)]
        summaries = [_summary(name, column[part], quantiles) for name, column in columns.items()]
        found.append(Group(of_group, int(sizes[at]), summaries))
    return Groups(len(starts), found)


def number_values(frame: Frame, identifier: Identifier) -> Column:
    """A number for each row: the value, or what a text reads as; masked where there is none."""
    column = frame.columns[identifier]
    if isinstance(column, NumberColumn):
        return Column(np.frombuffer(column.values, np.float64), np.frombuffer(column.present, np.uint8) > 0)
    read = [as_number(text) for text in column.categories]
    numbers = np.array([*(0.0 if one is None else one for one in read), 0.0])
    known = np.array([*(one is not None for one in read), False])
    codes = np.frombuffer(column.codes, np.dtype(column.codes.typecode))
    return Column(numbers[codes], known[codes])


@attrs.frozen(eq=False)
class Column:
    """Numbers, and which rows have one."""

    values: Reals
    present: NDArray[np.bool_]

    def __getitem__(self, rows: Codes | slice) -> Column:
        return Column(self.values[rows], self.present[rows])


def _coded(frame: Frame, identifier: Identifier) -> tuple[list[Value], Codes]:
    """The different values of a column, None the last of them, and each row's place among them."""
    column = frame.columns[identifier]
    if isinstance(column, NumberColumn):
        numbers, places = np.unique(np.frombuffer(column.values, np.float64), return_inverse=True)
        is_present = np.frombuffer(column.present, np.uint8) > 0
        return [*numbers.tolist(), None], np.where(is_present, places, len(numbers)).astype(np.int64)
    codes = np.frombuffer(column.codes, np.dtype(column.codes.typecode)).astype(np.int64)
    return [*column.categories, None], np.where(codes < 0, len(column.categories), codes)


def _summary(name: str, column: Column, quantiles: Sequence[float]) -> Summary:
    given = column.values[column.present]
    numbers = given[~np.isnan(given)]
    nan = len(given) - len(numbers)
    if not len(numbers):
        return Summary(name, 0, nan, None, None, None, None, None, ())
    with np.errstate(invalid="ignore", over="ignore"):
        return Summary(
            key=name,
            n=len(numbers),
            nan=nan,
            mean=float(numbers.mean()),
            std=float(numbers.std(ddof=1)) if len(numbers) > 1 else None,
            min=float(numbers.min()),
            max=float(numbers.max()),
            median=float(np.median(numbers)),
            quantiles=np.quantile(numbers, quantiles).tolist() if quantiles else (),
        )


def binned(frame: Frame, request: BinsRequest, plane: Sequence[Identifier]) -> Bins:
    """How many rows lie in each cell of a plane."""
    x, y = (number_values(frame, identifier) for identifier in plane)
    usable = x.present & y.present & np.isfinite(x.values) & np.isfinite(y.values)
    for column, is_log in ((x, request.x_log), (y, request.y_log)):
        usable &= (column.values > 0) | (not is_log)
    x_edges = _edges(x.values[usable], request.x_bins, is_log=request.x_log)
    y_edges = _edges(y.values[usable], request.y_bins, is_log=request.y_log)
    counts = np.zeros((request.x_bins, request.y_bins), np.int64)
    places = (_cells(x.values[usable], x_edges), _cells(y.values[usable], y_edges))
    np.add.at(counts, places, 1)
    return Bins(x_edges.tolist(), y_edges.tolist(), counts.tolist(), int((~usable).sum()))


def _edges(values: Reals, bins: int, *, is_log: bool) -> Reals:
    low, high = (float(values.min()), float(values.max())) if len(values) else (1.0, 1.0)
    if low == high:
        low, high = (low / 2, high * 2) if is_log else (low - 0.5, high + 0.5)
    if not np.isfinite(high - low):
        raise InvalidInput(f"the range from {low:g} to {high:g} is too wide to be cut into cells; narrow the filter")
    edges: Reals = np.geomspace(low, high, bins + 1) if is_log else np.linspace(low, high, bins + 1)
    return edges


def _cells(values: Reals, edges: Reals) -> Codes:
    return np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(edges) - 2).astype(np.int64)
