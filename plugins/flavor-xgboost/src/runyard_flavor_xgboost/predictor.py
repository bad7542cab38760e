"""A Booster or an estimator as a Python function."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Self

import attrs

# A Booster's method takes a DMatrix, which is made here.
_GIVEN = frozenset({"self", "data", "X"})


@attrs.frozen(eq=False)
class XGBoostPredictor:
    """Calls `predict`, for a Booster with the matrix that it takes."""

    method: Callable[..., Any]
    matrix: Callable[[Any], Any] | None
    options: frozenset[str]
    takes: str
    is_batchable: bool = True

    @classmethod
    def of(cls, model: Any) -> Self:
        import xgboost

        is_booster = isinstance(model, xgboost.Booster)
        booster = model if is_booster else model.get_booster()
        return cls(
            # XGBoost answers several threads at once with trees, not with linear models.
            method=_one_at_a_time(model.predict) if _kind(booster) == "gblinear" else model.predict,
            matrix=_matrix_of(booster) if is_booster else None,
            options=frozenset(inspect.signature(model.predict).parameters) - _GIVEN,
            takes="ndarray" if booster.feature_names is None else "dataframe",
        )

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Predictions; `params` are arguments of the library's method."""
        if self.takes == "ndarray" and hasattr(data, "columns"):
            data = data.to_numpy()
        if self.matrix is not None:
            data = self.matrix(data)
        return self.method(data, **self._known(params)) if params else self.method(data)

    def _known(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(params) - self.options):
            warnings.warn(
                f"params that XGBoost's predict does not take are ignored: {', '.join(unknown)}", stacklevel=4
            )
        return {name: value for name, value in params.items() if name in self.options}


def _matrix_of(booster: Any) -> Callable[[Any], Any]:
    import xgboost

    has_categories = "c" in (booster.feature_types or [])

    def matrix(data: Any) -> Any:
        # XGBoost reads a DataFrame column by column, which takes it longer than to predict.
        numbers = data.to_numpy() if hasattr(data, "columns") and not has_categories else None
        if numbers is not None and numbers.dtype.kind in "fiu":
            return xgboost.DMatrix(numbers, feature_names=[str(name) for name in data.columns])
        return xgboost.DMatrix(data, enable_categorical=has_categories)

    return matrix


def _one_at_a_time(method: Callable[..., Any]) -> Callable[..., Any]:
    from threading import Lock

    lock = Lock()

    def locked(*arguments: Any, **options: Any) -> Any:
        with lock:
            return method(*arguments, **options)

    return locked


def _kind(booster: Any) -> str:
    return str(json.loads(booster.save_config())["learner"]["gradient_booster"]["name"])
