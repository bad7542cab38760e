"""Raw requests: the status and the code of right and wrong ones, as a client in another language makes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import requests

URL = os.environ["MLFLOW_TRACKING_URI"]

DIFFERENCES = {
    "body is a list": "MLflow answers 500",
    "camel case": "MLflow knows such names of fields that need not be there only",
    "unknown path": "MLflow's answer is a web page",
    "wrong method": "MLflow's answer is a web page",
    "fraction for an integer": "MLflow says 200 and cuts it",
    "NaN that is no JSON": "MLflow says 200 and stores 0 at time 0",
    "unknown view": "MLflow says 200 and ignores it",
    "number in a list of texts": "MLflow says 200 and takes what it can read",
    "unknown status": "MLflow says 200 and ignores the whole request",
    "no experiment id": "MLflow's code is BAD_REQUEST, and its message shows SQL",
    "no start time": "MLflow stores 1970, Runyard the time of the request",
    "params in an artifact location": "MLflow looks at some schemes only",
    "models location": "MLflow stores it and fails when an artifact is logged",
    "data set is missing": "MLflow says 200 and stores a data set without a name",
    "data set without a name": "MLflow stores it",
    "bad bulk page": "MLflow answers 500",
    "samples": "MLflow takes every n-th point and loses spikes; Runyard keeps extremes, and may give fewer points",
}


def answers() -> Iterator[tuple[str, Any]]:
    number = call("POST", "experiments/create", {"name": "http"})["body"]["experiment_id"]
    created = call("POST", "runs/create", {"experiment_id": number, "start_time": 5, "user_id": "u", "run_name": "n"})
    run = created["body"]["run"]["info"]["run_id"]
    yield "created", created
    yield from shapes(number, run)
    yield from experiments(number)
    yield from runs(number, run)
    yield from metrics(number, run)


def shapes(number: str, run: str) -> Iterator[tuple[str, Any]]:
    path = "experiments/create"
    yield "no content type", refused(raw("POST", path, data=b"{}"))
    yield "wrong content type", refused(raw("POST", path, data=b"{}", headers={"Content-Type": "text/plain"}))
    yield "malformed", refused(raw("POST", path, data=b"{", headers=JSON))
    yield "decoded twice", raw("POST", path, data=b'"{\\"name\\": \\"twice\\"}"', headers=JSON).status_code
    yield "body is a list", refused(raw("POST", path, data=b"[]", headers=JSON))
    yield "number for a text", refused(raw("POST", path, json={"name": 5}))
    yield "null", refused(raw("POST", path, json={"name": None}))
    yield "unknown field", raw("POST", path, json={"name": "unknown", "x": 1}).status_code
    yield "camel case", raw("POST", "experiments/update", json={"experimentId": number, "newName": "a"}).status_code
    yield "snake case", call("POST", "experiments/update", {"experiment_id": number, "new_name": "snake"})
    point = {"run_id": run, "key": "shape", "value": "0.5", "timestamp": "7", "step": "2"}
    yield "numbers as texts", call("POST", "runs/log-metric", point)
    yield "fraction for an integer", call("POST", "runs/log-metric", {**point, "step": 1.5})
    yield "word for a number", call("POST", "runs/log-metric", {**point, "value": "high"})
    yield "no value", call("POST", "runs/log-metric", {"run_id": run, "key": "shape", "timestamp": 1})
    yield "old name of a run's id", call("GET", "runs/get", {"run_uuid": run})
    other = call("POST", "runs/create", {"experiment_id": number, "start_time": 1, "run_name": "bare"})
    other_id = other["body"]["run"]["info"]["run_id"]
    body = b'{"run_id": "%s", "key": "bare", "value": NaN, "timestamp": 1}' % other_id.encode()
    raw("POST", "runs/log-metric", data=body, headers=JSON)
    found = call("GET", "metrics/get-history", {"run_id": other_id, "metric_key": "bare"})
    yield "NaN that is no JSON", found
    yield "unknown path", refused(raw("GET", "experiments/list"))
    yield "wrong method", refused(raw("GET", "runs/search"))
    other = requests.get(f"{URL}/ajax-api/2.0/mlflow/runs/get", params={"run_id": run}, timeout=60)
    yield "the browser's prefix", other.json()


def experiments(number: str) -> Iterator[tuple[str, Any]]:
    yield "get", call("GET", "experiments/get", {"experiment_id": number})
    yield "get nothing", call("GET", "experiments/get", {})
    yield "not a number", call("GET", "experiments/get", {"experiment_id": "abc"})
    yield "missing", call("GET", "experiments/get", {"experiment_id": "987"})
    yield "missing name", call("GET", "experiments/get-by-name", {"experiment_name": "none"})
    yield "no new name", call("POST", "experiments/update", {"experiment_id": number})
    yield "search without a size", call("POST", "experiments/search", {})
    yield (
        "search by GET",
        call("GET", "experiments/search", {"max_results": 2, "order_by": ["name"], "filter": "name = 'snake'"}),
    )
    yield "empty search", call("GET", "experiments/search", {"max_results": 2, "filter": "name = 'none'"})
    yield "unknown view", call("POST", "experiments/search", {"max_results": 1, "view_type": "SOME"})
    yield "bad filter", call("POST", "experiments/search", {"max_results": 1, "filter": "x = 'y'"})
    yield "tag without a key", call("POST", "experiments/set-experiment-tag", {"experiment_id": number, "value": "v"})
    yield "tag without a value", call("POST", "experiments/set-experiment-tag", {"experiment_id": number, "key": "v"})
    locations = {
        "fragment in an artifact location": "s3://b/a#x",
        "params in an artifact location": "s3://b/a;x",
        "query in an artifact location": "s3://b/a?x=..",
        "http location": "http://10.0.0.1/x",
        "host of a proxy": "mlflow-artifacts://10.0.0.1:5000/x",
        "runs location": "runs:/x/y",
        "models location": "models:/x/y",
    }
    for title, location in locations.items():
        yield title, call("POST", "experiments/create", {"name": title, "artifact_location": location})
    yield (
        "an artifact location",
        bool(call("POST", "experiments/create", {"name": "s3", "artifact_location": "s3://b/a"})),
    )


def runs(number: str, run: str) -> Iterator[tuple[str, Any]]:
    yield "no experiment id", call("POST", "runs/create", {})
    started = call("POST", "runs/create", {"experiment_id": number, "run_name": "later"})["body"]["run"]["info"]
    yield "no start time", started["start_time"]
    yield "number in a list of texts", call("POST", "runs/search", {"experiment_ids": [0]})
    yield "search", call("POST", "runs/search", {"experiment_ids": [number], "filter": "run_name = 'n'"})
    yield "empty page", call("POST", "runs/search", {"experiment_ids": [number], "filter": "run_name = 'x'"})
    yield "size", call("POST", "runs/search", {"experiment_ids": [number], "max_results": 50_001})
    yield "order is no list", call("POST", "runs/search", {"experiment_ids": [number], "order_by": "run_name"})
    yield "unknown status", call("POST", "runs/update", {"run_id": run, "status": "DONE"})
    yield "status by number", call("POST", "runs/update", {"run_id": run, "status": 3, "end_time": 8})
    yield "nothing to update", call("POST", "runs/update", {"run_id": run})
    yield "empty batch", call("POST", "runs/log-batch", {"run_id": run})
    yield "batch without a run", call("POST", "runs/log-batch", {})
    yield (
        "metric without a key",
        call("POST", "runs/log-batch", {"run_id": run, "metrics": [{"value": 1, "timestamp": 1}]}),
    )
    yield (
        "metric without a time",
        call("POST", "runs/log-batch", {"run_id": run, "metrics": [{"key": "a", "value": 1}]}),
    )
    many = [{"key": "a", "value": 1, "timestamp": step, "step": step} for step in range(1_001)]
    yield "too many metrics", call("POST", "runs/log-batch", {"run_id": run, "metrics": many})
    yield "as many as possible", call("POST", "runs/log-batch", {"run_id": run, "metrics": many[1:]})
    params = [{"key": str(index), "value": "x"} for index in range(101)]
    yield "too many params", call("POST", "runs/log-batch", {"run_id": run, "params": params})
    yield "too many tags", call("POST", "runs/log-batch", {"run_id": run, "tags": params})
    yield (
        "too many of all",
        call(
            "POST", "runs/log-batch", {"run_id": run, "tags": params[1:], "params": params[1:], "metrics": many[200:]}
        ),
    )
    yield "param without a value", call("POST", "runs/log-parameter", {"run_id": run, "key": "none"})
    yield "tag without a value of a run", call("POST", "runs/set-tag", {"run_id": run, "key": "none"})
    other = call("POST", "runs/create", {"experiment_id": "0", "start_time": 1, "run_name": "unnamed"})
    nameless = {"run_id": other["body"]["run"]["info"]["run_id"], "datasets": [{"dataset": {}}]}
    yield "data set without a name", call("POST", "runs/log-inputs", nameless)
    yield "data set is missing", call("POST", "runs/log-inputs", {**nameless, "datasets": [{}]})
    dataset = {"name": "d", "digest": "1", "source_type": "local", "source": "{}"}
    yield "data set", call("POST", "runs/log-inputs", {"run_id": run, "datasets": [{"dataset": dataset}]})
    summaries = requests.post(
        f"{URL}/ajax-api/2.0/mlflow/experiments/search-datasets", json={"experiment_ids": [number]}, timeout=60
    )
    yield "data sets of an experiment", summaries.json()
    model = '{"run_id": "r", "artifact_path": "m", "utc_time_created": "now", "flavors": {"f": {"a": 1, "config": {}}}}'
    yield "model of an old client", call("POST", "runs/log-model", {"run_id": run, "model_json": model})
    yield "half a model", call("POST", "runs/log-model", {"run_id": run, "model_json": "{}"})
    yield "no model", call("POST", "runs/log-model", {"run_id": run, "model_json": "{"})
    yield "outputs without models", call("POST", "runs/outputs", {"run_id": run})
    yield "all of it", call("GET", "runs/get", {"run_id": run})


def metrics(number: str, run: str) -> Iterator[tuple[str, Any]]:
    points = [{"key": "curve", "value": step % 7, "timestamp": 10 + step % 3, "step": step} for step in range(40)]
    call("POST", "runs/log-batch", {"run_id": run, "metrics": points})
    history = {"run_id": run, "metric_key": "curve"}
    yield "history", call("GET", "metrics/get-history", history)
    first = call("GET", "metrics/get-history", {**history, "max_results": 30})["body"]
    yield "first page", first["metrics"]
    yield (
        "second page",
        call("GET", "metrics/get-history", {**history, "max_results": 30, "page_token": first["next_page_token"]}),
    )
    yield "no page", call("GET", "metrics/get-history", {**history, "max_results": 0})
    yield "bad token of a history", call("GET", "metrics/get-history", {**history, "max_results": 3, "page_token": "x"})
    yield "no key", call("GET", "metrics/get-history", {"run_id": run})
    yield "no run", call("GET", "metrics/get-history", {"metric_key": "curve"})
    yield "unknown run", call("GET", "metrics/get-history", {"run_id": "0" * 32, "metric_key": "curve"})
    bulk = f"{URL}/ajax-api/2.0/mlflow/metrics/get-history-bulk"
    some: dict[str, Any] = {"run_id": [run], "metric_key": "curve", "max_results": 5}
    found = requests.get(bulk, params=some, timeout=60)
    yield "bulk", found.json()
    yield "bulk of nothing", requests.get(bulk, params={"run_id": [run], "metric_key": "none"}, timeout=60).json()
    yield "bulk without runs", refused(requests.get(bulk, params={"metric_key": "x"}, timeout=60))
    yield "bulk without a key", refused(requests.get(bulk, params={"run_id": run}, timeout=60))
    query: dict[str, Any] = {"run_id": run, "metric_key": "x", "max_results": "x"}
    yield "bad bulk page", refused(requests.get(bulk, params=query, timeout=60))
    interval = {"run_ids": [run], "metric_key": "curve"}
    path = "metrics/get-history-bulk-interval"
    yield "all between", call("GET", path, {**interval, "start_step": 5, "end_step": 9})
    yield "everything", call("GET", path, interval)
    yield "samples", call("GET", path, {**interval, "max_results": 10})
    yield "half an interval", call("GET", path, {**interval, "start_step": 5})
    yield "interval backwards", call("GET", path, {**interval, "start_step": 5, "end_step": 4})
    yield "too many samples", call("GET", path, {**interval, "max_results": 2_501})
    yield "no runs", call("GET", path, {"metric_key": "curve"})
    yield "unknown runs", call("GET", path, {"run_ids": ["0" * 32], "metric_key": "curve"})


JSON = {"Content-Type": "application/json"}


def raw(method: str, path: str, **named: Any) -> requests.Response:
    return requests.request(method, f"{URL}/api/2.0/mlflow/{path}", timeout=60, **named)


def call(method: str, path: str, fields: dict[str, Any]) -> Any:
    """The answer's status and body; of an error its code only, for the words are each server's own."""
    answer = raw(method, path, **({"params": fields} if method == "GET" else {"json": fields}))
    return {"status": answer.status_code, "body": answer.json()} if answer.ok else refused(answer)


def refused(answer: requests.Response) -> Any:
    try:
        return {"status": answer.status_code, "code": answer.json().get("error_code")}
    except requests.JSONDecodeError:
        return {"status": answer.status_code, "page": True}
