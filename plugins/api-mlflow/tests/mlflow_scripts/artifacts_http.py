"""The artifact endpoints by plain HTTP: codes, headers and bodies that no client of MLflow shows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import mlflow
import requests
from mlflow import MlflowClient

DIFFERENCES = {
    "list with an empty file": "MLflow tells no size of an empty file",
    "put with a number sign": "MLflow refuses names that its client cannot read; other clients can",
    "get with a number sign": "the same",
    "get": "a charset is told with text, and names are always in quotes",
    "get a page": "names are always in quotes",
    "put a folder": "MLflow's message lies in another field, and there is no code",
    "get a folder": "the same",
    "put below a file": "MLflow fails with 500, which its clients send again and again",
    "part after the end": "ranges are offered here too",
    "delete absolute": "MLflow takes it for a path below its root",
    "no run": "MLflow looks for a run called None",
    "parts": "MLflow takes parts on object stores only",
}
PROXY = "/api/2.0/mlflow-artifacts"


def ask(method: str, path: str, *, shows: bool = True, **arguments: Any) -> dict[str, Any]:
    """The status, the headers that matter and the body of an answer."""
    answer = requests.request(method, os.environ["MLFLOW_TRACKING_URI"] + path, timeout=60, **arguments)
    names = ("Content-Disposition", "Content-Range", "Accept-Ranges")
    headers = {name: answer.headers[name] for name in names if name in answer.headers}
    kind = answer.headers.get("Content-Type", "")
    body: Any = answer.json() if kind.startswith("application/json") and answer.content else answer.text
    if isinstance(body, Mapping) and "error_code" in body:
        body = {"error_code": body["error_code"]}
    return {"status": answer.status_code, "type": kind, **headers, "body": body if shows else ""}


def answers() -> Iterator[tuple[str, Any]]:
    with mlflow.start_run() as run:
        root = run.info.artifact_uri.removeprefix("mlflow-artifacts:").strip("/")
        yield from proxied(f"{PROXY}/artifacts/{root}", root)
        yield from of_the_run(run.info.run_id, f"{PROXY}/artifacts/{root}")
        yield from of_a_model(run.info.run_id, run.info.experiment_id)


def proxied(url: str, root: str) -> Iterator[tuple[str, Any]]:
    yield "put", ask("PUT", f"{url}/a.txt", data=b"0123456789")["status"]
    yield (
        "put by the other prefix",
        ask("PUT", f"/ajax{url[1:]}/b/c.bin".replace("/ajaxapi", "/ajax-api"), data=b"x")["status"],
    )
    yield "put a page", ask("PUT", f"{url}/page.html", data=b"<p>")["status"]
    yield "get", ask("GET", f"{url}/a.txt")
    yield "get a page", ask("GET", f"{url}/page.html")
    yield "get a missing one", ask("GET", f"{url}/missing")
    yield "get a folder", ask("GET", f"{url}/b")
    yield "put a folder", ask("PUT", f"{url}/b/", data=b"x")
    yield "put below a file", ask("PUT", f"{url}/a.txt/below", data=b"x")["status"]
    yield "get below a file", ask("GET", f"{url}/a.txt/below")["status"]
    yield "head", ask("HEAD", f"{url}/a.txt")["status"]
    for name, asked in (
        ("a part", "bytes=2-4"),
        ("the end", "bytes=-3"),
        ("from", "bytes=7-"),
        ("too much", "bytes=5-99"),
    ):
        answer = ask("GET", f"{url}/a.txt", headers={"Range": asked})
        yield f"get {name}", [answer["status"], answer["body"], answer["Content-Range"]]
    yield "part after the end", ask("GET", f"{url}/a.txt", headers={"Range": "bytes=10-"})
    yield "list", ask("GET", f"{PROXY}/artifacts", params={"path": root})
    yield "list a missing folder", ask("GET", f"{PROXY}/artifacts", params={"path": f"{root}/none"})
    yield "list a file", ask("GET", f"{PROXY}/artifacts", params={"path": f"{root}/a.txt"})
    yield "list upward", ask("GET", f"{PROXY}/artifacts", params={"path": "../.."})
    for name, path in {"upward": "%2e%2e/x", "twice": "%252e%252e/x", "absolute": "%2Fetc/passwd"}.items():
        yield f"get {name}", ask("GET", f"{PROXY}/artifacts/{path}")
        yield f"put {name}", ask("PUT", f"{PROXY}/artifacts/{path}", data=b"x")["status"]
        yield f"delete {name}", ask("DELETE", f"{PROXY}/artifacts/{path}")["status"]
    yield "delete", ask("DELETE", f"{url}/b")
    yield "delete again", ask("DELETE", f"{url}/b")
    yield "put an empty file", ask("PUT", f"{url}/empty", data=b"")["status"]
    yield "get an empty file", ask("GET", f"{url}/empty")["body"]
    yield "list with an empty file", ask("GET", f"{PROXY}/artifacts", params={"path": root})
    yield "put with a number sign", ask("PUT", f"{url}/x/a%23b", data=b"x")["status"]
    yield "get with a number sign", ask("GET", f"{url}/x/a%23b")["status"]
    yield "delete it", ask("DELETE", f"{url}/x")["status"]
    yield "parts", ask("POST", f"{PROXY}/mpu/create/{root}", json={"path": "a.bin", "num_parts": 1})["status"]
    yield "presigned", ask("GET", f"{PROXY}/presigned/{root}/a.txt")


def of_the_run(run_id: str, url: str) -> Iterator[tuple[str, Any]]:
    listing = "/api/2.0/mlflow/artifacts/list"
    yield "list a run", sorted(file["path"] for file in ask("GET", listing, params={"run_id": run_id})["body"]["files"])
    yield "list a folder of it", ask("GET", listing, params={"run_id": run_id, "path": "none"})["body"]
    yield "list upward of it", ask("GET", listing, params={"run_id": run_id, "path": "../x"})
    yield "list no run", ask("GET", listing, params={"run_id": "0" * 32})
    yield "get-artifact", ask("GET", "/get-artifact", params={"run_id": run_id, "path": "a.txt"})["body"]
    yield "get-artifact upward", ask("GET", "/get-artifact", params={"run_id": run_id, "path": "../a.txt"})
    yield "get-artifact of no run", ask("GET", "/get-artifact", params={"run_id": "0" * 32, "path": "a.txt"})
    yield "no path", ask("GET", "/get-artifact", params={"run_id": run_id})["status"]
    yield "no run", ask("GET", "/get-artifact", params={"path": "a.txt"})["status"]
    page = "/ajax-api/2.0/mlflow/upload-artifact"
    yield "send from a page", ask("POST", page, params={"run_uuid": run_id, "path": "p/q.txt"}, data=b"page")["status"]
    yield "sent from a page", ask("GET", f"{url}/p/q.txt")["body"]
    yield "send nothing", ask("POST", page, params={"run_uuid": run_id, "path": "p/q.txt"})
    yield "send no path", ask("POST", page, params={"run_uuid": run_id}, data=b"x")
    yield "send no run", ask("POST", page, params={"path": "x"}, data=b"x")
    large = b"x" * (10 * 1024 * 1024 + 1)
    yield "send too much", ask("POST", page, params={"run_uuid": run_id, "path": "x"}, data=large)
    body = {"run_id": run_id, "path": "a.txt"}
    yield "presigned url for a proxied run", ask("POST", "/api/2.0/mlflow/artifacts/presigned-upload-url", json=body)
    body = {"run_id": run_id, "model_id": "m-1", "path": "a.txt"}
    yield "presigned url for two", ask("POST", "/api/2.0/mlflow/artifacts/presigned-upload-url", json=body)


def of_a_model(run_id: str, experiment_id: str) -> Iterator[tuple[str, Any]]:
    client = MlflowClient()
    model = client.create_logged_model(experiment_id, name="m", source_run_id=run_id)
    root = model.artifact_location.removeprefix("mlflow-artifacts:").strip("/")
    ask("PUT", f"{PROXY}/artifacts/{root}/data/w.bin", data=b"weights")
    directories = f"/api/2.0/mlflow/logged-models/{model.model_id}/artifacts/directories"
    yield "model folders", ask("GET", directories)
    yield "model folder", ask("GET", directories, params={"artifact_directory_path": "data"})
    yield "model upward", ask("GET", directories, params={"artifact_directory_path": "../.."})
    files = f"/ajax-api/2.0/mlflow/logged-models/{model.model_id}/artifacts/files"
    yield "model file", ask("GET", files, params={"artifact_file_path": "data/w.bin"})["body"]
    yield "model file upward", ask("GET", files, params={"artifact_file_path": "../x"})
    yield "model file without a path", ask("GET", files)["status"]
    client.create_registered_model("registered")
    source = f"models:/{model.model_id}"
    version = client.create_model_version("registered", source, run_id, model_id=model.model_id)
    query = {"name": "registered", "version": version.version, "path": "data/w.bin"}
    yield "version file", ask("GET", "/model-versions/get-artifact", params=query)["body"]
    yield "version file upward", ask("GET", "/model-versions/get-artifact", params={**query, "path": "../../x"})
