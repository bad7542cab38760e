"""The short way from the bytes of a request to a matrix of numbers, for models that take nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Self

import attrs
import numpy as np
import simdjson

from runyard.types.columns import ColSpec, TensorSpec
from runyard.types.datatypes import DataType
from runyard.types.schema import Schema
from runyard_serve_http.layouts import Layout

EXACT = 2.0**53  # up to here every whole number is a float

MOST_WHOLE = 2.0**63
MOST_KNOWN = 16  # lists of columns that are remembered

_NUMBERS = {DataType.double, DataType.float, DataType.long, DataType.integer}
_SPLIT, _LISTS = "dataframe_split", ("inputs", "instances")


@attrs.frozen(eq=False)
class MatrixLayout:
    """The layout of all requests that one reader has read; `labels` are a table's columns, None for a bare matrix."""

    labels: Any = None

    def joined(self, parts: Sequence[Any]) -> Any:
        matrix = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if self.labels is None:
            return matrix
        import pandas as pd

        return pd.DataFrame(matrix, columns=self.labels, copy=False)


@attrs.frozen(eq=False, kw_only=True)
class MatrixReader:
    """Reads what is a matrix of numbers beyond doubt; of anything else, also of what is wrong, it says None.

    Without a schema it has no `width` and no `dtype`: matrices are what numpy makes of the numbers.
    """

    width: int = 0
    dtype: Any = None
    names: tuple[str, ...] | None = None
    layout: Layout | None = None
    whole: tuple[tuple[int, float, float], ...] = ()
    singles: tuple[int, ...] = ()
    _columns: dict[bytes, int] = attrs.field(factory=dict)

    @classmethod
    def of(cls, schema: Schema | None, takes: str) -> Self | None:
        """The reader for a model with this schema; None where it may take something else than numbers."""
        is_frame = takes != "ndarray"
        if schema is None:
            return None if is_frame else cls()
        specs = schema.inputs
        if isinstance(specs[0], TensorSpec):
            return cls._of_tensor(specs[0]) if len(specs) == 1 and specs[0].name is None else None
        if any(not isinstance(spec, ColSpec) or spec.type not in _NUMBERS or not spec.required for spec in specs):
            return None
        dtypes = [np.dtype(kind) for kind in schema.numpy_types()]
        common = np.result_type(*dtypes)
        names = tuple(schema.input_names()) if schema.has_input_names() else None
        if names is not None and len(set(names)) < len(names):
            return None
        if is_frame and len(set(dtypes)) > 1:
            return None
        return cls(
            width=len(specs),
            dtype=common,
            names=names,
            layout=MatrixLayout(_labels(names, len(specs)) if is_frame else None),
            whole=tuple((at, *_bounds(dtype)) for at, dtype in enumerate(dtypes) if dtype.kind != "f"),
            singles=tuple(at for at, dtype in enumerate(dtypes) if dtype == np.float32 and common != np.float32),
        )

    @classmethod
    def _of_tensor(cls, spec: TensorSpec) -> Self | None:
        shape, dtype = spec.shape, np.dtype(spec.type)
        if len(shape) != 2 or shape[0] != -1 or shape[1] < 2 or dtype.kind not in "fiu" or dtype.itemsize > 8:
            return None
        bounds = () if dtype.kind == "f" else tuple((at, *_bounds(dtype)) for at in range(shape[1]))
        return cls(width=shape[1], dtype=dtype, names=None, layout=MatrixLayout(), whole=bounds)

    def read(self, body: bytes, parser: simdjson.Parser) -> Any:
        """The matrix that a request asks about, or None."""
        try:
            request: Any = parser.parse(body)
            if len(request) != 1:
                return None
            brackets, columns = 1, 0
            try:
                split = request[_SPLIT]
            except KeyError:
                rows = self._listed(request)
            else:
                rows, brackets, columns = self._of_split(split)
            if rows is None:
                return None
            count = len(rows)
            width = self.width or len(next(iter(rows)))
            numbers = self._numbers(rows)
            # Nested lists are flattened without a word, so the brackets must be those of a list of lists.
            is_plain = (
                numbers.size == count * width
                and numbers.size > 0
                and columns in {0, width}
                and body.count(b"[") == count + brackets
                and all(len(row) == width for row in rows)
            )
        except (ValueError, TypeError, RuntimeError, KeyError, AttributeError, StopIteration):
            return None  # the long way finds out what is wrong, and says it
        return self._typed(numbers.reshape(count, width)) if is_plain else None

    def _numbers(self, rows: Any) -> Any:
        if self.dtype is None:
            try:
                return np.frombuffer(rows.as_buffer(of_type="i"), dtype=np.int64)
            except TypeError:
                pass  # not all of them are whole
        return np.frombuffer(rows.as_buffer(of_type="d"))

    def _of_split(self, split: Any) -> tuple[Any, int, int]:
        """The rows, the number of brackets around them, and that of the columns, 0 where they have no names."""
        if len(split) == 1:
            return (split["data"] if self.names is None else None), 1, 0
        if len(split) != 2:
            return None, 0, 0
        columns = split["columns"].mini
        if columns not in self._columns:
            names = json.loads(columns)
            if not self._are_own(names):
                return None, 0, 0
            if len(self._columns) >= MOST_KNOWN:
                return split["data"], 1 + columns.count(b"["), len(names)
            self._columns[columns] = len(names)
        return split["data"], 1 + columns.count(b"["), self._columns[columns]

    def _are_own(self, columns: Any) -> bool:
        if not self.width:
            return isinstance(columns, list) and all(isinstance(name, str) for name in columns)
        own = list(range(self.width)) if self.names is None else list(self.names)
        return bool(columns == own and all(type(name) is type(known) for name, known in zip(columns, own, strict=True)))

    def _listed(self, request: Any) -> Any:
        if self.names is not None:
            return None
        key = next(iter(request.keys()))
        return request[key] if key in _LISTS else None

    def _typed(self, matrix: Any) -> Any:
        """The matrix with the dtype of the schema; None where a number is not of its column's type."""
        for at, least, most in self.whole:
            column = matrix[:, at]
            if not bool(((column >= least) & (column <= most) & (column == np.floor(column))).all()):
                return None
        if self.singles:
            matrix = matrix.copy()
            for at in self.singles:
                matrix[:, at] = matrix[:, at].astype(np.float32)
        if self.dtype is None:
            # Beyond these, numpy would make other numbers of them.
            return matrix.copy() if bool((np.abs(matrix) < MOST_WHOLE).all()) else None
        if matrix.dtype != self.dtype:
            return matrix.astype(self.dtype)
        return matrix if matrix.flags.writeable else matrix.copy()


def _bounds(dtype: Any) -> tuple[float, float]:
    limits = np.iinfo(dtype)
    return max(float(limits.min), -EXACT), min(float(limits.max), EXACT)


def _labels(names: tuple[str, ...] | None, width: int) -> Any:
    import pandas as pd

    return pd.RangeIndex(width) if names is None else pd.Index(names)
