"""The flavor: an estimator in one file, and what MLmodel says of it."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import CorruptData, InvalidInput
from runyard.protocols.flavor import ModelFiles, SavedModel
from runyard_flavor_sklearn.formats import CLOUDPICKLE, PICKLE, SAFEST, SKOPS, Format, format_of
from runyard_flavor_sklearn.predictor import SklearnPredictor, knows_names

OPTIONS = frozenset({"serialization_format", "pyfunc_predict_fn", "skops_trusted_types"})


@attrs.frozen
class SklearnFlavor:
    """Estimators of scikit-learn, and those that keep its conventions."""

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        _check(model, options)
        import sklearn

        name = options.get("serialization_format") or SKOPS
        trust = options.get("skops_trusted_types")
        try:
            written, file, trusted = _written(SKOPS if name == SAFEST else name, model, folder, trust)
        except InvalidInput:
            if name != SAFEST:
                raise
            (folder / format_of(SKOPS).file_name).unlink(missing_ok=True)
            name = CLOUDPICKLE
            written, file, trusted = _written(name, model, folder, trust)
        name = SKOPS if name == SAFEST else name
        wanted = options.get("pyfunc_predict_fn")
        return SavedModel(
            keys={
                "pickled_model": file.name,
                "sklearn_version": sklearn.__version__,
                "serialization_format": name,
                "skops_trusted_types": list(trusted) if trusted is not None else None,
            },
            pyfunc=_pyfunc(model, file.name, "predict" if wanted is None else wanted),
            distributions=["scikit-learn", *written.needs],
            modules=frozenset({*written.modules(file), *(("pandas",) if knows_names(model) else ())}),
        )

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the protocol's
        named = files.keys.get("skops_trusted_types") or ()
        return _format(files).read(_file(files), named if isinstance(named, list) else ())

    def predictor(self, model: Any, files: ModelFiles, config: Mapping[str, Any]) -> SklearnPredictor:  # noqa: ARG002
        return SklearnPredictor.of(model, str(files.pyfunc.get("predict_fn", "predict")))

    def risks(self, files: ModelFiles) -> Sequence[str]:
        return _format(files).risks(_file(files))


def _written(
    name: str, model: Any, folder: Path, trust: Sequence[str] | None
) -> tuple[Format, Path, Sequence[str] | None]:
    written = format_of(name)
    file = folder / written.file_name
    return written, file, written.write(model, file, trust)


def _check(model: Any, options: Mapping[str, Any]) -> None:
    if unknown := set(options) - OPTIONS:
        raise InvalidInput(f"unknown option {min(unknown)!r} of a scikit-learn model; there are {sorted(OPTIONS)}")
    if inspect.isclass(model) or not callable(getattr(model, "fit", None)):
        what = f"the class {model.__name__}" if inspect.isclass(model) else type(model).__name__
        raise InvalidInput(f"this flavor saves estimators of scikit-learn, got {what}")
    trusted = options.get("skops_trusted_types")
    if isinstance(trusted, str) or not all(isinstance(name, str) for name in trusted or ()):
        raise InvalidInput(f"skops_trusted_types is a list of the names of types, got {trusted!r}")


def _pyfunc(model: Any, file: str, predict_fn: str) -> Mapping[str, Any] | None:
    """What `python_function` says; None where the model has no such method, or "" says that none is wanted."""
    if not predict_fn:
        return None
    if hasattr(model, predict_fn):
        return {"model_path": file, "predict_fn": predict_fn}
    if predict_fn != "predict":
        raise InvalidInput(f"this {type(model).__name__} has no method {predict_fn!r} to be its pyfunc_predict_fn")
    warnings.warn(
        f"this {type(model).__name__} has no method predict; it is saved, but not as a Python function", stacklevel=2
    )
    return None


def _format(files: ModelFiles) -> Format:
    name = files.keys.get("serialization_format") or PICKLE
    try:
        return format_of(str(name))
    except InvalidInput as error:
        raise CorruptData(f"MLmodel in {files.folder}: {error}") from error


def _file(files: ModelFiles) -> Path:
    name = files.keys.get("pickled_model")
    if not isinstance(name, str):
        raise CorruptData(f"MLmodel in {files.folder} does not name the model's file in sklearn.pickled_model")
    return files.path(name)
