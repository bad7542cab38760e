"""How a Booster is written to a folder, read back and asked for predictions."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runyard.errors import CorruptData, InvalidInput, NotSupported
from runyard.protocols.flavor import ModelFiles, SavedModel

FILE = "model.lgb"
BOOSTER = "lightgbm.basic.Booster"
PARAMS = ("num_iteration", "raw_score", "start_iteration")


class LightGBMFlavor:
    """Writes Boosters as LightGBM's text; reads MLflow's pickled estimators too."""

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        import lightgbm

        if options:
            raise InvalidInput(f"runyard.lightgbm has no option {min(options)!r}")
        if not isinstance(model, lightgbm.Booster):
            raise InvalidInput(
                f"runyard.lightgbm saves a Booster, got {type(model).__name__}; save an estimator with runyard.sklearn,"
                " or its booster_"
            )
        model.save_model(folder / FILE)
        keys = {"lgb_version": lightgbm.__version__, "data": FILE, "model_class": BOOSTER}
        return SavedModel(keys=keys, pyfunc={"data": FILE}, distributions=["lightgbm"])

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the protocol's
        file = _file(files)
        if file.suffix == ".skops":
            raise NotSupported(f"{file} is an estimator saved with skops; load it with MLflow")
        if _is_pickle(files):
            with file.open("rb") as stream:
                return pickle.load(stream)  # `risks` said so, and it is trusted
        import lightgbm

        try:
            return lightgbm.Booster(model_file=file)
        except lightgbm.basic.LightGBMError as error:
            raise CorruptData(f"{file} is no model of LightGBM: {error}") from error

    def predictor(self, model: Any, files: ModelFiles, config: Mapping[str, Any]) -> LightGBMFunction:  # noqa: ARG002
        return LightGBMFunction(model)

    def risks(self, files: ModelFiles) -> Sequence[str]:
        return [f"the pickle {files.keys['data']}"] if _is_pickle(files) else []


class LightGBMFunction:
    """A Booster or estimator that is asked for predictions; LightGBM lets several threads ask at once."""

    is_batchable = True

    def __init__(self, model: Any) -> None:
        self._model = model
        # Categories are told by the types of columns.
        self.takes = "dataframe" if getattr(model, "pandas_categorical", None) else "ndarray"

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        if params and (unknown := sorted(set(params) - set(PARAMS))):
            raise InvalidInput(f"LightGBM's models have no param {unknown[0]!r}; there are: {', '.join(PARAMS)}")
        return self._model.predict(data, **(params or {}))


def _file(files: ModelFiles) -> Path:
    return files.path(str(files.keys.get("data", FILE)))


def _is_pickle(files: ModelFiles) -> bool:
    """Whether the model is not the text of a Booster; what MLmodel says of it decides how it is loaded."""
    return str(files.keys.get("model_class", BOOSTER)) != BOOSTER
