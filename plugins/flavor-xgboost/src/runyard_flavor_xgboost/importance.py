"""How important a model's features are: one JSON file and, where matplotlib is installed, one picture per kind."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from runyard.protocols.autologger import Call

SIZE = (6.4, 4.8)  # matplotlib's own, for up to ten features


def log_importance(call: Call, booster: Any) -> None:
    """Log each kind of importance that was asked for."""
    client, run_id = call.run.client, call.run.info.run_id
    for kind in call.options.importance_types:
        with call.attempt(f"the importance {kind!r}"):
            scores = booster.get_score(importance_type=kind)
            client.log_dict(run_id, scores, f"feature_importance_{kind}.json")
            if scores and find_spec("matplotlib") is not None:
                client.log_figure(run_id, _picture(scores, kind), f"feature_importance_{kind}.png")


def _picture(scores: Mapping[str, Any], kind: str) -> Any:
    """Bars, the longest on top; where there is a number per class, one bar each."""
    import numpy as np
    from matplotlib.figure import Figure

    values = np.array([np.atleast_1d(value) for value in scores.values()], dtype=float)
    order = np.argsort(np.abs(values).sum(axis=1))
    classes = values.shape[1]
    height = SIZE[1] + (0.1 * len(order) if len(order) > 10 else 0) + (0.1 * classes if classes > 1 else 0)
    figure = Figure(figsize=(SIZE[0], height), layout="tight")
    axes = figure.add_subplot()
    places = np.arange(len(order))
    for position in range(classes):
        offset = (position - (classes - 1) / 2) * 0.5 / classes
        axes.barh(places + offset, values[order, position], height=0.5 / classes, label=f"Class {position}")
    axes.set_yticks(places, np.array(list(scores))[order])
    axes.set_xlabel("Importance")
    axes.set_title(f"Feature Importance ({kind})")
    if classes > 1:
        axes.legend()
    return figure
