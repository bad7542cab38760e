"""A model of PyTorch as a Python function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from runyard.errors import InvalidInput
from runyard.protocols.flavor import ModelFiles
from runyard_flavor_pytorch.exporting import is_fixed
from runyard_flavor_pytorch.inputs import Inputs

if TYPE_CHECKING:
    from runyard.models.signature import ModelSignature
    from runyard.types.schema import Schema


@attrs.frozen
class PytorchPredictor:
    """Asks the model without following gradients; answers are numpy arrays, or a table for a table."""

    model: Any
    inputs: Inputs
    is_batchable: bool
    takes: str

    @classmethod
    def of(cls, model: Any, files: ModelFiles) -> PytorchPredictor:
        """For a loaded model, which is in its mode for evaluation."""
        return cls(model, Inputs.of(model), _is_batchable(model, files.signature), _form(files.signature))

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """What the model gives for the data, called with `params` beside it.

        Raises:
            InvalidInput: the data has no form that a model of PyTorch takes.
        """
        import torch

        if params and "device" in params:
            raise InvalidInput(
                "the device of a model is said when it is loaded: load_model(uri, model_config={'device': 'cuda'})"
            )
        with torch.inference_mode():
            arguments = self.inputs.arguments(data)
            answer = plain(self.model(*arguments, **params) if params else self.model(*arguments))
        if not hasattr(data, "iloc") or getattr(answer, "ndim", 0) not in {1, 2}:
            return answer
        return _table(answer, data)


def plain(answer: Any) -> Any:
    """Tensors as numpy arrays, also within dictionaries, lists and tuples."""
    import torch

    if isinstance(answer, torch.Tensor):
        # numpy has no numbers of this type.
        return (answer.float() if answer.dtype == torch.bfloat16 else answer).numpy(force=True)
    if isinstance(answer, Mapping):
        return {name: plain(value) for name, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [plain(value) for value in answer]
    return answer


def _table(answer: Any, data: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(answer, index=data.index)


def _form(signature: ModelSignature | None) -> str:
    """Answers for a table are tables, so only a model that takes tensors is as well asked with an array."""
    is_tensors = signature is not None and signature.inputs is not None and signature.inputs.is_tensor_spec()
    return "ndarray" if is_tensors else "dataframe"


def _is_batchable(model: Any, signature: ModelSignature | None) -> bool:
    """Whether one input and one output have a first dimension of any size, the rows."""
    if signature is None or signature.inputs is None or signature.outputs is None or _is_fixed(model):
        return False
    return all(map(_is_rows, (signature.inputs, signature.outputs)))


def _is_rows(schema: Schema) -> bool:
    if not schema.is_tensor_spec():
        return True
    shapes = [tuple(getattr(spec, "shape", ())) for spec in schema]
    return len(shapes) == 1 and shapes[0][:1] == (-1,)


def _is_fixed(model: Any) -> bool:
    """Whether a program was exported for one number of rows."""
    nodes = getattr(getattr(model, "graph", None), "nodes", ())
    shapes = [getattr(node.meta.get("val"), "shape", ()) for node in nodes if node.op == "placeholder"]
    return any(is_fixed(size) for shape in shapes for size in shape[:1])
