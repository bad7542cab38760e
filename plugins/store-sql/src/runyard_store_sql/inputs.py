"""Data sets that runs used."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from runyard.entities import Dataset, DatasetInput
from runyard_store_sql.schema import datasets, input_tags, inputs
from runyard_store_sql.statements import insert_missing


def add(connection: sa.Connection, run: int, experiment: int, items: Sequence[DatasetInput]) -> None:
    """Note data sets as inputs of a run, after those it has. The caller holds the lock of the run."""
    known = set(connection.execute(sa.select(inputs.c.dataset).where(inputs.c.run == run)).scalars())
    position = len(known)
    for item in items:
        dataset = _number(connection, experiment, item.dataset)
        if dataset in known:
            continue
        known.add(dataset)
        connection.execute(inputs.insert().values(run=run, dataset=dataset, position=position))
        position += 1
        tags = [{"run": run, "dataset": dataset, "key": key, "value": value} for key, value in item.tags.items()]
        if tags:
            connection.execute(input_tags.insert(), tags)


def _number(connection: sa.Connection, experiment: int, dataset: Dataset) -> int:
    row = {
        "experiment": experiment,
        "name": dataset.name,
        "digest": dataset.digest,
        "source_type": dataset.source_type,
        "source": dataset.source,
        "schema": dataset.schema,
        "profile": dataset.profile,
    }
    table = datasets.c
    found = sa.select(table.id).where(
        table.experiment == experiment, table.name == dataset.name, table.digest == dataset.digest
    )
    number = connection.execute(found).scalar()
    if number is None:
        insert_missing(connection, datasets, [row])
        number = connection.execute(found).scalar_one()
    return int(number)
