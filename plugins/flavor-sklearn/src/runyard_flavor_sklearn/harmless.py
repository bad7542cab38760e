"""The types that skops does not vouch for and that run no code of the file when they are made, whatever is in them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

# Plain classes, of which an instance gets its attributes, and functions, which are looked up and not called. None of
# them is compiled code that counts on numbers in the file, as trees and neighbours are.
_FIXED = frozenset(
    {
        "numpy.dtype",
        "numpy.mean",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.metrics._scorer._MultimetricScorer",
        "sklearn.metrics._scorer._PassthroughScorer",
        "sklearn.metrics._scorer._Scorer",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    }
)


@cache
def harmless_types() -> frozenset[str]:
    """Their full names: how searches split and score, kernels, what features are chosen by."""
    from sklearn import feature_selection, gaussian_process, metrics, model_selection

    scorers = (metrics.get_scorer(name) for name in metrics.get_scorer_names())
    found = [
        *_public(model_selection, lambda value: inspect.isclass(value) and hasattr(value, "get_n_splits")),
        *_public(gaussian_process.kernels, _is_kernel),
        *_public(feature_selection, inspect.isfunction),
        *(getattr(scorer, "_score_func", None) for scorer in scorers),
    ]
    names = {f"{value.__module__}.{value.__qualname__}" for value in found if value is not None}
    return _FIXED | {name for name in names if name.startswith("sklearn.")}


def _public(module: ModuleType, is_wanted: Any) -> Iterator[Any]:
    for name in dir(module):
        if not name.startswith("_") and is_wanted(getattr(module, name)):
            yield getattr(module, name)


def _is_kernel(value: Any) -> bool:
    from sklearn.gaussian_process.kernels import Kernel

    return inspect.isclass(value) and issubclass(value, Kernel)
