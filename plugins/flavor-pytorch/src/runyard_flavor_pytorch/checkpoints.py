"""The callback that logs checkpoints while a trainer fits, at the places where MLflow keeps them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from runyard.protocols.autologger import Call

FOLDER = "checkpoints"
LATEST = "mlflow.latest_checkpoint_artifact"


class Checkpoints:
    """Logs the best checkpoint so far, or each of them, of trainings in one process."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._best: float | None = None

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        every = self._call.options.checkpoint_save_freq
        if isinstance(every, int) and trainer.global_step > 0 and trainer.global_step % every == 0:
            self._check(trainer)

    def on_train_epoch_end(self, trainer: Any, *_: Any) -> None:
        if self._call.options.checkpoint_save_freq == "epoch":
            self._check(trainer)

    def _check(self, trainer: Any) -> None:
        # Saving needs all processes of a training, and they have no run.
        if trainer.world_size != 1:
            return
        with self._call.attempt("a checkpoint"):
            metrics = {key: float(value) for key, value in trainer.callback_metrics.items()}
            if self._is_wanted(metrics):
                self._log(trainer, metrics)

    def _is_wanted(self, metrics: dict[str, float]) -> bool:
        options = self._call.options
        if not options.checkpoint_save_best_only:
            return True
        value = metrics.get(options.checkpoint_monitor)
        if value is None:
            raise LookupError(f"there is no metric {options.checkpoint_monitor!r} to tell the best one by")
        if self._best is not None and not (
            value < self._best if options.checkpoint_mode == "min" else value > self._best
        ):
            return False
        self._best = value
        return True

    def _log(self, trainer: Any, metrics: dict[str, float]) -> None:
        options, run = self._call.options, self._call.run
        ending = ".weights.pth" if options.checkpoint_save_weights_only else ".pth"
        folder, prefix = FOLDER, "latest_"
        if not options.checkpoint_save_best_only:
            is_epoch = options.checkpoint_save_freq == "epoch"
            place = f"epoch_{trainer.current_epoch}" if is_epoch else f"global_step_{trainer.global_step}"
            folder, prefix = f"{FOLDER}/{place}", ""
        name = f"{prefix}checkpoint{ending}"
        facts = {**metrics, "epoch": trainer.current_epoch, "global_step": trainer.global_step}
        run.writer.set_tags({LATEST: f"{folder}/{name}"})
        run.client.log_dict(run.info.run_id, facts, f"{folder}/{prefix}checkpoint_metrics.json")
        with TemporaryDirectory(prefix="runyard-checkpoint-") as scratch:
            trainer.save_checkpoint(Path(scratch) / name, weights_only=options.checkpoint_save_weights_only)
            run.client.log_artifact(run.info.run_id, Path(scratch) / name, folder)
