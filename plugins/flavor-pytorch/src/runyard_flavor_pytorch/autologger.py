"""The autologger: what of PyTorch Lightning is watched, under both of its names."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attrs

from runyard.errors import InvalidInput
from runyard.protocols.autologger import AutologOptions, Patch
from runyard_flavor_pytorch import training

TRAINERS = frozenset({"lightning.pytorch.trainer.trainer", "pytorch_lightning.trainer.trainer"})
EPOCH = "epoch"


def _at_least_one(owner: Any, attribute: Any, value: Any) -> None:  # noqa: ARG001 - attrs' signature
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InvalidInput(f"{attribute.name} is a number from 1 on, got {value!r}")


@attrs.frozen(kw_only=True)
class LightningOptions(AutologOptions):
    """What `runyard.pytorch.autolog` was told."""

    log_every_n_epoch: int = attrs.field(default=1, validator=_at_least_one)
    log_every_n_step: int | None = attrs.field(default=None, validator=_at_least_one)
    checkpoint: bool = True
    checkpoint_monitor: str = "val_loss"
    checkpoint_mode: str = attrs.field(default="min")
    checkpoint_save_best_only: bool = True
    checkpoint_save_weights_only: bool = False
    checkpoint_save_freq: str | int = attrs.field(default=EPOCH)

    @checkpoint_mode.validator
    def _is_min_or_max(self, attribute: Any, value: str) -> None:  # noqa: ARG002
        if value not in {"min", "max"}:
            raise InvalidInput(f"checkpoint_mode is 'min' or 'max', got {value!r}")

    @checkpoint_save_freq.validator
    def _is_epoch_or_steps(self, attribute: Any, value: str | int) -> None:
        if value != EPOCH:
            _at_least_one(self, attribute, value)


@attrs.frozen
class LightningAutologger:
    """Watches what trainers fit and test."""

    options: type[LightningOptions] = LightningOptions

    def patches(self, module: ModuleType) -> Iterator[Patch]:
        if module.__name__ in TRAINERS:
            yield Patch(module.Trainer, "fit", training.fit, trains=True)
            yield Patch(module.Trainer, "test", training.test)
