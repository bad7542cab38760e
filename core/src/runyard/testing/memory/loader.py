"""What MLflow imports to load lines; it imports nothing, so that MLflow's environment needs this package alone."""

from __future__ import annotations

FILE = "line.json"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class LineFunction:
    """A line as a Python function. Rows are independent: the x of each is one number."""

    is_batchable = True
    takes = "ndarray"

    def __init__(self, slope: float, offset: float) -> None:
        self._slope = slope
        self._offset = offset

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> list[float]:  # noqa: ARG002 - MLflow's
        values = getattr(data, "to_numpy", lambda: data)()
        flat = values.reshape(-1).tolist() if hasattr(values, "reshape") else list(values)
        return [self._slope * x + self._offset for x in flat]


def _load_pyfunc(path: str) -> LineFunction:
    """What MLflow calls."""
    import json
    from pathlib import Path

    return LineFunction(**json.loads((Path(path) / FILE).read_text(encoding="utf-8")))
