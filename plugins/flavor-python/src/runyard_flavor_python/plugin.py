"""Provides the flavor `pyfunc`: models in plain Python."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import FlavorSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_flavors() -> list[FlavorSpec]:
    return [
        FlavorSpec(
            name="pyfunc",
            target="runyard_flavor_python.flavor:PythonFlavor",
            module="runyard_flavor_python.api",
            key="python_function",
            loader_module="mlflow.pyfunc.model",
            also_loads=("mlflow.pyfunc.loaders.code_model",),
            requires=("cloudpickle",),
            summary="Functions, classes and files of Python code, and modules that load a model themselves.",
        )
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_flavor_python.settings import ALL

    return list(ALL)
