"""Logged models by the client: params, tags, metrics on data sets, status, searches with pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus, Metric

DIFFERENCES = {
    "tag key that leads upward": "refused here, as the key of a run's tag is",
    "a metric that is no number": "NaN is kept here; MLflow makes it 0",
    "metric of a missing model": "not found here; MLflow answers with an SQL error",
    "datasets: name": "a data set may be named without its digest; MLflow's server then finds nothing",
    "datasets: two": "a data set may be named without its digest; MLflow's server then finds nothing",
    "metric on a data set": "a data set may be named without its digest; MLflow's server then finds nothing",
    "the same param again": "harmless here, as with a run's params; MLflow answers with an SQL error",
    "search: status": "the status is compared by its name here; MLflow compares a number with a text and finds nothing",
    "search: unknown attribute": "400 here; MLflow answers 500",
    "search: either": "OR can be written here",
    "search: singular": "metric. and metrics. mean the same here, as in searches for runs",
    "search: number in quotes": "400 here; MLflow answers 500",
    "order: by a param": "params can be ordered by here",
    "page of nothing": "max_results below 1 is refused; MLflow gives an empty page whose token leads nowhere",
    "bad token": "400 here; MLflow answers 500",
    "search of an experiment that is no number": "nothing is found; MLflow refuses it",
}


def answers() -> Iterator[tuple[str, Any]]:
    client = MlflowClient()
    experiment = client.create_experiment("logged models")
    run_id = client.create_run(experiment).info.run_id
    yield "create", client.create_logged_model(experiment).status
    model = client.create_logged_model(
        experiment, "first", run_id, {"team": "vision"}, {"depth": "3", "empty": ""}, "agent"
    )
    yield "create with all", shown(model)
    for name in ("a/b", "a:b", "a.b", "a%b", "a'b", 'a"b'):
        yield f"create {name}", lambda name=name: client.create_logged_model(experiment, name)
    yield "create in a missing experiment", lambda: client.create_logged_model("987654")
    yield (
        "tag key that leads upward",
        lambda: client.create_logged_model(experiment, tags={"../x": "y"}).tags,
    )
    yield "get", shown(client.get_logged_model(model.model_id))
    yield "get of what is missing", lambda: client.get_logged_model("m-" + "0" * 32)
    yield from changes(client, model.model_id)
    yield from metrics(client, experiment)
    yield from searches(client, experiment)
    yield "delete", client.delete_logged_model(model.model_id)
    yield "delete again", client.delete_logged_model(model.model_id)
    yield "get of the deleted", lambda: client.get_logged_model(model.model_id)
    store = client._tracking_client.store
    yield "get of the deleted that is allowed", shown(store.get_logged_model(model.model_id, allow_deleted=True))
    yield "tag on the deleted", lambda: client.get_logged_model(model.model_id).tags
    yield "search after that", found(client, experiment, "name = 'first'")
    yield from fluent()


def changes(client: MlflowClient, model_id: str) -> Iterator[tuple[str, Any]]:
    yield "set tags", client.set_logged_model_tags(model_id, {"a": "1", "b.c/d": "é", "team": "audio"})
    yield "set no tags", client.set_logged_model_tags(model_id, {})
    yield "delete a tag", client.delete_logged_model_tag(model_id, "a")
    yield "delete it again", lambda: client.delete_logged_model_tag(model_id, "a")
    yield "delete a tag of what is missing", lambda: client.delete_logged_model_tag("m-" + "0" * 32, "a")
    yield "tags of what is missing", lambda: client.set_logged_model_tags("m-" + "0" * 32, {"a": "b"})
    yield "log params", client.log_model_params(model_id, {"lr": "0.1", "width": 7})
    yield "the same param again", lambda: client.log_model_params(model_id, {"lr": "0.1"})
    yield "params of what is missing", lambda: client.log_model_params("m-" + "0" * 32, {"lr": "0.1"})
    yield "finalize", shown(client.finalize_logged_model(model_id, LoggedModelStatus.READY))
    yield "finalize as failed", client.finalize_logged_model(model_id, "FAILED").status
    yield "finalize again", client.finalize_logged_model(model_id, "READY").status
    yield "finalize of what is missing", lambda: client.finalize_logged_model("m-" + "0" * 32, "READY")
    yield "changed", shown(client.get_logged_model(model_id))


def metrics(client: MlflowClient, experiment: str) -> Iterator[tuple[str, Any]]:
    run_id = client.create_run(experiment).info.run_id
    for index in range(4):
        model = client.create_logged_model(
            experiment, f"tried_{index}", run_id, {"parity": str(index % 2)}, {"depth": str(index)}, "tree"
        )
        client.finalize_logged_model(model.model_id, "READY")
        client.log_metric(run_id, "score", index / 4, 1_000, index, model_id=model.model_id)
        points = (("train", "d1", index), ("train", "d2", -index), ("test", "d3", index * 2))
        for step, (name, digest, value) in enumerate(points):  # MLflow keeps one point of a time and a step
            client.log_metric(
                run_id,
                "rank",
                value,
                timestamp=2_000 + index,
                step=step,
                dataset_name=name,
                dataset_digest=digest,
                model_id=model.model_id,
            )
    last = [
        Metric("batch", 0.5, 3_000, 0, model_id=model.model_id, run_id=run_id),
        Metric("batch", 0.25, 3_001, 1, model_id=model.model_id, run_id=run_id),
        Metric("plain", 0.75, 3_001, 1),
    ]
    client.log_batch(run_id, last)
    yield "metrics", shown(client.get_logged_model(model.model_id))
    client.log_metric(run_id, "nan", float("nan"), 1_000, 0, model_id=model.model_id)
    kept = client.get_logged_model(model.model_id).metrics
    yield "a metric that is no number", [metric.value for metric in kept if metric.key == "nan"]
    yield "metrics of the run", client.get_run(run_id).data.metrics
    yield (
        "metric of a missing model",
        lambda: client.log_metric(run_id, "score", 1, 1_000, 0, model_id="m-" + "0" * 32),
    )


def searches(client: MlflowClient, experiment: str) -> Iterator[tuple[str, Any]]:
    for title, condition in FILTERS.items():
        yield f"search: {title}", lambda condition=condition: found(client, experiment, condition)
    for title, order in ORDERS.items():
        yield (
            f"order: {title}",
            lambda order=order: found(client, experiment, "name LIKE 'tried%'", order_by=order),
        )
    for title, datasets in DATASETS.items():
        yield (
            f"datasets: {title}",
            lambda datasets=datasets: found(client, experiment, "name LIKE 'tried%'", datasets=datasets),
        )
    yield (
        "metric on a data set",
        found(client, experiment, "metrics.rank > 3", datasets=[{"dataset_name": "test"}]),
    )
    yield (
        "metric on another data set",
        found(client, experiment, "metrics.rank > 3", datasets=[{"dataset_name": "train"}]),
    )
    pages, token = [], None
    while True:
        page = client.search_logged_models(
            [experiment],
            "name LIKE 'tried%'",
            max_results=3,
            order_by=[{"field_name": "metrics.score", "ascending": False}],
            page_token=token,
        )
        pages.append([model.name for model in page])
        token = page.token
        if not token:
            break
    yield "pages", pages
    yield "page of nothing", lambda: client.search_logged_models([experiment], max_results=-1)
    yield "bad token", lambda: client.search_logged_models([experiment], page_token="nonsense")
    yield "search of no experiments", lambda: client.search_logged_models([])
    yield "search of a missing experiment", lambda: client.search_logged_models(["987654"])
    yield "search of an experiment that is no number", lambda: client.search_logged_models(["x"])


def fluent() -> Iterator[tuple[str, Any]]:
    mlflow.set_experiment("logged fluent")
    frame = pd.DataFrame({"x": [1, 2, 3], "y": [0.5, 1.5, 2.5]})
    dataset = mlflow.data.from_pandas(frame, name="numbers")
    with mlflow.start_run() as run:
        model = mlflow.initialize_logged_model("by_hand", params={"depth": "2"}, tags={"t": "v"})
        yield "initialize_logged_model", shown(model)
        mlflow.set_active_model(model_id=model.model_id)
        yield "active model", mlflow.get_active_model_id() == model.model_id
        mlflow.log_metric("loss", 0.5, step=1, timestamp=1_000)
        mlflow.log_metrics({"acc": 0.75}, step=2, timestamp=1_000, model_id=model.model_id, dataset=dataset)
        mlflow.log_model_params({"width": "8"}, model_id=model.model_id)
        mlflow.set_logged_model_tags(model.model_id, {"u": "w"})
        mlflow.delete_logged_model_tag(model.model_id, "t")
        mlflow.finalize_logged_model(model.model_id, "READY")
        yield "last_logged_model", mlflow.last_logged_model() is not None
    yield "what it has become", shown(mlflow.get_logged_model(model.model_id))
    yield "outputs of the run", mlflow.get_run(run.info.run_id).outputs
    mlflow.clear_active_model()
    external = mlflow.create_external_model("elsewhere", model_type="agent")
    yield "create_external_model", shown(external)
    yield (
        "search_logged_models",
        [found.name for found in mlflow.search_logged_models(output_format="list", order_by=[{"field_name": "name"}])],
    )
    yield "columns of the table", sorted(mlflow.search_logged_models().columns)


FILTERS = {
    "everything": "name LIKE 'tried%'",
    "name": "name = 'tried_1'",
    "in attributes": "attributes.name = 'tried_1'",
    "not": "name != 'tried_1' AND name LIKE 'tried%'",
    "ilike": "name ILIKE 'TRIED%'",
    "lower-case operator": "name like 'tried%'",
    "in": "name IN ('tried_1', 'tried_3')",
    "not in": "name NOT IN ('tried_1', 'tried_3') AND name LIKE 'tried%'",
    "model type": "model_type = 'tree'",
    "status": "status = 'READY'",
    "time": "creation_time > 5 AND name LIKE 'tried%'",
    "time, in full": "creation_timestamp > 5 AND name LIKE 'tried%'",
    "param": "params.depth = '2'",
    "param, not": "params.depth != '2' AND name LIKE 'tried%'",
    "tag": "tags.parity = '1'",
    "quoted tag": "tags.`parity` = '1'",
    "metric": "metrics.score >= 0.25",
    "two metrics": "metrics.score >= 0.25 AND metrics.rank > 3",
    "metric that nobody has": "metrics.nothing > 0",
    "metric, param and tag": "metrics.score > 0 AND params.depth != '3' AND tags.parity = '1'",
    "singular": "metric.score > 0.5",
    "either": "name = 'tried_1' OR name = 'tried_2'",
    "unknown attribute": "color = 'red'",
    "unknown kind": "colors.x = 'red'",
    "number in quotes": "metrics.score > '0.5'",
    "greater than a name": "name > 'a'",
    "nonsense": "name =",
}
ORDERS = {
    "name": [{"field_name": "name", "ascending": False}],
    "creation": [{"field_name": "creation_timestamp", "ascending": True}],
    "metric": [{"field_name": "metrics.score"}],
    "metric, descending": [{"field_name": "metrics.score", "ascending": False}],
    "metric on a data set": [
        {"field_name": "metrics.rank", "ascending": True, "dataset_name": "train", "dataset_digest": "d2"}
    ],
    "metric that one has": [{"field_name": "metrics.batch"}, {"field_name": "name"}],
    "metric that nobody has": [{"field_name": "metrics.nothing"}, {"field_name": "name"}],
    "unknown": [{"field_name": "color"}],
    "unknown kind": [{"field_name": "colors.x"}],
    "by a param": [{"field_name": "params.depth"}],
}
DATASETS = {
    "name": [{"dataset_name": "train"}],
    "digest": [{"dataset_name": "train", "dataset_digest": "d2"}],
    "unknown digest": [{"dataset_name": "train", "dataset_digest": "d9"}],
    "two": [{"dataset_name": "nothing"}, {"dataset_name": "test"}],
}


def found(client: MlflowClient, experiment: str, condition: str, **wanted: Any) -> list[str]:
    wanted.setdefault("order_by", [{"field_name": "name"}])
    return [model.name for model in client.search_logged_models([experiment], condition, **wanted)]


def shown(model: Any) -> dict[str, Any]:
    """A logged model, its metrics in an order of their own."""
    fields: dict[str, Any] = model.to_dictionary()
    fields["metrics"] = sorted(
        [metric.key, str(metric.value), metric.timestamp, metric.step, metric.dataset_name, metric.dataset_digest]
        for metric in model.metrics or []
    )
    return fields
