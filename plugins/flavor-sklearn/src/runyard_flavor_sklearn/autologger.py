"""The autologger: which of scikit-learn's methods and functions are watched."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attrs

from runyard.autologging import evaluation
from runyard.errors import InvalidInput
from runyard.protocols.autologger import AutologOptions, Patch
from runyard_flavor_sklearn import training
from runyard_flavor_sklearn.formats import CLOUDPICKLE, PICKLE, SAFEST, SKOPS

# They prepare data and learn nothing that is worth a run; in a pipeline they are logged with it.
PREPARING = ("sklearn.preprocessing", "sklearn.impute", "sklearn.feature_extraction", "sklearn.feature_selection")
NOT_WATCHED = frozenset({"sklearn.compose._column_transformer.ColumnTransformer"})
FITTING = ("fit", "fit_transform", "fit_predict")
PREDICTING = ("predict", "predict_proba", "predict_log_proba", "transform")
LIBRARY = ("sklearn",)
FORMATS = (SAFEST, SKOPS, CLOUDPICKLE, PICKLE)


@attrs.frozen(kw_only=True)
class SklearnOptions(AutologOptions):
    """What `runyard.sklearn.autolog` was told."""

    max_tuning_runs: int | None = attrs.field(default=5)
    log_post_training_metrics: bool = True
    serialization_format: str = attrs.field(default=SAFEST)
    pos_label: Any = None

    @max_tuning_runs.validator
    def _is_a_number_of_runs(self, attribute: Any, value: int | None) -> None:  # noqa: ARG002 - attrs' signature
        if value is not None and value < 0:
            raise InvalidInput(f"max_tuning_runs is a number of runs, or None for all, got {value}")

    @serialization_format.validator
    def _is_a_format(self, attribute: Any, value: str) -> None:  # noqa: ARG002
        if value not in FORMATS:
            raise InvalidInput(f"no serialization_format {value!r}; there are {', '.join(map(repr, FORMATS))}")


@attrs.frozen
class SklearnAutologger:
    """Watches the estimators of each module when scikit-learn imports it, so that nothing is imported early."""

    options: type[SklearnOptions] = SklearnOptions

    def patches(self, module: ModuleType) -> Iterator[Patch]:
        if module.__name__ == evaluation.METRICS:
            yield from evaluation.metric_patches(module)
        for kind in list(vars(module).values()):
            if inspect.isclass(kind) and kind.__module__ == module.__name__ and is_watched(kind):
                yield from _patches_of(kind)


def is_watched(kind: type) -> bool:
    """Whether an estimator's methods are watched."""
    base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
    name = f"{kind.__module__}.{kind.__name__}"
    return (
        base is not None
        and kind is not base
        and issubclass(kind, base)
        and not kind.__name__.startswith("_")
        and not inspect.isabstract(kind)
        and kind.__module__.startswith("sklearn.")
        and not kind.__module__.startswith(PREPARING)
        and ".tests." not in name
        and name not in NOT_WATCHED
    )


def _patches_of(kind: type) -> Iterator[Patch]:
    for name in (*FITTING, *PREDICTING, "score"):
        owner = next((parent for parent in kind.__mro__ if name in vars(parent)), None)
        if owner is None or (owner is not kind and is_watched(owner)):
            continue
        attribute = vars(owner)[name]
        # A method that is there under a condition only, such as a pipeline's `predict`, stands in a descriptor.
        holder, attribute_name = (kind, name) if inspect.isfunction(attribute) else (attribute, "fn")
        if not callable(getattr(holder, attribute_name, None)):
            continue
        if name in FITTING:
            yield Patch(holder, attribute_name, training.fit, trains=True, not_within=LIBRARY)
        else:
            around = evaluation.score if name == "score" else evaluation.predict
            yield Patch(holder, attribute_name, around, not_within=LIBRARY)
