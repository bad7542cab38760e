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
    """Calls one method of the estimator, with the form of data that it was fitted with."""

    method: Callable[[Any], Any]
    is_batchable: bool
    takes: str
    takes_texts: bool = False

    @classmethod
    def of(cls, model: Any, predict_fn: str) -> Self:
        """The predictor that calls `predict_fn`.

        Raises:
            InvalidInput: the model has no such method.
        """
        method = None if predict_fn.startswith("_") else getattr(model, predict_fn, None)
        if not callable(method):
            raise InvalidInput(f"this {type(model).__name__} has no method {predict_fn!r} that predicts")
        # An estimator that was given a table has counted its columns, and kept their names where there were any.
        has_counted = getattr(model, "n_features_in_", None) is not None
        return cls(
            method=method,
            is_batchable=predict_fn in _BY_ROW and _answers_by_row(model),
            takes="ndarray" if has_counted and not knows_names(model) else "dataframe",
            takes_texts=not has_counted,
        )

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:  # noqa: ARG002 - MLflow gives none on
        if self.takes == "ndarray" and hasattr(data, "columns"):
            data = data.to_numpy()
        elif self.takes_texts and _is_one_unnamed_column(data):
            data = data.iloc[:, 0]
        return self.method(data)


def knows_names(model: Any) -> bool:
    """Whether an estimator was fitted with a table whose columns have names."""
    return getattr(model, "feature_names_in_", None) is not None


def _is_one_unnamed_column(data: Any) -> bool:
    """Whether data is what a signature makes of a list, which a vectorizer of texts takes as such."""
    return hasattr(data, "iloc") and list(getattr(data, "columns", ())) == [0]


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
