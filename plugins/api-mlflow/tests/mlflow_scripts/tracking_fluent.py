"""The fluent tracking API: experiments, nested runs, params, metrics, tags, data sets, searches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import mlflow
import pandas as pd
from mlflow import MlflowClient


def answers() -> Iterator[tuple[str, Any]]:
    client = MlflowClient()
    yield "set_experiment creates", mlflow.set_experiment("fluent/one")
    yield "set_experiment finds", mlflow.set_experiment("fluent/one")
    experiment_id = mlflow.get_experiment_by_name("fluent/one").experiment_id
    yield "set_experiment by id", mlflow.set_experiment(experiment_id=experiment_id)
    yield "tag of the experiment", lambda: mlflow.set_experiment_tag("team", "vision")
    with mlflow.start_run(run_name="parent", tags={"stage": "train"}, description="all of it") as parent:
        yield "the active run", mlflow.active_run()
        yield from logged()
        yield from nested()
        yield from used()
    run_id = parent.info.run_id
    yield "the finished run", mlflow.get_run(run_id)
    yield from failed()
    with mlflow.start_run(run_id=run_id) as again:
        yield "resumed", again.info.status
        mlflow.log_metric("loss", 0.1, step=9, timestamp=9_000)
    yield "the latest of a metric", mlflow.get_run(run_id).data.metrics
    yield "history", client.get_metric_history(run_id, "loss")
    yield "history of nothing", client.get_metric_history(run_id, "nothing")
    yield from searched()
    yield "delete_experiment", lambda: mlflow.delete_experiment(experiment_id)
    yield "the deleted experiment", mlflow.get_experiment_by_name("fluent/one").lifecycle_stage
    yield "set_experiment to a deleted one", lambda: mlflow.set_experiment("fluent/one")


def logged() -> Iterator[tuple[str, Any]]:
    yield "log_param", mlflow.log_param("lr", 0.01)
    yield "log_params", lambda: mlflow.log_params({"depth": 4, "name": "tree", "empty": "", "long": "x" * 7000})
    yield "the same param again", lambda: mlflow.log_param("lr", 0.01)
    yield "another value of a param", lambda: mlflow.log_param("lr", 0.02)
    yield "log_metric", lambda: mlflow.log_metric("loss", 0.5, step=1, timestamp=1_000)
    yield "log_metric again", lambda: mlflow.log_metric("loss", 0.5, step=1, timestamp=1_000)
    yield "an earlier step", lambda: mlflow.log_metric("loss", 0.9, step=0, timestamp=2_000)
    yield "log_metrics", lambda: mlflow.log_metrics({"acc": 0.9, "f1": 1e-300}, step=3, timestamp=3_000)
    yield "not a number", lambda: mlflow.log_metric("nan", math.nan, step=1, timestamp=1_000)
    yield "negative step", lambda: mlflow.log_metric("early", 1.0, step=-5, timestamp=1_000)
    yield "set_tag", lambda: mlflow.set_tag("kind", "baseline")
    yield "set_tags", lambda: mlflow.set_tags({"a": 1, "b.c/d e:f": "é", "long": "y" * 9000})
    yield "delete_tag", lambda: mlflow.delete_tag("a")
    yield "delete_tag of what is missing", lambda: mlflow.delete_tag("a")


def nested() -> Iterator[tuple[str, Any]]:
    for index in range(3):
        with mlflow.start_run(run_name=f"child {index}", nested=True) as child:
            mlflow.log_param("index", index)
            mlflow.log_metric("score", index / 2, step=index, timestamp=1_000)
    yield "the last child", mlflow.get_run(child.info.run_id)


def used() -> Iterator[tuple[str, Any]]:
    frame = pd.DataFrame({"x": [1, 2, 3], "y": [0.5, 1.5, 2.5]})
    dataset = mlflow.data.from_pandas(frame, name="numbers", targets="y")
    mlflow.log_input(dataset, context="training")
    mlflow.log_input(dataset, context="training")
    mlflow.log_input(mlflow.data.from_pandas(frame.head(2), name="fewer"), context="test", tags={"part": "2"})
    yield "log_input", mlflow.get_run(mlflow.active_run().info.run_id).inputs


def failed() -> Iterator[tuple[str, Any]]:
    with suppress(ZeroDivisionError), mlflow.start_run(run_name="broken"):
        mlflow.log_metric("ratio", 1 / 0)
    yield "a failed run", mlflow.last_active_run()


def searched() -> Iterator[tuple[str, Any]]:
    for title, condition in FILTERS.items():
        yield f"search: {title}", lambda condition=condition: names(condition)
    yield "search by several", names("", order_by=["params.index DESC", "attributes.run_name ASC"])
    yield "search by metric", names("", order_by=["metrics.score DESC"])
    yield "search, limited", names("", max_results=2)
    found = mlflow.search_runs(
        experiment_names=["fluent/one"], output_format="list", filter_string="tags.stage = 'train'"
    )
    yield "search by experiment name", [run.info.run_name for run in found]
    yield "columns of the table", sorted(mlflow.search_runs(experiment_names=["fluent/one"]).columns)
    experiments = mlflow.search_experiments(filter_string="name LIKE 'fluent/%'")
    yield "search_experiments", [experiment.name for experiment in experiments]


FILTERS = {
    "tag": "tags.stage = 'train'",
    "param as text": "params.depth = '4'",
    "metric": "metrics.score > 0.4",
    "metric is NaN": "metrics.nan = 1",
    "several": "metrics.score >= 0 AND params.index = '0'",
    "like": "attributes.run_name LIKE 'child%'",
    "ilike": "attributes.run_name ILIKE 'CHILD%'",
    "status": "status = 'FAILED'",
    "not": "params.index != '1'",
    "null": "params.index IS NULL",
    "not null": "tags.kind IS NOT NULL",
    "data set": "dataset.name = 'numbers'",
    "context": "datasets.context IN ('test', 'validation')",
    "quoted key": "tags.`b.c/d e:f` = 'é'",
    "nothing known": "metrics.unknown > 0",
    "nonsense": "metrics.score >",
    "bad identifier": "wrong.key = 'x'",
    "number for a text": "params.index = 1 AND",
}


def names(condition: str, **wanted: Any) -> list[str]:
    """The names of the runs that are found, in their order."""
    order = wanted.pop("order_by", ["attributes.run_name"])
    found = mlflow.search_runs(filter_string=condition, order_by=order, output_format="list", **wanted)
    return [run.info.run_name for run in found]
