"""Search for runs and experiments."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa

from runyard.entities import Experiment, Page, Run
from runyard.protocols.tracking import ExperimentQuery, RunQuery
from runyard_store_sql.experiments import to_experiment
from runyard_store_sql.schema import experiment_tags
from runyard_store_sql.search_pages import find_page
from runyard_store_sql.search_rows import complete_runs
from runyard_store_sql.search_runs import experiment_listing, run_listing
from runyard_store_sql.statements import chunks


def search_runs(connection: sa.Connection, query: RunQuery) -> Page[Run]:
    """One page of runs.

    Raises:
        InvalidInput: the page token is none of this query, or `max_results` is out of bounds.
    """
    listing = run_listing(connection, query)
    rows, token = find_page(connection, listing, query.filter, query.order_by, query.max_results, query.page_token)
    return Page(complete_runs(connection, rows, query.columns), token)


def search_experiments(connection: sa.Connection, query: ExperimentQuery) -> Page[Experiment]:
    """One page of experiments.

    Raises:
        InvalidInput: the page token is none of this query, or `max_results` is out of bounds.
    """
    listing = experiment_listing(query)
    rows, token = find_page(connection, listing, query.filter, query.order_by, query.max_results, query.page_token)
    tags: dict[int, dict[str, str]] = defaultdict(dict)
    for part in chunks([row.id for row in rows]):
        found = sa.select(experiment_tags).where(experiment_tags.c.experiment.in_(part)).order_by(experiment_tags.c.key)
        for number, key, value in connection.execute(found):
            tags[number][key] = value
    return Page([to_experiment(row, tags.get(row.id, {})) for row in rows], token)
