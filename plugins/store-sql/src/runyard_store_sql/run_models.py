"""Logged models that runs used or produced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from runyard.entities import ModelInput, ModelOutput
from runyard_store_sql.schema import run_models
from runyard_store_sql.statements import upsert

_table = run_models.c

OF_RUNS = sa.select(_table.run, _table.produced, _table.model_id, _table.step).order_by(_table.run, _table.position)


def add(connection: sa.Connection, run: int, steps: Mapping[str, int], *, produced: bool) -> None:
    """Note models, given with a step each, after those the run has. The caller holds the lock of the run."""
    query = sa.select(_table.model_id, _table.position).where(_table.run == run, _table.produced == produced)
    places = {model_id: place for model_id, place in connection.execute(query)}  # noqa: C416 - rows are no pairs
    for model_id in steps:
        places.setdefault(model_id, len(places))
    rows = [
        {"run": run, "produced": produced, "model_id": model_id, "position": places[model_id], "step": step}
        for model_id, step in steps.items()
    ]
    upsert(connection, run_models, rows)


def grouped(rows: Iterable[Sequence[Any]]) -> tuple[dict[int, list[ModelInput]], dict[int, list[ModelOutput]]]:
    """What each run used and produced, of the rows of `OF_RUNS`."""
    used: dict[int, list[ModelInput]] = defaultdict(list)
    made: dict[int, list[ModelOutput]] = defaultdict(list)
    for run, produced, model_id, step in rows:
        if produced:
            made[run].append(ModelOutput(model_id, step))
        else:
            used[run].append(ModelInput(model_id))
    return used, made
