"""Models as exported programs: the graph of what a model does with its input example, which holds no code of Python."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from runyard.errors import RunyardError
from runyard_flavor_pytorch.inputs import Inputs

if TYPE_CHECKING:
    from runyard.models.signature import ModelSignature


class NotExportable(RunyardError):
    """A model does not become an exported program that does the same."""


def export(model: Any, data: Any, signature: ModelSignature | None, *, any_batch: bool) -> Any:
    """The model as an exported program, for any number of rows where the model allows it.

    Args:
        model: The module.
        data: Its input example.
        signature: What the user says of its inputs; sizes of -1 may vary.
        any_batch: Whether a program for just one number of rows is refused.

    Raises:
        NotExportable: torch cannot export it, or what it exports answers otherwise than the model.
    """
    import torch

    arguments = Inputs.of(model).arguments(data)
    with evaluating(model), torch.no_grad(), warnings.catch_warnings():
        # Of how models are written; what matters is whether the answers are the same.
        warnings.simplefilter("ignore")
        try:
            program = torch.export.export(model, _two_rows(arguments), dynamic_shapes=_dynamic(arguments, signature))
            answers = [asked(*arguments) for asked in (program.module(), model)]
            torch.testing.assert_close(*answers, rtol=1e-3, atol=1e-4, equal_nan=True)
        except AssertionError as error:
            raise NotExportable(f"the exported program answers otherwise: {_line(error)}") from error
        except Exception as error:  # torch and the model itself may raise anything
            raise NotExportable(f"torch.export fails: {type(error).__name__}: {_line(error)}") from error
    if any_batch and (sizes := _fixed_rows(program)):
        raise NotExportable(f"the exported program works for {sizes[0]} rows only")
    return program


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """The model in its mode for evaluation, then as it was."""
    modes = [(module, module.training) for module in model.modules()]
    with suppress(NotImplementedError):  # an exported program has no modes
        model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def is_fixed(size: Any) -> bool:
    """Whether a size in a graph is one number; torch leaves some that are as formulas."""
    return str(size).isdecimal()


def _two_rows(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with more than one row: torch takes a size of one for a constant."""
    import torch

    if any(argument.ndim == 0 or argument.shape[0] != 1 for argument in arguments):
        return arguments
    return tuple(torch.cat([argument, argument]) for argument in arguments)


def _dynamic(arguments: tuple[Any, ...], signature: ModelSignature | None) -> tuple[Any, ...]:
    """Which sizes may vary: the number of rows, and those that the signature leaves open."""
    import torch

    auto = torch.export.Dim.AUTO
    shapes: list[tuple[int, ...]] = [(-1,) if argument.ndim else () for argument in arguments]
    if signature is not None and signature.inputs is not None and signature.inputs.is_tensor_spec():
        given = [tuple(getattr(spec, "shape", ())) for spec in signature.inputs]
        if [len(shape) for shape in given] == [argument.ndim for argument in arguments]:
            shapes = given
    return tuple({at: auto for at, size in enumerate(shape) if size == -1} or None for shape in shapes)


def _fixed_rows(program: Any) -> list[int]:
    inputs = set(program.graph_signature.user_inputs)
    values = [node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in inputs]
    return [int(size) for value in values for size in getattr(value, "shape", ())[:1] if is_fixed(size)]


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else "no more is said"
