"""What is logged of `Trainer.fit` and, to the same run, of a `Trainer.test` after it."""

from __future__ import annotations

import weakref
from collections.abc import Generator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from runyard.autologging.content import MODEL_NAME, Measuring, abandon_model, begin_model, fitting_params
from runyard.models import logging
from runyard.models.signature import infer_signature
from runyard.protocols.autologger import Call
from runyard_flavor_pytorch.checkpoints import Checkpoints
from runyard_flavor_pytorch.recording import Recording, as_callback

MODE = "Mode"
EARLY_STOPPING = ("monitor", "mode", "patience", "min_delta", "stopped_epoch")

# Where the metrics of a trainer's tests belong; a trainer is not kept alive.
_measured: weakref.WeakKeyDictionary[Any, Measuring] = weakref.WeakKeyDictionary()


def fit(call: Call) -> Generator[None, Any, None]:
    """Log a fit."""
    trainer, run = call.args[0], call.run
    # lightning.pytorch or pytorch_lightning: each has classes of its own.
    package = call.function.__module__.removesuffix(".trainer.trainer")
    stopping = _early_stopping(trainer, package)
    if stopping is not None:
        with call.attempt("the params of the early stopping"):
            run.writer.log_params(fitting_params(_attributes(stopping)))
    model_id = begin_model(call, {})
    measuring = Measuring(run.info.run_id, run.client, model_id)
    recording = Recording(call, measuring)
    added = [as_callback(package, recording)]
    if call.options.checkpoint:
        added.append(as_callback(package, Checkpoints(call)))
    trainer.callbacks.extend(added)
    try:
        yield
    except GeneratorExit:
        abandon_model(call, model_id)
        raise
    finally:
        recording.remove_hook()
        trainer.callbacks = [callback for callback in trainer.callbacks if callback not in added]
    _measured[trainer] = measuring
    if stopping is not None:
        with call.attempt("where the training stopped"):
            measuring.log(_stop_metrics(stopping))
    with call.attempt("the model's summary"):
        summary = import_module(f"{package}.utilities.model_summary").ModelSummary(trainer.lightning_module, -1)
        run.client.log_text(run.info.run_id, str(summary), "model_summary.txt")
    if call.options.log_models:
        _log_model(call, trainer, recording, model_id)
        if stopping is not None:
            _log_best(call, trainer)


def test(call: Call) -> Generator[None, Any, None]:
    """Log the metrics of a test to the run of the trainer's fit."""
    trainer = call.args[0]
    measuring = _measured.get(trainer)
    if measuring is None:
        return
    yield
    measuring.client.writer(measuring.run_id).set_tags({MODE: "testing"})
    measuring.log(trainer.callback_metrics)


def _early_stopping(trainer: Any, package: str) -> Any:
    kind = import_module(f"{package}.callbacks").EarlyStopping
    return next((callback for callback in trainer.callbacks if isinstance(callback, kind)), None)


def _attributes(stopping: Any) -> Mapping[str, Any]:
    return {name: getattr(stopping, name) for name in EARLY_STOPPING if hasattr(stopping, name)}


def _stop_metrics(stopping: Any) -> dict[str, Any]:
    """When and how well it stopped; nothing where it did not."""
    if not stopping.stopped_epoch:
        return {}
    return {
        "stopped_epoch": stopping.stopped_epoch,
        "restored_epoch": stopping.stopped_epoch - max(1, stopping.patience),
        "best_score": stopping.best_score,
        "wait_count": stopping.wait_count,
    }


def _log_model(call: Call, trainer: Any, recording: Recording, model_id: str | None) -> None:
    signature: Any = None
    if recording.first_batch is not None:
        with call.attempt("the model's signature"):
            signature = infer_signature(*recording.first_batch)
    with call.attempt("the model"):
        logging.log_model(
            "pytorch",
            trainer.lightning_module,
            None,
            MODEL_NAME,
            # The module itself, with all that it was trained by; an exported program could not be trained on.
            {"serialization_format": "pickle"},
            signature=signature,
            model_id=model_id,
            run_id=call.run.info.run_id,
            client=call.run.client,
            registered_model_name=call.options.registered_model_name,
        )


def _log_best(call: Call, trainer: Any) -> None:
    best = getattr(trainer.checkpoint_callback, "best_model_path", "")
    if best:
        with call.attempt("the checkpoint of the best epoch"):
            call.run.client.log_artifact(call.run.info.run_id, Path(best), "restored_model_checkpoint")
