"""Pickles of Python models that MLflow reads and writes too: what is Runyard's in them goes by MLflow's names.

So a model of a class derived from Runyard's `PythonModel` loads where there is MLflow alone, as one derived from
MLflow's `PythonModel`, and the other way round.
"""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import pickle
import pkgutil
import types
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from runyard.errors import CorruptData, InvalidInput, InvalidState, RunyardError
from runyard.models.callable_modules import is_by_value
from runyard.types.type_hints import NoSchema, TypeFromExample, hinted_types, input_name
from runyard_flavor_python.carried import MODULES, Carried, carried_class
from runyard_flavor_python.culprits import culprit_of
from runyard_flavor_python.hints import FuncInfo, is_checked, pyfunc, validate_model_input
from runyard_flavor_python.python_model import FunctionModel, PythonModel, PythonModelContext

# What is Runyard's, by the name under which it stands in a pickle; the first name of a thing is the one written.
NAMES: Mapping[str, Any] = {
    "mlflow.pyfunc.model:PythonModel": PythonModel,
    "mlflow.pyfunc.model:PythonModelContext": PythonModelContext,
    "mlflow.pyfunc.model:_FunctionPythonModel": FunctionModel,
    "mlflow.pyfunc.utils:pyfunc": pyfunc,
    "mlflow.pyfunc.utils.data_validation:pyfunc": pyfunc,
    "mlflow.pyfunc.utils.data_validation:FuncInfo": FuncInfo,
    "mlflow.pyfunc.utils.data_validation:_validate_model_input": validate_model_input,
    "mlflow.exceptions:MlflowException": RunyardError,
    "mlflow.types.type_hints:TypeFromExample": TypeFromExample,
}

# How cloudpickle writes a module.
_IMPORTERS = frozenset({("cloudpickle.cloudpickle", "subimport"), ("cloudpickle", "subimport")})

OPENERS: Mapping[str, Callable[..., Any]] = {"": open, "lzma": lzma.open, "bzip2": bz2.open, "gzip": gzip.open}


def dump(model: Any, file: Path, compression: str = "") -> None:
    """Pickle a model into a file.

    Raises:
        InvalidInput: it cannot be pickled; the message says which part.
    """
    try:
        with OPENERS[compression](file, "wb") as stream:
            _pickler()(stream).dump(model)
    except Exception as error:
        path, value = culprit_of(model.func if isinstance(model, FunctionModel) else model, _can_pickle)
        said = f"{path} is of type {type(value).__name__} ({type(error).__name__}: {error})"
        raise InvalidInput(
            f"the model cannot be pickled: {said}; make it in load_context, or keep the model as code:"
            ' python_model="model.py" with set_model in it'
        ) from error


def load(file: Path, compression: str, written_by: str) -> Any:
    """The model that a file holds; `written_by` is what a message says of who wrote it.

    Raises:
        CorruptData: it is no pickle, or not a whole one.
        InvalidState: something it needs is not installed.
    """
    if compression not in OPENERS:
        known = ", ".join(filter(None, OPENERS))
        raise CorruptData(f"{file.name} is compressed with {compression!r}, which is unknown; known: {known}")
    try:
        with OPENERS[compression](file, "rb") as stream:
            return _Reader(stream).load()
    except RunyardError:
        raise
    except ModuleNotFoundError as error:
        raise missing_module(error, f"the pickle {file.name}") from error
    except (EOFError, OSError, lzma.LZMAError, pickle.UnpicklingError) as error:
        raise CorruptData(f"the pickle {file.name} cannot be read: {type(error).__name__}: {error}") from error
    except Exception as error:
        raise InvalidState(
            f"the pickle {file.name} ({written_by}) cannot be loaded here: {type(error).__name__}: {error}; use the"
            " packages of its requirements.txt"
        ) from error


def missing_module(error: ModuleNotFoundError, what: str) -> InvalidState:
    """The error for a model that needs a module which is not installed."""
    name = str(error.name or error)
    top = name.partition(".")[0]
    how = "install it: pip install mlflow" if top == "mlflow" else "install what its requirements.txt names"
    return InvalidState(f"{what} needs the module {name!r}, which is not there; {how}")


@cache
def _pickler() -> Callable[[BinaryIO], Any]:
    import cloudpickle

    written: dict[int, str] = {}
    for name, value in NAMES.items():
        written.setdefault(id(value), name)

    class Writer(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, obj: Any) -> Any:
            if id(obj) in written:
                # A name that is resolved on reading: pickle itself names only what can be imported on writing.
                return pkgutil.resolve_name, (written[id(obj)],)
            if isinstance(obj, type) and issubclass(obj, Carried):
                return pkgutil.resolve_name, (obj.mlflow_name,)
            if type(obj) is FunctionModel:
                return FunctionModel, (_with_real_hints(obj.func),)
            if isinstance(obj, types.FunctionType) and is_checked(obj):
                original = getattr(obj, "__wrapped__", None)
                if original is not None and is_by_value(obj):
                    return pyfunc, (_with_real_hints(original),)
            return super().reducer_override(obj)

    return cast("Callable[[BinaryIO], Any]", Writer)


def _with_real_hints(function: Any) -> Any:
    """The same function with hints that need no look at its module, whose names a pickle has not."""
    if not isinstance(function, types.FunctionType) or not is_by_value(function):
        return function
    if not any(isinstance(hint, str) for hint in function.__annotations__.values()):
        return function
    try:
        taken, given = hinted_types(function)
    except NoSchema:
        return function
    twin = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__dict__.update(function.__dict__)
    twin.__qualname__, twin.__module__, twin.__doc__ = function.__qualname__, function.__module__, function.__doc__
    hints = {input_name(function): taken, "return": given}
    twin.__annotations__ = {name: hint for name, hint in hints.items() if hint is not None}
    return twin


def _can_pickle(value: Any) -> bool:
    try:
        _pickler()(cast("BinaryIO", _Nowhere())).dump(value)
    except Exception:  # noqa: BLE001 - whether it fails is what was asked
        return False
    return True


class _Nowhere:
    def write(self, data: Any) -> int:
        return len(data)


class _Reader(pickle.Unpickler):
    """Finds what is Runyard's under MLflow's names, whether MLflow is installed or not."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("pkgutil", "resolve_name"):
            return _resolve
        if (module, name) in _IMPORTERS:
            return _imported
        if module.partition(".")[0] == "mlflow":
            return _resolve(f"{module}:{name}")
        return super().find_class(module, name)


def _imported(module: str) -> Any:
    """A module that a pickle names as a whole, to get something of it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        ours = {name.partition(":")[2]: value for name, value in NAMES.items() if name.startswith(f"{module}:")}
        if not ours:
            raise
        return types.SimpleNamespace(**ours)


def _resolve(name: str) -> Any:
    if name in NAMES:
        return NAMES[name]
    module = name.partition(":")[0]
    try:
        importlib.import_module(module)
    except ModuleNotFoundError:
        if module.startswith(MODULES):
            return carried_class(name)
        raise
    return pkgutil.resolve_name(name)
