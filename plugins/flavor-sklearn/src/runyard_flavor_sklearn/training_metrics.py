"""How well an estimator fits the data that it was fitted with: MLflow's metrics, by MLflow's names."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import partial
from typing import Any

from runyard.protocols.autologger import Call
from runyard_flavor_sklearn.fitted import FittedData

PREFIX = "training_"


def metrics_of(call: Call, data: FittedData) -> dict[str, float]:
    """The metrics of a classifier or a regressor; those that cannot be worked out are left out."""
    from sklearn.base import is_classifier, is_regressor

    if is_classifier(data.estimator):
        wanted = _of_classifier(data, call.options.pos_label)
    elif is_regressor(data.estimator):
        wanted = _of_regressor(data)
    else:
        return {}
    found: dict[str, float] = {}
    for name, work_out in wanted.items():
        with call.attempt(f"the metric {PREFIX}{name}"):
            found[f"{PREFIX}{name}"] = work_out()
    squared = found.get(f"{PREFIX}mean_squared_error")
    if squared is not None:
        found[f"{PREFIX}root_mean_squared_error"] = math.sqrt(squared)
    return found


def score_of(data: FittedData) -> dict[str, float]:
    """The estimator's own score, if it has one."""
    from sklearn.base import ClassifierMixin, RegressorMixin
    from sklearn.metrics import accuracy_score, r2_score

    score = getattr(data.estimator, "score", None)
    if score is None:
        return {}
    own = inspect.unwrap(getattr(type(data.estimator), "score", score))
    # These two ask for the predictions, which are there already.
    if own is inspect.unwrap(ClassifierMixin.score):
        value = accuracy_score(data.y, data.predicted, sample_weight=data.sample_weight)
    elif own is inspect.unwrap(RegressorMixin.score):
        value = r2_score(data.y, data.predicted, sample_weight=data.sample_weight)
    elif "sample_weight" in inspect.signature(score).parameters:
        value = score(data.X, data.y, sample_weight=data.sample_weight)
    else:
        value = score(data.X, data.y)
    return {f"{PREFIX}score": value}


def _of_classifier(data: FittedData, pos_label: Any) -> dict[str, Callable[[], float]]:
    from sklearn import metrics

    weight = data.sample_weight
    averaged = {
        "pos_label": pos_label,
        "average": "weighted" if pos_label is None else "binary",
        "sample_weight": weight,
        "zero_division": 0,  # what it is without being said, but then with a warning
    }
    wanted: dict[str, Callable[[], float]] = {
        "precision_score": lambda: metrics.precision_score(data.y, data.predicted, **averaged),
        "recall_score": lambda: metrics.recall_score(data.y, data.predicted, **averaged),
        "f1_score": lambda: metrics.f1_score(data.y, data.predicted, **averaged),
        "accuracy_score": lambda: metrics.accuracy_score(data.y, data.predicted, sample_weight=weight),
    }
    if hasattr(data.estimator, "predict_proba"):
        wanted["log_loss"] = lambda: metrics.log_loss(data.y, data.probabilities, sample_weight=weight)
        wanted["roc_auc"] = lambda: metrics.roc_auc_score(
            data.y,
            data.probabilities[:, 1] if len(data.probabilities[0]) == 2 else data.probabilities,
            average="weighted",
            multi_class="ovo",
            sample_weight=weight,
        )
    return wanted


def _of_regressor(data: FittedData) -> dict[str, Callable[[], float]]:
    from sklearn import metrics

    return {
        name: partial(getattr(metrics, name), data.y, data.predicted, sample_weight=data.sample_weight)
        for name in ("mean_squared_error", "mean_absolute_error", "r2_score")
    }
