"""Logs params, tags and metrics to runs, each call all or nothing, what several threads log in one transaction."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs
import numpy as np
import sqlalchemy as sa

from runyard.entities import ChangeKind, Metric
from runyard.errors import InvalidInput, InvalidState, NotFound
from runyard.validation import check_integer, check_key, check_metric_value, check_param_value, check_tags
from runyard_store_sql import folding, runs, series, staging, values
from runyard_store_sql.blocks import Points
from runyard_store_sql.engine import Database
from runyard_store_sql.group_commit import GroupCommit
from runyard_store_sql.ingest import conflict_of_params
from runyard_store_sql.keys import key_numbers
from runyard_store_sql.runs import NAME_TAG

_KNOWN_KEYS = 20_000
_checked_key = lru_cache(_KNOWN_KEYS)(check_key)


@attrs.define
class _Call:
    """What one call logs, checked, with the numbers of its keys; `error` says why the run does not take it."""

    run_id: str
    points: staging.Batch | None
    params: Mapping[str, tuple[int, str]]
    tags: Mapping[int, str]
    name: str | None
    error: InvalidInput | InvalidState | NotFound | None = None


def log_batch(
    database: Database, run_id: str, metrics: Sequence[Metric], params: Mapping[str, str], tags: Mapping[str, str]
) -> None:
    """Check everything, then write it in one transaction.

    Raises:
        InvalidInput: a key or a value is refused, or a param has another value already.
    """
    named, points = _columns(metrics) if metrics else ((), None)
    new_params = {check_key(key, "param"): check_param_value(key, value) for key, value in params.items()}
    new_tags = check_tags(tags)
    keys = key_numbers(database, {*named, *new_params, *new_tags})
    call = _Call(
        run_id,
        points and staging.Batch(np.fromiter(map(keys.__getitem__, named), np.int32, len(named)), points),
        {key: (keys[key], value) for key, value in new_params.items()},
        {keys[key]: value for key, value in new_tags.items()},
        new_tags.get(NAME_TAG),
    )
    _group_commit(database).submit(call)
    if call.error is not None:
        raise call.error


def _group_commit(database: Database) -> GroupCommit[_Call]:
    found: GroupCommit[_Call] | None = database.memory.get("logs")
    if found is None:
        amounts = staging.Amounts()

        def perform(calls: Sequence[_Call]) -> None:
            database.write(lambda connection: _write(connection, calls, amounts))

        found = database.memory.setdefault("logs", GroupCommit(perform))
    return found


def _columns(metrics: Sequence[Metric]) -> tuple[Sequence[str], Points]:
    """The keys and the points, checked."""
    names, numbers, times, steps = zip(*metrics, strict=True)
    for key in set(names):
        _checked_key(key, "metric")
    # Nearly always plain integers and floats, which are checked all at once.
    if set(map(type, steps)) == set(map(type, times)) == {int} and set(map(type, numbers)) <= {float, int}:
        try:
            columns = _arrays(steps, times, numbers)
        except OverflowError:
            pass  # one by one, it is said of which
        else:
            if columns.times.min() >= 0:
                return names, columns
    columns = _arrays(
        [check_integer(step, f"step of metric {key!r}") for key, _, _, step in metrics],
        [check_integer(time, f"timestamp of metric {key!r}", minimum=0) for key, _, time, _ in metrics],
        [check_metric_value(key, value) for key, value, _, _ in metrics],
    )
    return names, columns


def _arrays(steps: Sequence[int], times: Sequence[int], numbers: Sequence[float]) -> Points:
    return Points(
        np.frombuffer(array("q", steps), np.int64),
        np.frombuffer(array("q", times), np.int64),
        np.frombuffer(array("d", numbers), np.float64),
    )


def _write(connection: sa.Connection, calls: Sequence[_Call], amounts: staging.Amounts) -> None:
    rows = runs.lock_all(connection, list({call.run_id for call in calls}))
    taken: list[tuple[Any, _Call]] = []
    for call in calls:
        row = rows.get(call.run_id)
        call.error = None
        if row is None:
            call.error = runs.missing(call.run_id)
        elif row.deleted_time is not None:
            call.error = runs.deleted(call.run_id)
        else:
            taken.append((row, call))
    taken = _add_params(connection, taken)
    _set_tags(connection, taken)
    _add_points(connection, taken, amounts)


def _add_params(connection: sa.Connection, calls: list[tuple[Any, _Call]]) -> list[tuple[Any, _Call]]:
    """The calls that are taken: those none of whose params has another value already."""
    entries = [(row.id, number, value) for row, call in calls for number, value in call.params.values()]
    if not entries:
        return calls
    known = values.known_params(connection, entries)
    taken, new = [], {}
    for row, call in calls:
        found = {key: known.get((row.id, number), value) for key, (number, value) in call.params.items()}
        refused = [key for key, (_, value) in call.params.items() if found[key] != value]
        if refused:
            _, value = call.params[refused[0]]
            call.error = InvalidInput(conflict_of_params(call.run_id, refused[0], found[refused[0]], value))
            continue
        taken.append((row, call))
        more = {(row.id, number): value for number, value in call.params.values() if (row.id, number) not in known}
        known.update(more)
        new.update(more)
    values.insert_params(connection, [(*place, value) for place, value in new.items()])
    return taken


def _set_tags(connection: sa.Connection, calls: Sequence[tuple[Any, _Call]]) -> None:
    values.set_tags(connection, [(row.id, key, value) for row, call in calls for key, value in call.tags.items()])
    for row, call in calls:
        if call.name is not None:
            runs.rename(connection, row.id, call.name)
        if call.params or call.tags:
            runs.note(connection, row, ChangeKind.UPDATED)


def _add_points(connection: sa.Connection, calls: Sequence[tuple[Any, _Call]], amounts: staging.Amounts) -> None:
    of_run: dict[int, list[staging.Batch]] = {}
    for row, call in calls:
        if call.points is not None:
            of_run.setdefault(row.id, []).append(call.points)
            runs.note(connection, row, ChangeKind.METRICS)
    batches = {run: staging.Batch.joined(some) for run, some in of_run.items()}
    staging.add(connection, [(run, batch) for run, batch in batches.items() if not batch.is_large])
    full = []
    for run, batch in batches.items():
        if batch.is_large:
            series.append_points(connection, np.full(len(batch.keys), run, np.int64), batch.keys, batch.points)
        elif amounts.add(run, len(batch.keys)):
            full.append(run)
    for run in full[:1]:  # the others' turn comes, so that nobody waits for the points of all
        folding.fold_locked(connection, [run])
        amounts.forget(run)
