"""The callback that logs params and metrics while a trainer fits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from runyard.autologging.content import Measuring, fitting_params
from runyard.protocols.autologger import Call

EXAMPLE_ROWS = 5


class Recording:
    """Logs what the trainer tells; its failures are kept from the training."""

    def __init__(self, call: Call, measuring: Measuring) -> None:
        self.first_batch: tuple[Any, Any] | None = None
        self._call = call
        self._measuring = measuring
        self._hook: Any = None
        self._of_steps: set[str] = set()
        self._of_epochs: set[str] = set()
        self._steps_at_once = 1

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.is_global_zero:
            return
        with self._call.attempt("the params of the trainer"):
            self._call.run.writer.set_tags({"Mode": "training"})
            self._call.run.writer.log_params(fitting_params(_params(trainer)))
            self._steps_at_once = max(1, len(trainer.optimizers))
        if self._call.options.log_models and self._call.options.log_model_signatures:
            with self._call.attempt("the first batch"):
                self._hook = pl_module.register_forward_hook(self._keep)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.is_global_zero:
            return
        with self._call.attempt("an epoch's metrics"):
            metrics = {key: value for key, value in trainer.callback_metrics.items() if key not in self._of_steps}
            self._of_epochs.update(metrics)
            if (pl_module.current_epoch + 1) % self._call.options.log_every_n_epoch == 0:
                self._log(metrics, pl_module.current_epoch)

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        every = self._call.options.log_every_n_step
        if not every or not trainer.is_global_zero:
            return
        with self._call.attempt("a step's metrics"):
            found = trainer.callback_metrics
            # Of what is logged of steps and epochs, the name without an ending is the epoch's.
            metrics = {
                key: value for key, value in found.items() if key not in self._of_epochs and f"{key}_step" not in found
            }
            self._of_steps.update(metrics)
            if (trainer.global_step // self._steps_at_once + 1) % every == 0:
                self._log(metrics, trainer.global_step)

    def remove_hook(self) -> None:
        """Leave the module as it was."""
        if self._hook is not None:
            self._hook.remove()
            self._hook = None

    def _log(self, metrics: Mapping[str, Any], step: int) -> None:
        if metrics:
            self._measuring.log(metrics, step)

    def _keep(self, module: Any, inputs: tuple[Any, ...], output: Any) -> None:  # noqa: ARG002 - torch's signature
        """Keep rows of the first batch; a signature describes one tensor that becomes another."""
        with self._call.attempt("the first batch"):
            self.remove_hook()
            if len(inputs) == 1 and all(hasattr(part, "detach") for part in (inputs[0], output)):
                rows, answers = (part.detach()[:EXAMPLE_ROWS].cpu().numpy() for part in (inputs[0], output))
                self.first_batch = rows.copy(), answers.copy()


def as_callback(package: str, hooks: Any) -> Any:
    """An object with hooks as a callback of the package that the trainer is of."""
    callback = _callback_class(package, type(hooks).__name__)()
    for name in dir(hooks):
        if name.startswith("on_"):
            setattr(callback, name, getattr(hooks, name))
    return callback


@cache
def _callback_class(package: str, title: str) -> type:
    base = import_module(f"{package}.callbacks").Callback
    # A run is of one process: in another one, which a trainer may start, this is a callback that does nothing.
    return type(title, (base,), {"__reduce__": lambda _: (base, ())})


def _params(trainer: Any) -> dict[str, Any]:
    """The epochs, and the first optimizer with what it was told."""
    params: dict[str, Any] = {"epochs": trainer.max_epochs}
    if trainer.optimizers:
        # Lightning may have put a wrapper around it.
        optimizer = getattr(trainer.optimizers[0], "optimizer", trainer.optimizers[0])
        params["optimizer_name"] = type(optimizer).__name__
        params.update(getattr(optimizer, "defaults", {}))
    return params
