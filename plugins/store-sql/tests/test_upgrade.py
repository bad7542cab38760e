"""A database that the first version made keeps everything when it is upgraded, and works.

`rows_of_schema_0001.json` has the rows of a database that the last version with schema 0001 wrote.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from runyard.entities import (
    Batch,
    LifecycleStage,
    Metric,
    ModelMetric,
    ModelOutput,
    RunStart,
    RunStatus,
    ViewType,
)
from runyard.errors import StoreOutOfDate
from runyard.protocols.logged_models import LoggedModelQuery
from runyard.protocols.tracking import RunQuery
from runyard.query import Target, parse_filter
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql import registry, versions
from runyard_store_sql.engine import Database, connect
from runyard_store_sql.locations import locate
from runyard_store_sql.tracking import SqlTrackingStore, open_store

ROWS = Path(__file__).with_name("rows_of_schema_0001.json")
LOSSES = [(step, 1_700_000_000_000 + step, 1 / (step + 1)) for step in range(700)]


@pytest.fixture
def upgraded_uri(database_uri: str) -> str:
    """A database that was made with schema 0001, filled, and upgraded as a user upgrades it."""
    database = connect(locate(Uri.parse(database_uri), Settings()))
    with database.engine.begin() as connection:
        versions.migrate(connection, "0001")
        _fill(connection)
    assert versions.current(database) == "0001"
    if database.kind != "sqlite":
        with pytest.raises(StoreOutOfDate, match="runyard db upgrade"):
            open_store(Uri.parse(database_uri), Settings())
    versions.upgrade(database)
    assert versions.current(database) == versions.HEAD
    database.dispose()
    return database_uri


@pytest.fixture
def store(upgraded_uri: str) -> Iterator[SqlTrackingStore]:
    store = open_store(Uri.parse(upgraded_uri), Settings())
    yield store
    store.close()


def _fill(connection: sa.Connection) -> None:
    tables = sa.MetaData()
    tables.reflect(connection)
    for name, rows in json.loads(ROWS.read_text(encoding="utf-8")).items():
        table = tables.tables[name]
        connection.execute(table.insert(), [{key: _value(value) for key, value in row.items()} for row in rows])
        if connection.dialect.name == "postgresql" and "id" in table.c and isinstance(table.c.id.type, sa.Integer):
            last = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) + 1 FROM {name}), false)"
            connection.execute(sa.text(last))


def _value(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


def test_runs_are_as_they_were(store: SqlTrackingStore) -> None:
    info = store.get_run("aa11").info
    assert (info.run_name, info.status, info.end_time) == ("old-aa11", RunStatus.FINISHED, 1_700_000_100_000)
    assert info.artifact_uri == "s3://bucket/old/1/aa11/artifacts"
    data = store.get_run("aa11").data
    assert data.params == {"lr": "0.1", "opt": "adam", "long": "x" * 300}
    assert data.tags == {"mlflow.user": "ada", "größe": "mittel", "mlflow.runName": "old-aa11"}
    assert data.metrics["loss"] == 1 / 700
    assert math.isnan(data.metrics["acc"])
    (used,) = store.get_run("aa11").inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.schema, used.tags) == ("iris", '{"c":4}', {"mlflow.data.context": "train"})
    assert list(store.read_metric("aa11", "loss")) == LOSSES
    history = store.get_metric_history("aa11", "loss", max_results=10)
    assert [metric.step for metric in history] == list(range(10))


def test_what_was_in_the_bin_is_in_the_bin(store: SqlTrackingStore) -> None:
    deleted = store.search_runs(RunQuery(experiment_ids=["0", "1", "2"], view=ViewType.DELETED_ONLY))
    assert {run.info.run_id for run in deleted} == {"bb22", "dd44"}
    gone = store.get_experiment("2")
    assert (gone.name, gone.lifecycle_stage) == ("gone", LifecycleStage.DELETED)
    store.restore_experiment("2")
    assert store.get_run("dd44").info.lifecycle_stage is LifecycleStage.ACTIVE
    store.restore_run("bb22")
    store.delete_run("aa11")
    store.purge_runs(["aa11"])
    assert [run.info.run_id for run in store.search_runs(RunQuery(experiment_ids=["1"]))] == ["bb22"]


def test_searches_find_old_runs(store: SqlTrackingStore) -> None:
    condition = parse_filter("metrics.loss < 0.01 AND params.lr = 0.1 AND datasets.name = 'iris'", Target.RUNS)
    found = store.search_runs(RunQuery(experiment_ids=["0", "1"], filter=condition))
    assert [run.info.run_id for run in found] == ["aa11"]
    assert [(one.name, one.context) for one in store.search_datasets(["1"])] == [("iris", "train")]


def test_old_runs_and_new_ones_are_written_to(store: SqlTrackingStore) -> None:
    store.log_batch("cc33", metrics=[Metric("loss", 0.5, 1, 0)], params={"new": "1"}, tags={"größe": "klein"})
    assert dict(store.get_run("cc33").data.tags)["größe"] == "klein"
    store.restore_run("bb22")
    store.log_batch("bb22", metrics=[Metric("acc", 0.6, 5, 1)])
    assert list(store.read_metric("bb22", "acc")) == [(0, 4, 0.5), (1, 5, 0.6)]
    assert store.ingested("journal-1") == 3
    batch = Batch("journal-1", 4, 5, starts=[RunStart("ee55", "new", "ada", 1, experiment_name="digits")])
    assert store.ingest(batch) == []
    assert store.get_run("ee55").info.experiment_id == "1"
    assert int(store.create_experiment("another").experiment_id) > 2


def test_old_runs_take_what_is_new(store: SqlTrackingStore) -> None:
    made = store.create_logged_model("1", name="ant", source_run_id="aa11")
    store.log_model_metrics("aa11", [ModelMetric(made.model_id, "acc", 0.5, 1)])
    store.log_model_outputs("aa11", [ModelOutput(made.model_id, 3)])
    assert list(store.get_run("aa11").outputs.model_outputs) == [ModelOutput(made.model_id, 3)]
    (found,) = store.search_logged_models(LoggedModelQuery(experiment_ids=["1"]))
    assert [metric.run_id for metric in found.metrics] == ["aa11"]


def test_the_registry_is_as_it_was(upgraded_uri: str) -> None:
    store = registry.open_store(Uri.parse(upgraded_uri), Settings())
    model = store.get_registered_model("digits")
    assert (model.description, model.tags, model.aliases) == ("of old", {"a": "b"}, {"champion": 1})
    assert store.get_model_version_by_alias("digits", "champion").run_id == "aa11"
    assert len(store.history("digits")) > 0
    assert store.create_model_version("digits", "s3://bucket/other").version == 2
    store.close()


COPIES = {
    1: ("s3://bucket/first", None),
    2: ("models:/digits/1", "s3://bucket/old/1/aa11/artifacts/model"),
    3: ("models:/copies/2", "s3://bucket/old/1/aa11/artifacts/model"),
    4: ("models:/m-1", "s3://bucket/models/m-1/artifacts"),
    5: ("models:/copies/4", "s3://bucket/models/m-1/artifacts"),
    6: ("models:/gone/1", None),
    7: ("models:/m-2", None),
    8: ("models:/copies/9", None),
    9: ("models:/copies/8", None),
}


def test_copies_are_told_where_their_files_lie(database_uri: str) -> None:
    database = connect(locate(Uri.parse(database_uri), Settings()))
    with database.engine.begin() as connection:
        versions.migrate(connection, "0002")
        _fill(connection)
        tables = sa.MetaData()
        tables.reflect(connection)
        times = {"creation_time": 1, "last_update_time": 1}
        connection.execute(
            tables.tables["logged_models"]
            .insert()
            .values(
                id=1,
                model_id="m-1",
                experiment=1,
                name="ant",
                artifact_uri="s3://bucket/models/m-1/artifacts",
                status="READY",
                status_message="",
                **times,
            )
        )
        model = {"id": 7, "name": "copies", "description": "", "last_version": 9, **times}
        connection.execute(tables.tables["registered_models"].insert().values(**model))
        rest = {"model": 7, "stage": "None", "description": "", "status": "READY", "status_message": "", **times}
        rows = [{"version": number, "source": source, **rest} for number, (source, _) in COPIES.items()]
        connection.execute(tables.tables["model_versions"].insert(), rows)
    versions.upgrade(database)
    database.dispose()
    store = registry.open_store(Uri.parse(database_uri), Settings())
    found = {number: store.get_model_version("copies", number) for number in COPIES}
    store.close()
    assert {number: (one.source, one.storage_location) for number, one in found.items()} == COPIES


def test_the_rows_are_those_of_a_whole_database(database_uri: str) -> None:
    database: Database = connect(locate(Uri.parse(database_uri), Settings()))
    with database.engine.begin() as connection:
        versions.migrate(connection, "0001")
        names = set(sa.inspect(connection).get_table_names()) - {versions.VERSION_TABLE}
    database.dispose()
    rows = json.loads(ROWS.read_text(encoding="utf-8"))
    assert set(rows) == names
    assert all(rows.values())
