"""The tracking store on a SQL database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from urllib.parse import urlsplit

import sqlalchemy as sa

from runyard.entities import (
    Batch,
    ChangeKind,
    DatasetInput,
    Experiment,
    Metric,
    MetricColumns,
    Page,
    Rejection,
    Run,
    RunInfo,
    RunStart,
    RunUpdate,
)
from runyard.errors import InvalidInput
from runyard.protocols.tracking import ExperimentQuery, RunQuery
from runyard.settings import Settings
from runyard.uris import Uri
from runyard.validation import (
    MAX_EXPERIMENT_TAG_VALUE,
    check_dataset_input,
    check_experiment_name,
    check_tags,
)
from runyard_store_sql import (
    experiments,
    heartbeat,
    ingest,
    inputs,
    purge,
    reading,
    runs,
    search_rows,
    values,
)
from runyard_store_sql.changes_reading import TrackingChanges
from runyard_store_sql.checks import checked_start, checked_update
from runyard_store_sql.dataset_summaries import DatasetSummaries
from runyard_store_sql.engine import Database, close_engine, open_engine
from runyard_store_sql.frames_reading import Frames
from runyard_store_sql.keys import key_numbers
from runyard_store_sql.logged_models import LoggedModels
from runyard_store_sql.many_metrics import ManyMetrics
from runyard_store_sql.runs import NAME_TAG
from runyard_store_sql.views import Views


def open_store(uri: Uri, settings: Settings) -> SqlTrackingStore:
    """The store in the database at a URI."""
    return SqlTrackingStore(open_engine(uri, settings), settings)


class SqlTrackingStore(LoggedModels, DatasetSummaries, ManyMetrics, Frames, TrackingChanges, Views):
    """A `TrackingStore` with every capability. What needs numpy or searches is imported by the methods that use it."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._is_closed = False

    # --- experiments --------------------------------------------------------------------------------------------------

    def create_experiment(
        self, name: str, *, artifact_location: str | None = None, tags: Mapping[str, str] | None = None
    ) -> Experiment:
        check_experiment_name(name)
        checked = check_tags(tags, MAX_EXPERIMENT_TAG_VALUE)
        location = self._checked_location(artifact_location)
        root = self._database.location.artifact_root
        return self._database.write(lambda connection: experiments.create(connection, name, root, location, checked))

    def get_experiment(self, experiment_id: str) -> Experiment:
        with self._database.read() as connection:
            return experiments.get(connection, experiment_id)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        with self._database.read() as connection:
            return experiments.find(connection, name)

    def search_experiments(self, query: ExperimentQuery) -> Page[Experiment]:
        from runyard_store_sql import search

        with self._database.read() as connection:
            return search.search_experiments(connection, query)

    def rename_experiment(self, experiment_id: str, name: str) -> None:
        check_experiment_name(name)
        self._database.write(lambda connection: experiments.rename(connection, experiment_id, name))

    def delete_experiment(self, experiment_id: str) -> None:
        self._database.write(lambda connection: experiments.delete(connection, experiment_id))

    def restore_experiment(self, experiment_id: str) -> None:
        self._database.write(lambda connection: experiments.restore(connection, experiment_id))

    def set_experiment_tags(self, experiment_id: str, tags: Mapping[str, str]) -> None:
        checked = check_tags(tags, MAX_EXPERIMENT_TAG_VALUE)
        self._database.write(lambda connection: experiments.set_tags(connection, experiment_id, checked))

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        self._database.write(lambda connection: experiments.delete_tag(connection, experiment_id, key))

    # --- runs ---------------------------------------------------------------------------------------------------------

    def create_run(self, start: RunStart) -> Run:
        checked = checked_start(start)
        keys = key_numbers(self._database, runs.tag_keys(checked))
        root = self._database.location.artifact_root
        self._database.write(lambda connection: runs.create(connection, checked, keys, root))
        return self.get_run(start.run_id)

    def get_run(self, run_id: str) -> Run:
        with reading.current(self._database, run_ids=[run_id]) as connection:
            return search_rows.load_runs(connection, [runs.number_of(connection, run_id)])[0]

    def update_run(self, update: RunUpdate) -> RunInfo:
        checked_update(update)
        name_key = key_numbers(self._database, [NAME_TAG])[NAME_TAG]

        def work(connection: sa.Connection) -> RunInfo:
            if heartbeat.is_due(connection):
                heartbeat.reap(connection)
            runs.update(connection, runs.lock(connection, update.run_id), update, name_key)
            return runs.info(connection, update.run_id)

        return self._database.write(work)

    def delete_run(self, run_id: str) -> None:
        self._database.write(lambda connection: runs.delete(connection, run_id))

    def restore_run(self, run_id: str) -> None:
        self._database.write(lambda connection: runs.restore(connection, run_id))

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        from runyard_store_sql import logs

        logs.log_batch(self._database, run_id, metrics, params or {}, tags or {})

    def delete_tag(self, run_id: str, key: str) -> None:
        def work(connection: sa.Connection) -> None:
            row = runs.lock(connection, run_id)
            values.delete_tag(connection, row.id, run_id, key)
            runs.note(connection, row, ChangeKind.UPDATED)

        self._database.write(work)

    def log_inputs(self, run_id: str, inputs_: Sequence[DatasetInput]) -> None:
        checked = [check_dataset_input(item) for item in inputs_]

        def work(connection: sa.Connection) -> None:
            row = runs.lock(connection, run_id)
            inputs.add(connection, row.id, row.experiment, checked)
            runs.note(connection, row, ChangeKind.UPDATED)

        self._database.write(work)

    def search_runs(self, query: RunQuery) -> Page[Run]:
        from runyard_store_sql import search

        with reading.current(self._database, experiment_ids=query.experiment_ids) as connection:
            return search.search_runs(connection, query)

    # --- metrics ------------------------------------------------------------------------------------------------------

    def get_metric_history(
        self, run_id: str, key: str, *, max_results: int | None = None, page_token: str | None = None
    ) -> Page[Metric]:
        from runyard_store_sql import history_pages

        with reading.current(self._database, run_ids=[run_id]) as connection:
            return history_pages.page(connection, runs.number_of(connection, run_id), key, max_results, page_token)

    def read_metric(self, run_id: str, key: str) -> MetricColumns:
        from runyard_store_sql import history

        with reading.current(self._database, run_ids=[run_id]) as connection:
            return history.read(connection, runs.number_of(connection, run_id), key)

    def sample_metric(
        self, run_id: str, key: str, *, max_points: int, start_step: int | None = None, end_step: int | None = None
    ) -> MetricColumns:
        from runyard_store_sql import history

        with reading.current(self._database, run_ids=[run_id]) as connection:
            number = runs.number_of(connection, run_id)
            return history.sample(connection, number, key, max_points, start_step, end_step)

    # --- journals, heartbeats, the bin --------------------------------------------------------------------------------

    def ingest(self, batch: Batch) -> Sequence[Rejection]:
        return ingest.ingest(self._database, batch)

    def ingested(self, journal_id: str) -> int:
        with self._database.read() as connection:
            return ingest.last_sequence(connection, journal_id)

    def forget_journal(self, journal_id: str) -> None:
        self._database.write(lambda connection: ingest.forget(connection, journal_id))

    def heartbeat(self, run_ids: Sequence[str], *, expires: int) -> None:
        self._database.write(lambda connection: heartbeat.beat(connection, run_ids, expires))

    def purge_runs(self, run_ids: Sequence[str]) -> None:
        self._database.write(lambda connection: purge.purge_runs(connection, run_ids))

    def purge_experiment(self, experiment_id: str) -> None:
        self._database.write(lambda connection: purge.purge_experiment(connection, experiment_id))

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            close_engine(self._database)

    # --- parts --------------------------------------------------------------------------------------------------------

    def _checked_location(self, location: str | None) -> str | None:
        if not location:
            return None
        uri = Uri.parse(location, relative_to=self._settings.root)
        if uri.scheme == "file":
            return location if PurePath(location).is_absolute() or location.startswith("file:") else uri.text
        split = urlsplit(location)
        if split.fragment or ".." in split.query:
            raise InvalidInput(f"artifact location {uri} has a fragment or .. in its query; give a plain URI")
        return location
