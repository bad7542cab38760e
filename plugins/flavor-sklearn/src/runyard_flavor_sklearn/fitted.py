"""A fitted estimator: what it was fitted with, what it is called, how it is logged."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from copy import deepcopy
from functools import cached_property
from typing import Any

import attrs

from runyard.autologging.content import fitting_params
from runyard.models import logging
from runyard.protocols.autologger import Call


@attrs.define(eq=False, slots=False)
class FittedData:
    """What an estimator is fitted with, as it was before; its predictions for that are worked out once."""

    estimator: Any
    X: Any
    y: Any
    sample_weight: Any = None

    @classmethod
    def of(cls, call: Call) -> FittedData:
        """The data of a call of `fit`, copied, since estimators may be told to work in place."""
        estimator, *args = call.args
        names = list(inspect.signature(estimator.fit).parameters)
        given = {**dict(zip(names, args, strict=False)), **call.kwargs}
        features, targets = [*(given.get(name) for name in names[:2]), None][:2]
        return cls(estimator, deepcopy(features), deepcopy(targets), given.get("sample_weight"))

    @cached_property
    def predicted(self) -> Any:
        if _is_forest_of_classes(self.estimator):
            # So it predicts itself, after it has worked out the probabilities, which are asked for as well.
            return self.estimator.classes_.take(self.probabilities.argmax(axis=1), axis=0)
        return self.estimator.predict(self.X)

    @cached_property
    def probabilities(self) -> Any:
        return self.estimator.predict_proba(self.X)


def _is_forest_of_classes(estimator: Any) -> bool:
    """Whether an estimator predicts one class for each row as scikit-learn's forests do."""
    forest = getattr(sys.modules.get("sklearn.ensemble"), "RandomForestClassifier", None)
    own = getattr(type(estimator), "predict", None)
    if forest is None or own is None or inspect.unwrap(own) is not inspect.unwrap(forest.predict):
        return False
    return type(estimator).predict_proba is forest.predict_proba and bool(estimator.n_outputs_ == 1)


def estimator_tags(estimator: Any) -> dict[str, str]:
    """The tags that say what was fitted."""
    kind = type(estimator)
    return {"estimator_name": kind.__name__, "estimator_class": f"{kind.__module__}.{kind.__name__}"}


def log_model(call: Call, name: str, estimator: Any, facts: Mapping[str, Any], params: Mapping[str, Any]) -> str | None:
    """Log a fitted estimator; its id, or None if that failed."""
    with call.attempt(f"the model {name!r}"):
        options = {
            "serialization_format": call.options.serialization_format,
            "pyfunc_predict_fn": "predict" if hasattr(estimator, "predict") else "",
        }
        info = logging.log_model("sklearn", estimator, None, name, options, params=fitting_params(params), **facts)
        return info.model_id
    return None
