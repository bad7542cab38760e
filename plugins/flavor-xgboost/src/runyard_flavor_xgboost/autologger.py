"""The autologger: which of XGBoost's functions and methods are watched."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attrs

from runyard.autologging import evaluation
from runyard.errors import InvalidInput
from runyard.protocols.autologger import AutologOptions, Patch
from runyard_flavor_xgboost import training
from runyard_flavor_xgboost.flavor import FORMATS

# Searches try candidates in these; whatever they fit is no training of its own.
SEARCHES = ("sklearn.utils.parallel",)
PREDICTING = ("predict", "predict_proba")


@attrs.frozen(kw_only=True)
class XGBoostOptions(AutologOptions):
    """What `runyard.xgboost.autolog` was told."""

    importance_types: tuple[str, ...] = ("weight",)
    model_format: str = attrs.field(default=FORMATS[0])

    @model_format.validator
    def _is_a_format(self, attribute: Any, value: str) -> None:  # noqa: ARG002 - attrs' signature
        if value not in FORMATS:
            raise InvalidInput(f"no model_format {value!r}; there are {' and '.join(map(repr, FORMATS))}")


@attrs.frozen
class XGBoostAutologger:
    """Watches `train`, the estimators' `fit`, and what is worked out of their predictions."""

    options: type[XGBoostOptions] = XGBoostOptions

    def patches(self, module: ModuleType) -> Iterator[Patch]:
        match module.__name__:
            case "xgboost":
                yield Patch(module, "train", training.train, trains=True, not_within=SEARCHES)
            case "xgboost.sklearn":
                # The estimators' own `train`: what it does belongs to the run of their `fit`.
                yield Patch(module, "train", training.train_estimator, part=True)
                for kind in list(vars(module).values()):
                    if inspect.isclass(kind) and kind.__module__ == module.__name__ and hasattr(kind, "get_booster"):
                        yield from _patches_of(kind)
            case "xgboost.core":
                for name in ("DMatrix", "QuantileDMatrix"):
                    yield Patch(getattr(module, name), "__init__", training.make_matrix)
            case evaluation.METRICS:
                yield from evaluation.metric_patches(module)


def _patches_of(kind: type) -> Iterator[Patch]:
    own = vars(kind)
    if "fit" in own:
        yield Patch(kind, "fit", training.fit, trains=True, not_within=SEARCHES)
    for name in PREDICTING:
        if name in own:
            yield Patch(kind, name, evaluation.predict, not_within=("sklearn",))
    # What scores estimators is scikit-learn's, and shared by estimators of all libraries.
    if hasattr(kind, "score") and not any("score" in vars(parent) for parent in kind.__mro__[1:] if _is_own(parent)):
        yield Patch(kind, "score", evaluation.score, not_within=("sklearn",))


def _is_own(kind: type) -> bool:
    return kind.__module__ == "xgboost.sklearn"
