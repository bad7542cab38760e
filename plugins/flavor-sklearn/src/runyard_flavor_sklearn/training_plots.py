"""Pictures of a fit: the confusion matrix, for two classes both curves, and the estimator's own page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

from runyard.protocols.autologger import Call
from runyard.tracking.active import ActiveRun
from runyard_flavor_sklearn.fitted import FittedData
from runyard_flavor_sklearn.training_metrics import PREFIX

DPI = 175
SIZE = (6.0, 4.0)
PAGE = '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="UTF-8"/></head>\n<body>\n{}\n</body>\n</html>\n'


def log_plots(call: Call, data: FittedData) -> None:
    """Log the pictures of a classifier, where matplotlib is installed."""
    from sklearn.base import is_classifier

    if not is_classifier(data.estimator) or find_spec("matplotlib") is None:
        return
    import matplotlib as mpl
    from matplotlib.figure import Figure

    for name, title, draw in _plots(data):
        with call.attempt(f"the picture {PREFIX}{name}.png"), mpl.rc_context({"font.size": 8}):
            # A figure of its own, not pyplot's: that belongs to the user, and to one thread.
            figure = Figure(figsize=SIZE, dpi=DPI)
            axes = figure.add_subplot()
            draw(axes)
            axes.set_title(title)
            call.run.client.log_figure(call.run.info.run_id, figure, f"{PREFIX}{name}.png")


def log_html(run: ActiveRun, estimator: Any) -> None:
    """Log the page that a notebook would show of the estimator."""
    from sklearn.utils import estimator_html_repr

    run.client.log_text(run.info.run_id, PAGE.format(estimator_html_repr(estimator)), "estimator.html")


def _plots(data: FittedData) -> Iterator[tuple[str, str, Callable[[Any], Any]]]:
    yield "confusion_matrix", "Normalized confusion matrix", lambda axes: _draw_matrix(data, axes)
    if len(_classes(data)) == 2:
        yield "roc_curve", "ROC curve", lambda axes: _draw_curve("RocCurveDisplay", data, axes)
        yield (
            "precision_recall_curve",
            "Precision recall curve",
            lambda axes: _draw_curve("PrecisionRecallDisplay", data, axes),
        )


def _draw_matrix(data: FittedData, axes: Any) -> None:
    import matplotlib as mpl
    from sklearn.metrics import ConfusionMatrixDisplay

    with mpl.rc_context({"font.size": min(8.0, 50.0 / len(_classes(data))), "axes.labelsize": 8.0}):
        ConfusionMatrixDisplay.from_predictions(
            data.y,
            data.predicted,
            sample_weight=data.sample_weight,
            normalize="true",
            cmap="Blues",
            ax=axes,
        )


def _draw_curve(display: str, data: FittedData, axes: Any) -> None:
    from sklearn import metrics

    estimator = data.estimator
    scores = data.probabilities[:, 1] if hasattr(estimator, "predict_proba") else estimator.decision_function(data.X)
    getattr(metrics, display).from_predictions(
        data.y,
        scores,
        sample_weight=data.sample_weight,
        pos_label=_classes(data)[1],
        name=type(estimator).__name__,
        ax=axes,
    )


def _classes(data: FittedData) -> Any:
    import numpy as np

    found = getattr(data.estimator, "classes_", None)
    return np.unique(data.y) if found is None else found
