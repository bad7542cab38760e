"""Logging to the active run: MLflow's module-level functions. Without an active run, one is started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runyard.entities import ModelMetric
from runyard.tracking.active import chosen_run, current_run, required_run
from runyard.tracking.active_models import get_active_model_id, models_in_use
from runyard.tracking.connection import now
from runyard.tracking.datasets import dataset_entity
from runyard.tracking.recorder import RunWriter
from runyard.tracking.session import current_client


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,  # noqa: ARG001 - MLflow's; the journal makes it needless
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> None:
    """Log one point of a metric; no step means 0, no timestamp means now. NaN and the infinities are values.

    With `model_id`, else the active model, it is also kept as measured on that logged model, perhaps on a data set.

    Raises:
        InvalidInput: the key, value, step or timestamp is refused; nothing was logged.
        NotFound: there is no such logged model; nothing was logged.
    """
    if model_id is None and dataset is None and not models_in_use:
        if run_id is None:
            run = current_run()
            if run is not None:
                run.log_metric(key, value, step, timestamp)
                return
        _writer(run_id).log_metric(key, value, step, timestamp)
        return
    log_metrics({key: value}, step, None, run_id, timestamp, model_id, dataset)


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,  # noqa: ARG001
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: Any = None,
) -> None:
    """Log one point of each of several metrics, all or none; of a logged model and a data set as `log_metric`."""
    client, target = chosen_run(run_id)
    measured = None if dataset is None else dataset_entity(dataset)
    chosen = model_id or get_active_model_id()
    if chosen is None:
        client.writer(target).log_metrics(metrics, step, timestamp)
    else:
        at = now() if timestamp is None else timestamp
        on = (None, None) if measured is None else (measured.name, measured.digest)
        client.log_measurements(
            target, [ModelMetric(chosen, key, value, at, step or 0, target, *on) for key, value in metrics.items()]
        )
    if measured is not None:
        client.note_dataset(target, measured)


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:  # noqa: ARG001
    """Log a param and give its value back; a param never changes."""
    _writer(None).log_params({key: value})
    return value


def log_params(params: Mapping[str, Any], synchronous: bool | None = None, run_id: str | None = None) -> None:  # noqa: ARG001
    """Log several params, all or none."""
    _writer(run_id).log_params(params)


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> None:  # noqa: ARG001
    _writer(None).set_tags({key: value})


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> None:  # noqa: ARG001
    """Set several tags, all or none."""
    _writer(None).set_tags(tags)


def delete_tag(key: str) -> None:
    """Delete a tag of the active run; while the store cannot be reached, the deletion is delivered later.

    Raises:
        NotFound: the run has no such tag.
    """
    run = required_run()
    run.client.delete_tag(run.info.run_id, key)


def flush() -> None:
    """Wait until all that was logged is in the store.

    Raises:
        Unavailable: the store cannot be reached; everything stays in the journal.
        DeliveryError: the store refused something; the rest was delivered.
    """
    current_client().recorder.flush()


def _writer(run_id: str | None) -> RunWriter:
    return required_run().writer if run_id is None else current_client().writer(run_id)
