"""Models as folders that plugins write and read; the names of MLflow's `mlflow.models`, imported when first used."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.models.batch import predict as predict
    from runyard.models.checking import infer_pip_requirements as infer_pip_requirements
    from runyard.models.checking import validate_schema as validate_schema
    from runyard.models.checking import validate_serving_input as validate_serving_input
    from runyard.models.descriptor import Model as Model
    from runyard.models.editing import set_signature as set_signature
    from runyard.models.editing import update_model_requirements as update_model_requirements
    from runyard.models.examples import (
        convert_input_example_to_serving_input as convert_input_example_to_serving_input,
    )
    from runyard.models.info import ModelInfo as ModelInfo
    from runyard.models.inspection import get_model_dependencies as get_model_dependencies
    from runyard.models.isolation import prepare_env as prepare_env
    from runyard.models.loading import fetch_model as fetch_model
    from runyard.models.loading import get_model_info as get_model_info
    from runyard.models.loading import load_model as load_model
    from runyard.models.logging import LogOptions as LogOptions
    from runyard.models.logging import log_model as log_model
    from runyard.models.model_config import ModelConfig as ModelConfig
    from runyard.models.model_config import set_model as set_model
    from runyard.models.pyfunc import PyFuncModel as PyFuncModel
    from runyard.models.saving import SaveOptions as SaveOptions
    from runyard.models.saving import save_model as save_model
    from runyard.models.signature import ModelSignature as ModelSignature
    from runyard.models.signature import infer_signature as infer_signature

_NAMES = {
    "runyard.models.batch": ("predict",),
    "runyard.models.checking": ("infer_pip_requirements", "validate_schema", "validate_serving_input"),
    "runyard.models.descriptor": ("Model",),
    "runyard.models.editing": ("set_signature", "update_model_requirements"),
    "runyard.models.examples": ("convert_input_example_to_serving_input",),
    "runyard.models.info": ("ModelInfo",),
    "runyard.models.inspection": ("get_model_dependencies",),
    "runyard.models.isolation": ("prepare_env",),
    "runyard.models.loading": ("fetch_model", "get_model_info", "load_model"),
    "runyard.models.logging": ("LogOptions", "log_model"),
    "runyard.models.model_config": ("ModelConfig", "set_model"),
    "runyard.models.pyfunc": ("PyFuncModel",),
    "runyard.models.saving": ("SaveOptions", "save_model"),
    "runyard.models.signature": ("ModelSignature", "infer_signature"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _NAMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    raise AttributeError(f"module 'runyard.models' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *(name for names in _NAMES.values() for name in names)})
