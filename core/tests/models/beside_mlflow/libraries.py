"""MLflow and Runyard under one set of names, so that the same code runs with either; what comes out as plain JSON."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

Case = Callable[[], Any]
TYPES = ("AnyType", "Array", "ColSpec", "DataType", "Map", "Object", "ParamSchema", "ParamSpec", "Property", "Schema")


def library(name: str) -> SimpleNamespace:
    """The functions that the cases use, of one library."""
    return mlflow_library() if name == "mlflow" else runyard_library()


def mlflow_library() -> SimpleNamespace:
    import logging

    import mlflow.types.schema
    from mlflow.models.signature import (
        ModelSignature,
        _extract_type_hints,
        _infer_signature_from_type_hints,
        infer_signature,
    )
    from mlflow.models.utils import _enforce_params_schema, _enforce_schema

    logging.getLogger("mlflow").setLevel(logging.CRITICAL)

    def from_type_hints(function: Callable[..., Any]) -> Any:
        return _infer_signature_from_type_hints(function, None, _extract_type_hints(function, 0))

    return SimpleNamespace(
        name="mlflow",
        errors=(Exception,),
        ModelSignature=ModelSignature,
        TensorSpec=mlflow.types.schema.TensorSpec,
        infer_signature=infer_signature,
        infer_signature_from_type_hints=from_type_hints,
        enforce=lambda schema, data: _enforce_schema(data, schema),
        enforce_params=lambda schema, params: _enforce_params_schema(params, schema),
        **{name: getattr(mlflow.types.schema, name) for name in TYPES},
    )


def runyard_library() -> SimpleNamespace:
    import runyard.types.schema
    from runyard.errors import InvalidInput
    from runyard.models.signature import ModelSignature, infer_signature
    from runyard.types.enforce import Enforcer, ParamEnforcer

    return SimpleNamespace(
        name="runyard",
        errors=(InvalidInput,),
        ModelSignature=ModelSignature,
        TensorSpec=runyard.types.schema.TensorSpec,
        infer_signature=infer_signature,
        enforce=lambda schema, data: Enforcer(schema)(data),
        enforce_params=lambda schema, params: ParamEnforcer(schema)(params),
        **{name: getattr(runyard.types.schema, name) for name in TYPES},
    )


def outcomes(cases: Mapping[str, Case], errors: tuple[type[Exception], ...]) -> dict[str, Any]:
    """What each case gives, or that it was refused."""
    return {name: _outcome(case, errors) for name, case in cases.items()}


def _outcome(case: Case, errors: tuple[type[Exception], ...]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return described(case())
    except errors as error:
        return {"refused": True, "why": str(error).splitlines()[0][:300]}


def described(value: Any) -> Any:
    """Data as plain JSON that tells dtypes, orders and types apart."""
    match value:
        case None | bool() | int() | str() if type(value) in {type(None), bool, int, str}:
            return value
        case dict():
            return {"dict": [[_name(key), described(item)] for key, item in value.items()]}
        case list() | tuple():
            return [described(item) for item in value]
    if hasattr(value, "toarray"):
        return {"sparse": type(value).__name__, "dense": described(value.toarray())}
    return _described_table(value) if hasattr(value, "ndim") and hasattr(value, "__len__") else _described_scalar(value)


def _described_table(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        columns = [[_name(name), str(value[name].dtype), described(list(value[name]))] for name in value.columns]
        return {"frame": columns, "index": described(list(value.index))}
    if isinstance(value, pd.Series):
        return {"series": described(list(value)), "dtype": str(value.dtype), "name": _name(value.name)}
    if isinstance(value, np.ndarray):
        return {"array": described(value.tolist()), "dtype": str(value.dtype), "shape": list(value.shape)}
    return _described_scalar(value)


def _described_scalar(value: Any) -> Any:
    if value is pd.NA or value is pd.NaT or (isinstance(value, (float, np.floating)) and np.isnan(value)):
        return {"missing": type(value).__name__}
    if isinstance(value, (dt.date, np.datetime64)):
        return {type(value).__name__: str(value)}
    return {type(value).__name__: repr(value.item() if isinstance(value, np.generic) else value)}


def _name(value: Any) -> Any:
    return value if isinstance(value, (str, type(None))) else repr(value)
