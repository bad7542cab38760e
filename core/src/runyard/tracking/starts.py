"""What a new run is called, belongs to and says of itself."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from runyard.entities import RunStart
from runyard.errors import InvalidInput
from runyard.tracking.connection import now
from runyard.tracking.names import run_name as random_name
from runyard.validation import check_integer, check_tags

DESCRIPTION = "mlflow.note.content"
NAME = "mlflow.runName"
PARENT = "mlflow.parentRunId"
USER = "mlflow.user"


def describe(
    *,
    user: str,
    experiment_id: str | None = None,
    experiment_name: str | None = None,
    run_name: str | None = None,
    tags: Mapping[str, Any] | None = None,
    start_time: int | None = None,
) -> RunStart:
    """A new run, with an id of its own, before any store knows of it.

    Raises:
        InvalidInput: a tag is refused, or its name is said twice and differently.
    """
    checked = check_tags(tags)
    tagged = checked.get(NAME)
    if run_name and tagged and run_name != tagged:
        raise InvalidInput(f"run_name is {run_name!r}, but the tag {NAME} is {tagged!r}; give one of them")
    name = run_name or tagged or random_name()
    return RunStart(
        run_id=uuid.uuid4().hex,
        run_name=name,
        user_id=checked.get(USER, user),
        start_time=now() if start_time is None else check_integer(start_time, "start_time", minimum=0),
        experiment_id=experiment_id,
        experiment_name=experiment_name,
        tags={**checked, NAME: name},
    )


def with_description(tags: Mapping[str, Any] | None, description: str | None) -> dict[str, Any]:
    """The tags of a run with its description among them.

    Raises:
        InvalidInput: the description is said twice.
    """
    if description and DESCRIPTION in (tags or {}):
        raise InvalidInput(f"the description is given twice, as description and as the tag {DESCRIPTION}")
    return {**(tags or {}), **({DESCRIPTION: description} if description else {})}
