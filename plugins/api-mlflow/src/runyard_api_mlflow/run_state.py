"""What clients are told when a run cannot be written to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runyard.errors import InvalidState


@contextmanager
def writing(run_id: str) -> Iterator[None]:
    """Say in MLflow's words that a run is deleted."""
    try:
        yield
    except InvalidState as error:
        raise InvalidState(
            f"The run {run_id} must be in the 'active' state. Current state is deleted. ({error})"
        ) from error
