"""Logs params, tags and metrics to one run, all or nothing."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from runyard.entities import Metric, MetricColumns
from runyard.errors import InvalidInput
from runyard.validation import check_integer, check_key, check_metric_value, check_param_value, check_tags
from runyard_store_sql import runs, series, values
from runyard_store_sql.engine import Database
from runyard_store_sql.ingest import conflict_of_params
from runyard_store_sql.keys import key_numbers
from runyard_store_sql.runs import NAME_TAG


def log_batch(
    database: Database, run_id: str, metrics: Sequence[Metric], params: Mapping[str, str], tags: Mapping[str, str]
) -> None:
    """Check everything, then write it in one transaction.

    Raises:
        InvalidInput: a key or a value is refused, or a param has another value already.
    """
    curves = _curves(metrics)
    new_params = {check_key(key, "param"): check_param_value(key, value) for key, value in params.items()}
    new_tags = check_tags(tags)
    keys = key_numbers(database, {*curves, *new_params, *new_tags})
    names = {number: name for name, number in keys.items()}

    def work(connection: sa.Connection) -> None:
        run = runs.lock(connection, run_id).id
        refused = values.add_params(connection, [(run, keys[key], value) for key, value in new_params.items()])
        for (_, key, value), known in refused:
            raise InvalidInput(conflict_of_params(run_id, names[key], known, value))
        values.set_tags(connection, [(run, keys[key], value) for key, value in new_tags.items()])
        if NAME_TAG in new_tags:
            runs.rename(connection, run, new_tags[NAME_TAG])
        series.append(connection, {(run, keys[key]): columns for key, columns in curves.items()})

    database.write(work)


def _curves(metrics: Sequence[Metric]) -> dict[str, MetricColumns]:
    curves: dict[str, MetricColumns] = {}
    for key, value, timestamp, step in metrics:
        columns = curves.get(key)
        if columns is None:
            columns = curves[check_key(key, "metric")] = MetricColumns(array("q"), array("q"), array("d"))
        columns.steps.append(check_integer(step, f"step of metric {key!r}"))
        columns.timestamps.append(check_integer(timestamp, f"timestamp of metric {key!r}", minimum=0))
        columns.values.append(check_metric_value(key, value))
    return curves
