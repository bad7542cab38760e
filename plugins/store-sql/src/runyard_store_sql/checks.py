"""What is checked of a run before it is written."""

from __future__ import annotations

import attrs

from runyard.entities import RunStart, RunUpdate
from runyard.errors import InvalidInput
from runyard.validation import check_experiment_name, check_integer, check_run_id, check_tag_value, check_tags
from runyard_store_sql.runs import NAME_TAG


def checked_start(start: RunStart) -> RunStart:
    check_run_id(start.run_id)
    check_tag_value(NAME_TAG, start.run_name)
    check_integer(start.start_time, "start time", minimum=0)
    if (start.experiment_id is None) == (start.experiment_name is None):
        raise InvalidInput("a run needs either an experiment's id or its name")
    if start.experiment_name is not None:
        check_experiment_name(start.experiment_name)
    return attrs.evolve(start, tags=check_tags(start.tags))


def checked_update(update: RunUpdate) -> None:
    if update.run_name is not None:
        check_tag_value(NAME_TAG, update.run_name)
    if update.end_time is not None:
        check_integer(update.end_time, "end time", minimum=0)
