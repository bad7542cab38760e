"""How well an estimator fits the data that it was fitted with: MLflow's metrics, by MLflow's names."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import partial
from itertools import combinations
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
        wanted["roc_auc"] = lambda: _roc_auc(data)
    return wanted


def _roc_auc(data: FittedData) -> float:
    """The area under the ROC curve; of several classes, the mean of all pairs, each weighted by how frequent it is."""
    import numpy as np
    from sklearn import metrics

    scores = np.asarray(data.probabilities)
    truth, codes = np.unique(data.y, return_inverse=True)
    if scores.ndim == 2 and scores.shape[1] == len(truth) > 2 and np.ndim(data.y) == 1 and data.sample_weight is None:
        return _area_of_pairs(codes, scores)
    of_two = len(data.probabilities[0]) == 2
    value: float = metrics.roc_auc_score(
        data.y,
        data.probabilities[:, 1] if of_two else data.probabilities,
        average="weighted",
        multi_class="ovo",
        sample_weight=data.sample_weight,
    )
    return value


def _area_of_pairs(codes: Any, scores: Any) -> float:
    """The same from the ranks of the scores: scikit-learn draws two curves for each pair, which takes long."""
    import numpy as np
    from scipy.stats import rankdata

    rows = [np.flatnonzero(codes == code) for code in range(scores.shape[1])]
    areas, weights = [], []
    for a, b in combinations(range(len(rows)), 2):
        both, counts = np.concatenate([rows[a], rows[b]]), (len(rows[a]), len(rows[b]))
        for score in (scores[both, a], -scores[both, b]):
            above = rankdata(score)[: counts[0]].sum() - counts[0] * (counts[0] + 1) / 2
            areas.append(above / (counts[0] * counts[1]))
            weights.append(sum(counts))
    return float(np.average(areas, weights=weights))


def _of_regressor(data: FittedData) -> dict[str, Callable[[], float]]:
    from sklearn import metrics

    return {
        name: partial(getattr(metrics, name), data.y, data.predicted, sample_weight=data.sample_weight)
        for name in ("mean_squared_error", "mean_absolute_error", "r2_score")
    }
