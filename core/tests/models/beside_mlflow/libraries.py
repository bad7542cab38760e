"""MLflow and Runyard under one set of names, so that the same code runs with either; what comes out as plain JSON."""

from __future__ import annotations

import datetime as dt
import inspect
import io
import json
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
    from mlflow.models import Model
    from mlflow.models.signature import (
        ModelSignature,
        _extract_type_hints,
        _infer_signature_from_type_hints,
        infer_signature,
    )
    from mlflow.models.utils import (
        _enforce_params_schema,
        _enforce_schema,
        _read_example,
        _read_example_params,
        _save_example,
    )
    from mlflow.pyfunc.scoring_server import _parse_json_data, predictions_to_json, unwrapped_predictions_to_json
    from mlflow.types.type_hints import _convert_data_to_type_hint, _validate_data_against_type_hint

    logging.getLogger("mlflow").setLevel(logging.CRITICAL)

    def from_type_hints(function: Callable[..., Any]) -> Any:
        index = 1 if "context" in inspect.signature(function).parameters else 0
        return _infer_signature_from_type_hints(function, None, _extract_type_hints(function, index))

    def save_example(example: Any, folder: str) -> Any:
        model = Model()
        _save_example(model, example, folder)
        return model.saved_input_example_info

    def parse_payload(text: Any, schema: Any, params: Any, hinted: bool) -> Any:
        about = SimpleNamespace(get_params_schema=lambda: params, _is_signature_from_type_hint=lambda: hinted)
        parsed = _parse_json_data(text, about, schema)
        return [parsed.data, parsed.params, parsed.is_unified_llm_input]

    def predictions_json(value: Any, unwrapped: bool) -> str:
        text = io.StringIO()
        (unwrapped_predictions_to_json if unwrapped else predictions_to_json)(value, text)
        return text.getvalue()

    def model(info: Any, signature: Any) -> Any:
        return SimpleNamespace(saved_input_example_info=info, signature=signature)

    return SimpleNamespace(
        save_example=save_example,
        read_example=lambda folder, info, signature: _read_example(model(info, signature), folder),
        read_example_params=lambda folder, info, signature: _read_example_params(model(info, signature), folder),
        fitted_to_hint=lambda data, hint: _validate_data_against_type_hint(
            _convert_data_to_type_hint(data, hint), hint
        ),
        parse_payload=parse_payload,
        predictions_json=predictions_json,
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
    from runyard.models import examples, json_values, payload
    from runyard.models.signature import ModelSignature, infer_signature, infer_signature_from_type_hints
    from runyard.types.enforce import Enforcer, ParamEnforcer
    from runyard.types.type_hint_data import fitted_to_hint, rows_of_frame

    def enforce(schema: Any, data: Any) -> Any:
        enforcer = Enforcer(schema)
        first, second = enforcer(data), enforcer(data)
        assert described(first) == described(second), "what an enforcer learns changes no answer"
        return second

    def parse_payload(text: Any, schema: Any, params: Any, hinted: bool) -> Any:
        parsed = payload.parse_payload(text, schema, params, is_from_type_hint=hinted)
        return [parsed.data, parsed.params, parsed.is_unwrapped]

    def predictions_json(value: Any, unwrapped: bool) -> str:
        text = json_values.predictions_json(value, unwrapped=unwrapped)
        return json.dumps(json.loads(text), allow_nan=False)

    return SimpleNamespace(
        save_example=lambda example, folder: examples.InputExample.of(example).save(folder),
        read_example=lambda folder, info, signature: examples.read_example(folder, info, signature.inputs),
        read_example_params=lambda folder, info, signature: examples.read_example_params(folder, info),
        fitted_to_hint=lambda data, hint: fitted_to_hint(rows_of_frame(data, hint), hint),
        parse_payload=parse_payload,
        predictions_json=predictions_json,
        name="runyard",
        errors=(InvalidInput,),
        ModelSignature=ModelSignature,
        TensorSpec=runyard.types.schema.TensorSpec,
        infer_signature=infer_signature,
        infer_signature_from_type_hints=infer_signature_from_type_hints,
        enforce=enforce,
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
