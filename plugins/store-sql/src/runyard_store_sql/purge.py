"""Erases what is in the bin for good."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from runyard.entities import ChangeKind, Subject
from runyard.errors import InvalidState
from runyard_store_sql import changes, experiments, runs
from runyard_store_sql.schema import datasets, inputs, logged_model_metrics, metric_blocks
from runyard_store_sql.schema import experiments as experiments_table
from runyard_store_sql.schema import runs as runs_table
from runyard_store_sql.statements import chunks


def purge_runs(connection: sa.Connection, run_ids: Sequence[str]) -> None:
    """Erase deleted runs with all they logged, and data sets that no other run used.

    What they measured on logged models goes, too; the models that they produced stay.

    Raises:
        NotFound: one does not exist.
        InvalidState: one is active.
    """
    found = runs.lock_all(connection, run_ids)
    for run_id in run_ids:
        if run_id not in found:
            raise runs.missing(run_id)
        if found[run_id].deleted_time is None:
            raise InvalidState(f"run {run_id!r} is active; delete it first")
    for row in found.values():
        runs.note(connection, row, ChangeKind.DELETED)
    _erase(connection, [row.id for row in found.values()], {row.experiment for row in found.values()})


def purge_experiment(connection: sa.Connection, experiment_id: str) -> None:
    """Erase a deleted experiment with all its runs and logged models."""
    if experiments.get(connection, experiment_id).lifecycle_stage != "deleted":
        raise InvalidState(f"experiment {experiment_id!r} is active; delete it first")
    number = int(experiment_id)
    numbers = list(connection.execute(sa.select(runs_table.c.id).where(runs_table.c.experiment == number)).scalars())
    _erase(connection, numbers, {number})
    connection.execute(experiments_table.delete().where(experiments_table.c.id == number))
    changes.note(connection, Subject.EXPERIMENT, experiment_id, ChangeKind.DELETED, number)


def _erase(connection: sa.Connection, numbers: Sequence[int], experiment_numbers: set[int]) -> None:
    # What else a run has goes with it by its foreign keys.
    for part in chunks(numbers):
        connection.execute(metric_blocks.delete().where(metric_blocks.c.run.in_(part)))
        measured_by = sa.select(runs_table.c.run_id).where(runs_table.c.id.in_(part))
        connection.execute(logged_model_metrics.delete().where(logged_model_metrics.c.run_id.in_(measured_by)))
        connection.execute(runs_table.delete().where(runs_table.c.id.in_(part)))
    unused = ~sa.exists().where(inputs.c.dataset == datasets.c.id)
    for experiment in experiment_numbers:
        connection.execute(datasets.delete().where(datasets.c.experiment == experiment, unused))
