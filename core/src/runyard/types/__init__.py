"""Data types and schemas of models; the names of MLflow's `mlflow.types`. Imported when they are first used."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.types import schema as schema
    from runyard.types.columns import ColSpec as ColSpec
    from runyard.types.columns import TensorSpec as TensorSpec
    from runyard.types.datatypes import AnyType as AnyType
    from runyard.types.datatypes import Array as Array
    from runyard.types.datatypes import DataType as DataType
    from runyard.types.datatypes import Map as Map
    from runyard.types.datatypes import Object as Object
    from runyard.types.datatypes import Property as Property
    from runyard.types.params import ParamSchema as ParamSchema
    from runyard.types.params import ParamSpec as ParamSpec
    from runyard.types.schema import Schema as Schema

_NAMES = {
    "runyard.types.columns": ("ColSpec", "TensorSpec"),
    "runyard.types.datatypes": ("AnyType", "Array", "DataType", "Map", "Object", "Property"),
    "runyard.types.params": ("ParamSchema", "ParamSpec"),
    "runyard.types.schema": ("Schema",),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _NAMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home), name)
            return value
    raise AttributeError(f"module 'runyard.types' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *(name for names in _NAMES.values() for name in names)})
