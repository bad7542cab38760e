"""Logging to the active run: MLflow's module-level functions. Without an active run, one is started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runyard.tracking.active import current_run, required_run
from runyard.tracking.recorder import RunWriter
from runyard.tracking.session import current_client


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,  # noqa: ARG001 - MLflow's; the journal makes it needless
    timestamp: int | None = None,
    run_id: str | None = None,
) -> None:
    """Log one point of a metric; no step means 0, no timestamp means now. NaN and the infinities are values.

    Raises:
        InvalidInput: the key, value, step or timestamp is refused; nothing was logged.
    """
    if run_id is None:
        run = current_run()
        if run is not None:
            run.log_metric(key, value, step, timestamp)
            return
    _writer(run_id).log_metric(key, value, step, timestamp)


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,  # noqa: ARG001
    run_id: str | None = None,
    timestamp: int | None = None,
) -> None:
    """Log one point of each of several metrics, all or none."""
    _writer(run_id).log_metrics(metrics, step, timestamp)


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
