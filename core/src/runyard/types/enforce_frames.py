"""Tables made to fit the columns of a schema."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runyard.errors import InvalidInput
from runyard.types.columns import ColSpec
from runyard.types.datatypes import Array, DataType, Object
from runyard.types.enforce_columns import always_fits, fitted_column, is_wider
from runyard.types.enforce_values import fitter
from runyard.types.kinds import is_array, is_frame, is_scalar, is_series, type_name
from runyard.types.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

Fit = Callable[["pd.Series[Any]"], "pd.Series[Any]"]


class FrameEnforcer:
    """Makes data a DataFrame that fits a schema of columns; what it learns of one layout serves the next call."""

    def __init__(self, schema: Schema) -> None:
        import pandas as pd

        self._specs = [item for item in schema if isinstance(item, ColSpec)]
        self._is_named = schema.has_input_names()
        self._names = schema.input_names()
        self._fits = [_column_fit(spec, name) for spec, name in zip(self._specs, self._names, strict=True)]
        self._known = frozenset(self._names)
        self._needed = schema.required_input_names()
        self._takes_rows = any(isinstance(spec.type, Array | Object) for spec in self._specs)
        self._frame = pd.DataFrame
        # Without copy-on-write a shallow copy would let a model write into the data of its caller.
        self._is_copied_deeply = int(pd.__version__.partition(".")[0]) < 3
        # The last layout all of whose columns fit whatever their values: labels and dtypes.
        self._fitting: tuple[Any, list[Any]] | None = None

    def __call__(self, data: Any) -> pd.DataFrame:
        frame = data if type(data) is self._frame else self._as_frame(data)
        fitting = self._fitting
        if fitting is not None:
            labels, dtypes = frame.columns, fitting[1]
            if (labels is fitting[0] or labels.equals(fitting[0])) and _dtypes(frame) == dtypes:
                return frame.copy(deep=self._is_copied_deeply)
        return self._fitted_by_name(frame) if self._is_named else self._fitted_by_position(frame)

    def _fitted_by_name(self, frame: pd.DataFrame) -> pd.DataFrame:
        labels: list[Any] = frame.columns.tolist()
        given = set(labels)
        if missing := [name for name in self._needed if name not in given]:
            there = ", ".join(repr(name) for name in labels) or "none"
            raise InvalidInput(f"columns are missing: {', '.join(map(repr, missing))}; there are {there}")
        if extra := [name for name in labels if name not in self._known]:
            warnings.warn(
                f"columns that the model does not know are dropped: {', '.join(map(repr, extra))}", stacklevel=3
            )
        chosen = [position for position, name in enumerate(self._names) if name in given]
        names = [self._names[position] for position in chosen]
        if len(given) < len(labels) and (repeated := [name for name in names if labels.count(name) > 1]):
            raise InvalidInput(f"columns are there more than once: {', '.join(map(repr, repeated))}")
        return self._fitted(frame if labels == names else frame[names], chosen)

    def _fitted_by_position(self, frame: pd.DataFrame) -> pd.DataFrame:
        labels = frame.columns[: len(self._specs)]
        if len(labels) < len(self._specs):
            raise InvalidInput(f"the model takes {len(self._specs)} columns, got {len(labels)}")
        if labels.has_duplicates:
            raise InvalidInput(f"the columns of a DataFrame need different names, got {list(labels)}")
        count = len(labels)
        return self._fitted(frame if count == len(frame.columns) else frame.iloc[:, :count], list(range(count)))

    def _fitted(self, frame: pd.DataFrame, chosen: list[int]) -> pd.DataFrame:
        """The frame with those columns made anew that do not fit as they are."""
        dtypes = _dtypes(frame)
        kinds = [self._specs[position].type for position in chosen]
        changing = [at for at, dtype in enumerate(dtypes) if not always_fits(dtype, kinds[at])]
        if not changing:
            self._fitting = (frame.columns, dtypes)
            return frame.copy(deep=self._is_copied_deeply)
        if (target := _one_wider_dtype(dtypes, kinds)) is not None:
            return frame.astype(target)
        columns = {at: frame.iloc[:, at] for at in range(len(dtypes))}
        made = self._frame({**columns, **{at: self._fits[chosen[at]](columns[at]) for at in changing}})
        made.columns = frame.columns
        return made

    def _as_frame(self, data: Any) -> pd.DataFrame:
        if is_frame(data):
            return data
        if is_series(data):
            return data.to_frame()
        if is_scalar(data):
            return self._frame([data])
        if not isinstance(data, dict | list) and not is_array(data):
            raise InvalidInput(f"the model takes a table, got {type_name(data)}; give a DataFrame")
        try:
            return self._of_dict(data) if isinstance(data, dict) else self._frame(data)
        except (TypeError, ValueError) as error:
            raise InvalidInput(f"the model takes a table, and this {type_name(data)} cannot be one: {error}") from error

    def _of_dict(self, data: dict[Any, Any]) -> pd.DataFrame:
        """Either one row, if its values are those of a row, or the columns."""
        values = data.values()
        if self._takes_rows or all(map(_is_of_one_row, values)) or all(map(_is_boxed_text, values)):
            return self._frame([data])
        return self._frame(
            {key: value.tolist() if is_array(value) and value.ndim > 1 else value for key, value in data.items()}
        )


def _dtypes(frame: pd.DataFrame) -> list[Any]:
    """The dtype of each column, without the Series that pandas would make of them, which is slow."""
    of_blocks = getattr(getattr(frame, "_mgr", None), "get_dtypes", None)
    return list(frame.dtypes) if of_blocks is None else list(of_blocks())


def _one_wider_dtype(dtypes: list[Any], kinds: list[Any]) -> Any:
    """The dtype that all columns become alike, as when a table of single floats is one of doubles."""
    if (
        dtypes.count(dtypes[0]) < len(dtypes)
        or kinds.count(kinds[0]) < len(kinds)
        or not isinstance(kinds[0], DataType)
    ):
        return None
    target = kinds[0].to_numpy()
    # Only numpy's own dtypes have a byte order; the others may hold missing values, which is a matter of each column.
    return target if hasattr(dtypes[0], "byteorder") and is_wider(dtypes[0], target) else None


def _is_of_one_row(value: Any) -> bool:
    return (
        value is None or is_scalar(value) or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    )


def _is_boxed_text(value: Any) -> bool:
    return is_array(value) and value.dtype.kind == "U" and value.shape == ()


def _column_fit(spec: ColSpec, name: Any) -> Fit:
    place, kind = f"column {name!r}", spec.type
    if isinstance(kind, DataType):
        return lambda column: fitted_column(column, kind, place)
    fit = fitter(kind, place, required=spec.required)

    def fitted(column: pd.Series[Any]) -> pd.Series[Any]:
        if always_fits(column.dtype, kind):
            return column
        return type(column)([fit(value) for value in column], index=column.index, name=column.name)

    return fitted
