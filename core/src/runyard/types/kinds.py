"""What a value is, told without importing the library that it would be from."""

from __future__ import annotations

import datetime as dt
import sys
from numbers import Number
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_SCALARS = frozenset({int, float, complex, bool, bytes, str, memoryview})


def is_frame(value: object) -> TypeGuard[pd.DataFrame]:
    """Whether it is a pandas DataFrame."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def is_series(value: object) -> TypeGuard[pd.Series[Any]]:
    """Whether it is a pandas Series."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Series)


def is_array(value: object) -> TypeGuard[np.ndarray[Any, Any]]:
    """Whether it is a numpy array."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def is_numpy_scalar(value: object) -> TypeGuard[np.generic]:
    """Whether it is a scalar of one of numpy's own types."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)


def is_sparse(value: object) -> bool:
    """Whether it is a sparse matrix of scipy, by rows or by columns."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and isinstance(value, (sparse.csr_matrix, sparse.csc_matrix))


def is_scalar(value: object) -> bool:
    """Whether it is one number, string or bytes, as numpy sees it; dates are not."""
    return type(value) in _SCALARS or isinstance(value, Number) or is_numpy_scalar(value)


def is_missing(value: object) -> bool:
    """Whether it stands for a value that is not there: None, NaN, NA or NaT."""
    if isinstance(value, float):
        return value != value  # noqa: PLR0124 - NaN is the one float unequal to itself
    if value is None:
        return True
    pandas = sys.modules.get("pandas")
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def is_moment(value: object) -> bool:
    """Whether it is exactly a date, a datetime or a numpy datetime."""
    if type(value) in {dt.date, dt.datetime}:
        return True
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.datetime64


def type_name(value: object) -> str:
    """The name of its type as users write it, as `pandas.DataFrame`."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
