"""An estimator as a Python function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import attrs

from runyard.errors import InvalidInput

# Methods that answer each row by itself, if the estimator does.
_BY_ROW = frozenset(
    {"predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba", "decision_function", "transform"}
)


@attrs.frozen
class SklearnPredictor:
    """Calls one method of the estimator, with the form of table that it was fitted with."""

    method: Callable[[Any], Any]
    is_batchable: bool
    takes: str

    @classmethod
    def of(cls, model: Any, predict_fn: str) -> Self:
        """The predictor that calls `predict_fn`.

        Raises:
            InvalidInput: the model has no such method.
        """
        method = None if predict_fn.startswith("_") else getattr(model, predict_fn, None)
        if not callable(method):
            raise InvalidInput(f"this {type(model).__name__} has no method {predict_fn!r} that predicts")
        return cls(
            method=method,
            is_batchable=predict_fn in _BY_ROW and _answers_by_row(model),
            takes="ndarray" if _was_fitted_without_names(model) else "dataframe",
        )

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:  # noqa: ARG002 - MLflow gives none on
        if self.takes == "ndarray" and hasattr(data, "columns"):
            data = data.to_numpy()
        return self.method(data)


def _was_fitted_without_names(model: Any) -> bool:
    # An estimator that has seen names keeps them; one that has counted the features has looked for names.
    return getattr(model, "n_features_in_", None) is not None and getattr(model, "feature_names_in_", None) is None


def _answers_by_row(model: Any) -> bool:
    """Whether all of it is scikit-learn's, which answers by row unless it is given a function that need not."""
    return all(
        not (hasattr(part, "fit") and type(part).__module__.partition(".")[0] != "sklearn")
        and not (callable(part) and not isinstance(part, type))
        for part in _parts(model)
    )


def _parts(model: Any) -> Iterator[Any]:
    yield model
    parameters = getattr(model, "get_params", None)
    if callable(parameters):
        yield from parameters(deep=True).values()
