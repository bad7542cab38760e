"""The flavor: a model in XGBoost's own format, and what MLmodel says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs

from runyard.errors import CorruptData, InvalidInput, NotFound
from runyard.models.installed import installed_distributions
from runyard.protocols.flavor import ModelFiles, SavedModel
from runyard_flavor_xgboost.predictor import XGBoostPredictor

FORMATS = ("ubj", "json")
BOOSTER = "xgboost.core.Booster"
# MLmodel names a class: only these are made, whatever it says, so that loading imports and calls nothing else.
CLASSES: Mapping[str, str] = MappingProxyType(
    {
        BOOSTER: "Booster",
        **{
            f"xgboost.sklearn.{name}": name
            for name in ("XGBClassifier", "XGBModel", "XGBRanker", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor")
        },
    }
)
# The distributions that have the module xgboost; the second one without what graphics cards need.
DISTRIBUTIONS = ("xgboost", "xgboost-cpu")


@attrs.frozen
class XGBoostFlavor:
    """Boosters, and XGBoost's estimators for scikit-learn. Their files hold numbers and texts, no code."""

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        chosen = _checked_format(options)
        name = _class_name(model)
        import xgboost

        file = folder / f"model.{chosen}"
        try:
            model.save_model(file)
        except ValueError as error:  # of XGBoost, and of scikit-learn for what is not fitted
            raise InvalidInput(f"XGBoost cannot save this {type(model).__name__}: {_text(error)}") from error
        return SavedModel(
            keys={
                "data": file.name,
                "model_class": name,
                "model_format": chosen,
                "xgb_version": xgboost.__version__,
            },
            pyfunc={"data": file.name},
            distributions=[distribution()],
            modules=_modules(model, name),
        )

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the protocol's
        import xgboost

        name = str(files.keys.get("model_class", BOOSTER))
        if name not in CLASSES:
            raise CorruptData(
                f"MLmodel in {files.folder} names the class {name!r}, which is not XGBoost's; it can be one of"
                f" {', '.join(CLASSES)}"
            )
        file = _file(files)
        model = getattr(xgboost, CLASSES[name])()
        try:
            # Of a file with another ending, such as MLflow's model.xgb, XGBoost finds out the format from its content.
            model.load_model(file if file.suffix[1:] in FORMATS else bytearray(file.read_bytes()))
        except (xgboost.core.XGBoostError, TypeError, KeyError, ValueError) as error:
            raise CorruptData(f"XGBoost cannot read {file} as {name}: {_text(error)}") from error
        return model

    def predictor(self, model: Any, files: ModelFiles, config: Mapping[str, Any]) -> XGBoostPredictor:  # noqa: ARG002
        return XGBoostPredictor.of(model)

    def risks(self, files: ModelFiles) -> Sequence[str]:  # noqa: ARG002
        return ()


def _checked_format(options: Mapping[str, Any]) -> str:
    if unknown := set(options) - {"model_format"}:
        raise InvalidInput(f"unknown option {min(unknown)!r} of an XGBoost model; there is: model_format")
    chosen = options.get("model_format") or FORMATS[0]
    if chosen not in FORMATS:
        raise InvalidInput(f"no model_format {chosen!r}; there are {' and '.join(map(repr, FORMATS))}")
    return str(chosen)


def _class_name(model: Any) -> str:
    """MLmodel's name for the class of a model.

    Raises:
        InvalidInput: it is none of XGBoost's own.
    """
    kind = type(model)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name not in CLASSES:
        raise InvalidInput(
            f"this flavor saves models of XGBoost's own classes ({', '.join(CLASSES.values())}), got {name};"
            ' an estimator derived from them is saved by runyard.sklearn with serialization_format="cloudpickle"'
        )
    return name


def distribution() -> str:
    for name in DISTRIBUTIONS:
        if installed_distributions().get(name) is not None:
            return name
    raise NotFound(f"none of the packages {' and '.join(DISTRIBUTIONS)} is installed; install one")


def _modules(model: Any, name: str) -> frozenset[str]:
    """What loading and asking the model imports beside XGBoost and what that needs."""
    booster = model if name == BOOSTER else model.get_booster()
    return frozenset(
        {
            "numpy",
            *(() if name == BOOSTER else ("sklearn",)),
            *(("pandas",) if booster.feature_names is not None else ()),
        }
    )


def _file(files: ModelFiles) -> Path:
    name = files.keys.get("data")
    if not isinstance(name, str):
        raise CorruptData(f"MLmodel in {files.folder} does not name the model's file in xgboost.data")
    return files.path(name)


def _text(error: Exception) -> str:
    # XGBoost adds where in its own source it noticed: a line of C++ before the words, a stack after them.
    first = str(error).partition("Stack trace")[0]
    return " ".join(first.split())
