"""The data sets that runs of experiments used."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from runyard.entities import DatasetSummary
from runyard.errors import InvalidInput
from runyard.query.fields import CONTEXT_TAG
from runyard_store_sql.engine import Database
from runyard_store_sql.schema import datasets, input_tags, inputs, runs


class DatasetSummaries:
    """`SummarizesDatasets`."""

    _database: Database

    def search_datasets(self, experiment_ids: Sequence[str], *, max_results: int = 1000) -> Sequence[DatasetSummary]:
        if max_results < 1:
            raise InvalidInput(f"max_results must be at least 1, got {max_results}")
        with self._database.read() as connection:
            return search(connection, experiment_ids, max_results)


def search(connection: sa.Connection, experiment_ids: Sequence[str], max_results: int) -> list[DatasetSummary]:
    """Each data set with each context in which active runs used it."""
    numbers = [int(one) for one in experiment_ids if one.isascii() and one.isdecimal() and len(one) < 19]
    context = input_tags.c.value
    used = (
        datasets.join(inputs, inputs.c.dataset == datasets.c.id)
        .join(runs, runs.c.id == inputs.c.run)
        .outerjoin(
            input_tags,
            sa.and_(
                input_tags.c.run == inputs.c.run,
                input_tags.c.dataset == inputs.c.dataset,
                input_tags.c.key == CONTEXT_TAG,
            ),
        )
    )
    columns = (datasets.c.experiment, datasets.c.name, datasets.c.digest, context.is_not(None).label("has"), context)
    query = sa.select(*columns).select_from(used).distinct()
    query = query.where(datasets.c.experiment.in_(numbers), runs.c.deleted_time.is_(None))
    ordered = query.order_by(*columns[:3], sa.literal_column("has"), context).limit(max_results)
    return [
        DatasetSummary(str(experiment), name, digest, value)
        for experiment, name, digest, _, value in connection.execute(ordered)
    ]
