"""What a model is called with: tables, arrays and tensors as tensors of the model's type on its device."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import attrs

from runyard.errors import InvalidInput

FORMS = "a pandas DataFrame, a numpy array, a tensor, or a dictionary of arrays by the names of forward's arguments"


@attrs.frozen
class Inputs:
    """How data becomes the arguments of one model."""

    dtype: Any
    device: Any
    names: tuple[str, ...]
    as_it_is: Any = None  # the type of arrays that become tensors without a look at them, on the processor

    @classmethod
    def of(cls, model: Any) -> Inputs:
        """As the first floating parameter or buffer of the model says, else as torch's defaults say."""
        import torch

        dtype, device = torch.get_default_dtype(), torch.device("cpu")
        for tensor in (*model.parameters(), *model.buffers()):
            if tensor.is_floating_point():
                dtype, device = tensor.dtype, tensor.device
                break
        is_numpys = device.type == "cpu" and dtype != torch.bfloat16
        return cls(
            dtype, device, argument_names(model), torch.empty(0, dtype=dtype).numpy().dtype if is_numpys else None
        )

    def arguments(self, data: Any) -> tuple[Any, ...]:
        """The tensors that the model is called with.

        Raises:
            InvalidInput: the data has no such form, or names what is no argument.
        """
        if isinstance(data, Mapping):
            return self._by_name(data)
        return (self.tensor(data),)

    def tensor(self, data: Any) -> Any:
        """One tensor. Tables and floating arrays get the model's own type, other numbers keep theirs."""
        import numpy as np
        import torch

        if isinstance(data, np.ndarray):
            if data.dtype == self.as_it_is and data.flags.carray:
                return torch.from_numpy(data)
            tensor = _from_numpy(data)
        elif isinstance(data, torch.Tensor):
            tensor = data
        elif hasattr(data, "to_numpy"):
            return _from_numpy(_numbers(data)).to(self.device, self.dtype)
        else:
            raise InvalidInput(f"a model of PyTorch takes {FORMS}; got {type(data).__name__}")
        is_other = tensor.dtype != self.dtype and tensor.is_floating_point()
        return tensor.to(self.device, self.dtype if is_other else tensor.dtype)

    def _by_name(self, data: Mapping[str, Any]) -> tuple[Any, ...]:
        given = [name for name in self.names if name in data]
        if not data or len(given) != len(data) or given != list(self.names[: len(given)]):
            raise InvalidInput(
                f"this model is called with the arguments {', '.join(self.names)} in this order, from the first on;"
                f" got {', '.join(map(str, data)) or 'none'}"
            )
        return tuple(self.tensor(data[name]) for name in given)


def argument_names(model: Any) -> tuple[str, ...]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):  # a function of an extension, which says nothing of its parameters
        return ()
    return tuple(parameter.name for parameter in parameters if parameter.kind in kinds)


def _numbers(table: Any) -> Any:
    """A table or column as MLflow gives it to a model: numbers of 32 bits."""
    import numpy as np

    try:
        return table.to_numpy(dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"a model of PyTorch takes numbers; a column has something else: {error}") from error


def _from_numpy(array: Any) -> Any:
    import numpy as np
    import torch

    if not array.flags.writeable or any(stride < 0 for stride in array.strides):
        array = np.array(array)
    try:
        return torch.from_numpy(array)
    except TypeError as error:
        raise InvalidInput(f"a model of PyTorch takes numbers; got an array of {array.dtype}") from error
