"""Objects of MLflow's in a pickle that is read where there is no MLflow: carried along as they are, not used.

MLflow keeps a function's signature and a class's hints in its pickles. There is no use for them here: MLmodel has them.
"""

from __future__ import annotations

import copyreg
from functools import cache
from typing import Any, Self

from runyard.errors import InvalidState

# The modules whose objects can be carried; a model that needs more of MLflow needs MLflow.
MODULES = ("mlflow.models.signature", "mlflow.types")


class Carried:
    """Stands for one such object, and is pickled as that again."""

    mlflow_name = ""
    _args: tuple[Any, ...]
    _state: Any
    _was_called: bool

    def __new__(cls, *args: Any) -> Self:
        self = super().__new__(cls)
        self._args, self._state, self._was_called = args, None, False
        return self

    def __init__(self, *_: Any) -> None:
        self._was_called = True

    def __setstate__(self, state: Any) -> None:
        self._state = state

    def __reduce__(self) -> tuple[Any, ...]:
        state = () if self._state is None else (self._state,)
        if self._was_called:
            return (type(self), self._args, *state)
        return (copyreg.__newobj__, (type(self), *self._args), *state)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise InvalidState(
            f"the model uses {name!r} of an object of {self.mlflow_name.replace(':', '.')}, and mlflow is not there;"
            " install it: pip install mlflow"
        )


@cache
def carried_class(mlflow_name: str) -> type[Carried]:
    """The class that stands for one of MLflow's, named as `module:class`."""
    return type(mlflow_name.partition(":")[2], (Carried,), {"mlflow_name": mlflow_name})
