"""MlflowClient: what the fluent API does not reach, above all paging, deletion and mistakes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType

DIFFERENCES = {
    "blank name": "MLflow accepts it",
    "an infinite value": "MLflow shows ±1.797e308, for it cannot store infinities",
    "history of infinite values": "the same",
    "the name of a deleted experiment": "MLflow refuses it until the experiment is erased",
    "restore where the name is taken": "MLflow never has to",
    "OR in a filter": "MLflow has none",
    "parentheses in a filter": "MLflow has none",
    "an order that is given twice": "MLflow answers 500",
    "rename a deleted experiment": "MLflow answers 500, which its clients send again and again",
}


def answers() -> Iterator[tuple[str, Any]]:
    client = MlflowClient()
    number = client.create_experiment("client", tags={"a": "b"})
    yield "created", client.get_experiment(number)
    yield "created again", lambda: client.create_experiment("client")
    yield "blank name", lambda: client.create_experiment("  ")
    yield "long name", lambda: client.create_experiment("x" * 501)
    yield "default", client.get_experiment("0").name
    yield "missing experiment", lambda: client.get_experiment("12345")
    yield "by a missing name", client.get_experiment_by_name("none")
    yield "rename", client.rename_experiment(number, "renamed")
    yield "set tag", client.set_experiment_tag(number, "k", "v" * 20_000)
    yield "set a long tag", lambda: client.set_experiment_tag(number, "k", "v" * 20_001)
    yield "delete tag", client.delete_experiment_tag(number, "k")
    yield "delete it again", lambda: client.delete_experiment_tag(number, "k")
    yield "renamed", client.get_experiment(number)
    yield from experiments(client)
    run_id = client.create_run(number, start_time=1_000, tags={"t": "1"}, run_name="first").info.run_id
    yield from logged(client, run_id)
    yield from changed(client, run_id)
    yield from used(client, run_id)
    yield from searched(client, number)
    yield from deleted(client, number, run_id)


def experiments(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    for index in range(5):
        client.create_experiment(f"many/{index}")
    query = {"filter_string": "name LIKE 'many/%'", "order_by": ["name DESC"]}
    page = client.search_experiments(max_results=2, **query)
    yield "first page", [found.name for found in page]
    page = client.search_experiments(max_results=2, page_token=page.token, **query)
    yield "second page", [found.name for found in page]
    page = client.search_experiments(max_results=2, page_token=page.token, **query)
    yield "last page", [[found.name for found in page], page.token]
    gone = client.get_experiment_by_name("many/3").experiment_id
    yield "delete", client.delete_experiment(gone)
    yield "delete again", lambda: client.delete_experiment(gone)
    yield "set a tag of a deleted one", lambda: client.set_experiment_tag(gone, "a", "b")
    yield "rename a deleted experiment", lambda: client.rename_experiment(gone, "x")
    yield "deleted ones", [found.name for found in client.search_experiments(view_type=ViewType.DELETED_ONLY)]
    yield "restore", client.restore_experiment(gone)
    yield "restore again", lambda: client.restore_experiment(gone)
    client.delete_experiment(gone)
    yield "run in a deleted experiment", lambda: client.create_run(gone)
    yield "the name of a deleted experiment", lambda: bool(client.create_experiment("many/3"))
    yield "restore where the name is taken", lambda: client.restore_experiment(gone)
    yield "no experiment filter", lambda: client.search_experiments(filter_string="colour = 'red'")
    yield "no results", lambda: client.search_experiments(max_results=0)
    yield "too many results", lambda: client.search_experiments(max_results=50_001)
    yield "tag filter", [found.name for found in client.search_experiments(filter_string="tags.a = 'b'")]


def logged(client: MlflowClient, run_id: str) -> Iterator[tuple[str, Any]]:
    metrics = [Metric("m", step / 4, 1_000 + step, step) for step in range(600)]
    params = [Param(f"p{index}", str(index)) for index in range(100)]
    tags = [RunTag(f"t{index}", str(index)) for index in range(100)]
    yield "log_batch", client.log_batch(run_id, metrics, params, tags)
    yield "log_batch again", client.log_batch(run_id, metrics, params, tags)
    yield "logged", client.get_run(run_id)
    yield "a param twice", lambda: client.log_batch(run_id, params=[Param("x", "1"), Param("x", "2")])
    yield "a tag twice", lambda: client.log_batch(run_id, tags=[RunTag("x", "1"), RunTag("x", "2")])
    yield "another value", lambda: client.log_batch(run_id, params=[Param("p1", "2")])
    yield "bad key", lambda: client.log_metric(run_id, "../x", 1)
    yield "long key", lambda: client.log_param(run_id, "x" * 251, 1)
    yield "long value", client.log_param(run_id, "long", "x" * 6_001)
    yield "long tag", client.set_tag(run_id, "long", "x" * 8_001)
    yield "negative time", lambda: client.log_metric(run_id, "x", 1, timestamp=-1)
    for key, value in (("inf", math.inf), ("inf", -math.inf), ("nan", math.nan)):
        client.log_metric(run_id, key, value, timestamp=5)
    yield "not a number", client.get_run(run_id).data.metrics["nan"]
    yield "an infinite value", client.get_run(run_id).data.metrics["inf"]
    yield "history of infinite values", client.get_metric_history(run_id, "inf")
    history = client.get_metric_history(run_id, "m")
    yield "history", [(point.timestamp, point.step, point.value) for point in history]
    yield "history of a missing run", lambda: client.get_metric_history("0" * 32, "m")
    yield "lengths", {key: len(value) for key, value in client.get_run(run_id).data.tags.items() if len(value) > 100}


def changed(client: MlflowClient, run_id: str) -> Iterator[tuple[str, Any]]:
    yield "terminated", client.set_terminated(run_id, "KILLED", end_time=9_000)
    yield "killed", client.get_run(run_id).info
    yield "update", client.update_run(run_id, status="FINISHED", name="second")
    run = client.get_run(run_id)
    yield "updated", [run.info.status, run.info.run_name, run.data.tags["mlflow.runName"], run.info.end_time]
    client.set_tag(run_id, "mlflow.runName", "third")
    yield "named by tag", client.get_run(run_id).info.run_name
    yield "delete_tag", client.delete_tag(run_id, "t1")
    yield "delete_tag again", lambda: client.delete_tag(run_id, "t1")
    yield "parent", client.get_parent_run(run_id)
    yield "missing run", lambda: client.get_run("0" * 32)
    yield "bad run id", lambda: client.get_run("../x")
    yield "name and tag differ", lambda: client.create_run("0", run_name="a", tags={"mlflow.runName": "b"})


def used(client: MlflowClient, run_id: str) -> Iterator[tuple[str, Any]]:
    first = Dataset("d", "1", "local", "{}", "[]", "{}")
    inputs = [
        DatasetInput(first, [InputTag("mlflow.data.context", "train")]),
        DatasetInput(Dataset("e", "2", "s3", "{}")),
        DatasetInput(first, [InputTag("mlflow.data.context", "test")]),
    ]
    yield "log_inputs", client.log_inputs(run_id, inputs)
    yield "log_inputs again", client.log_inputs(run_id, inputs[:1])
    yield "inputs", client.get_run(run_id).inputs
    yield "long digest", lambda: client.log_inputs(run_id, [DatasetInput(Dataset("d", "1" * 37, "local", "{}"))])


def searched(client: MlflowClient, number: str) -> Iterator[tuple[str, Any]]:
    for index in range(7):
        run = client.create_run(number, start_time=2_000 + index, run_name=f"r{index}", tags={"parity": str(index % 2)})
        client.log_metric(run.info.run_id, "loss", math.nan if index == 3 else index % 4, timestamp=1)
        client.set_terminated(run.info.run_id, end_time=10_000 - index)
    page = client.search_runs([number], max_results=3)
    yield "first runs", [run.info.run_name for run in page]
    yield "more runs", [run.info.run_name for run in client.search_runs([number], max_results=3, page_token=page.token)]
    for order in ("metrics.loss", "metrics.loss DESC", "attributes.end_time", "tags.parity DESC", "params.p1"):
        found = client.search_runs([number], order_by=[order, "run_name"])
        yield f"by {order}", [run.info.run_name for run in found]
    for title, condition in FILTERS.items():
        yield (
            title,
            lambda condition=condition: [
                run.info.run_name for run in client.search_runs([number], condition, order_by=["run_name"])
            ],
        )
    yield (
        "an order that is given twice",
        lambda: bool(client.search_runs([number], order_by=["metrics.loss", "metrics.loss DESC"])),
    )
    yield "bad order", lambda: client.search_runs([number], order_by=["colour"])
    yield "bad token", lambda: client.search_runs([number], page_token="nonsense")
    yield "no runs at all", lambda: client.search_runs([number], max_results=0)
    yield "too many runs", lambda: client.search_runs([number], max_results=50_001)
    yield "unknown experiment", client.search_runs(["4711"])
    yield "no experiment", client.search_runs([])


FILTERS = {
    "not equal to NaN": "metrics.loss != 1",
    "greater": "metrics.loss > 1.5",
    "time": "attributes.start_time >= 2003",
    "created": "created < 2002",
    "run id list": "run_id IN ('a', 'b')",
    "no run id list": "run_id NOT IN ('a', 'b')",
    "user": "user_id = 'nobody'",
    "artifacts": "artifact_uri LIKE '%artifacts'",
    "like is sensitive to case": "run_name LIKE 'R%'",
    "digest": "dataset.digest = '2'",
    "tag is missing": "tags.parity IS NULL",
    "double quotes": 'tags."parity" = "1"',
    "OR in a filter": "run_name = 'r1' OR run_name = 'r2'",
    "parentheses in a filter": "(run_name = 'r1')",
    "metric compared with text": "metrics.loss = 'low'",
    "no such attribute": "attributes.colour = 'red'",
    "an open quote": "tags.parity = 'x",
    "comparator of a param": "params.p1 > '3'",
}


def deleted(client: MlflowClient, number: str, run_id: str) -> Iterator[tuple[str, Any]]:
    yield "delete_run", client.delete_run(run_id)
    yield "delete_run again", client.delete_run(run_id)
    yield "deleted run", client.get_run(run_id).info.lifecycle_stage
    yield "write to it", lambda: client.log_metric(run_id, "m", 1)
    yield "tag it", lambda: client.set_tag(run_id, "m", 1)
    yield "end it", lambda: client.set_terminated(run_id)
    found = client.search_runs([number], run_view_type=ViewType.DELETED_ONLY)
    yield "deleted runs", [run.info.run_name for run in found]
    yield "restore_run", client.restore_run(run_id)
    yield "restore_run again", client.restore_run(run_id)
    yield "restored run", client.get_run(run_id).info.lifecycle_stage
    client.delete_experiment(number)
    yield "deleted with its experiment", client.get_run(run_id).info.lifecycle_stage
    client.restore_experiment(number)
    yield "restored with its experiment", client.get_run(run_id).info.lifecycle_stage
