"""Where a model version may say that its files lie: never outside of its run or model, never at another host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard.uris import Uri
from runyard_api_mlflow.application import application

API = "/api/2.0/mlflow"
VERSIONS = f"{API}/model-versions"


def ask(client: httpx.Client, path: str, **body: Any) -> Any:
    return client.post(f"{API}/{path}", json=body).json()


def register(client: httpx.Client, source: str, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"{VERSIONS}/create", json={"name": "m", "source": source, **more})
    content: dict[str, Any] = answer.json()
    return answer.status_code, content.get("model_version", content)


def refused(client: httpx.Client, source: str, **more: Any) -> bool:
    """Whether a source is refused as a user's error, and nothing is made."""
    status, answer = register(client, source, **more)
    number = client.get(f"{VERSIONS}/search").json()
    return (status, answer.get("error_code"), number) == (400, "INVALID_PARAMETER_VALUE", {})


@pytest.fixture
def world(client: httpx.Client, tmp_path: Path) -> Mapping[str, str]:
    """A model to register for; runs and logged models, kept by the server and in a local folder."""
    ask(client, "registered-models/create", name="m")
    local = ask(client, "experiments/create", name="local", artifact_location=str(tmp_path / "files"))["experiment_id"]
    found: dict[str, str] = {"folder": str(tmp_path)}
    for name, experiment in (("kept", "0"), ("other", "0"), ("local", local)):
        run = ask(client, "runs/create", experiment_id=experiment, start_time=1)["run"]["info"]
        model = ask(client, "logged-models", experiment_id=experiment, source_run_id=run["run_id"])["model"]["info"]
        found |= {
            f"{name}_run": run["run_id"],
            f"{name}_uri": run["artifact_uri"],
            f"{name}_model": model["model_id"],
            f"{name}_model_uri": model["artifact_uri"],
        }
    return found


def test_a_run_is_filled_in_where_it_is_known(client: httpx.Client, world: Mapping[str, str]) -> None:
    run_id = world["kept_run"]
    for source in (f"runs:/{run_id}/model", f"runs:/{run_id}", f"{world['kept_uri']}/model", world["kept_uri"]):
        status, version = register(client, source)
        assert (status, version["source"], version["run_id"]) == (200, source, run_id)
        assert "model_id" not in version


def test_a_logged_model_is_filled_in_with_its_run(client: httpx.Client, world: Mapping[str, str]) -> None:
    for source in (f"models:/{world['kept_model']}", world["kept_model_uri"], f"{world['kept_model_uri']}/data"):
        status, version = register(client, source)
        assert (status, version["model_id"], version["run_id"]) == (200, world["kept_model"], world["kept_run"])
    status, version = register(client, "s3://bucket/x", model_id=world["kept_model"])
    assert (status, version["model_id"], version["run_id"]) == (200, world["kept_model"], world["kept_run"])


def test_a_run_that_is_kept_elsewhere_is_taken_at_its_word(client: httpx.Client, world: Mapping[str, str]) -> None:
    assert register(client, "runs:/elsewhere/model", run_id="elsewhere")[0] == 200
    assert register(client, "s3://bucket/x", run_id="elsewhere")[1]["run_id"] == "elsewhere"


@pytest.mark.parametrize(
    ("source", "more"),
    [
        ("runs:/unknown/model", {}),
        ("runs:/{kept_run}/model", {"run_id": "{other_run}"}),
        ("runs:/{kept_run}/model", {"model_id": "{other_model}"}),
        ("runs:{kept_run}/model", {}),
        ("runs:", {}),
        ("runs:/", {}),
        ("runs:/a b/model", {}),
        ("runs://host/{kept_run}/model", {"run_id": "{kept_run}"}),
        ("{kept_uri}/model", {"run_id": "{other_run}"}),
        ("{kept_uri}/model", {"run_id": "unknown"}),
        ("{kept_uri}/model", {"model_id": "{kept_model}"}),
        ("{kept_uri}-2/model", {"run_id": "{kept_run}"}),
        ("{kept_uri}-2/model", {}),
        ("mlflow-artifacts:/", {"run_id": "{kept_run}"}),
        ("mlflow-artifacts:/0", {"run_id": "{kept_run}"}),
        ("mlflow-artifacts:/x/{other_run}/artifacts/model", {}),
        ("mlflow-artifacts:/0/nothing/artifacts/model", {}),
        ("mlflow-artifacts:/0/models/m-nothing/artifacts", {}),
        ("mlflow-artifacts:/artifacts/artifacts/artifacts/artifacts/artifacts", {}),
        ("mlflow-artifacts://127.0.0.1:80/0/{kept_run}/artifacts/model", {"run_id": "{kept_run}"}),
        ("mlflow-artifacts://[evil/0/{kept_run}/artifacts/model", {}),
        ("mlflow-artifacts://[evil/0/{kept_run}/artifacts/model", {"run_id": "{kept_run}"}),
        ("mlflow-artifacts://evil/0/{kept_run}/artifacts/model", {}),
        ("models:/{kept_model}", {"model_id": "{other_model}"}),
        ("models:/m-unknown", {}),
        ("models:/m-unknown", {"model_id": "m-unknown"}),
        ("models://host/{kept_model}", {}),
        ("models:/{kept_model}/", {}),
        ("models:/a/b/c", {}),
        ("models:/", {}),
        ("models:", {}),
        ("models:/m@", {}),
        ("models:/m@nobody", {}),
        ("models:/m/Somewhere", {}),
    ],
)
def test_a_source_of_somebody_else_is_refused(
    client: httpx.Client, world: Mapping[str, str], source: str, more: dict[str, str]
) -> None:
    fields = {field: value.format_map(world) for field, value in more.items()}
    assert refused(client, source.format_map(world), **fields)


UPWARD = (
    "..",
    "%2e%2e",
    "%252e%252e",
    "%25252e%25252e",
    "..%2f..",
    "..%5c..",
    "..\\..",
    "%2e.",
    ".%2E",
    "a%00b",
    "a\nb",
)


@pytest.mark.parametrize(
    "root", ["runs:/{kept_run}", "{kept_uri}", "{kept_model_uri}", "{local_uri}", "s3://bucket", "dbfs:", "gs://b"]
)
def test_no_source_leads_upward(client: httpx.Client, world: Mapping[str, str], root: str) -> None:
    owner = "local" if "local" in root else "kept"
    run_id, model_id = world[f"{owner}_run"], world[f"{owner}_model"]
    for step in UPWARD:
        source = f"{root.format_map(world)}/{step}/other"
        assert refused(client, source), step
        assert refused(client, source, run_id=run_id), step
        assert refused(client, source, model_id=model_id), step


@pytest.mark.parametrize(
    "source",
    [
        "/etc",
        "/",
        "{folder}",
        "{folder}/files",
        "{local_uri}-2",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "FILE:///etc/passwd",
        "file://host/etc/passwd",
        "file:etc",
        "relative/path",
        "./relative",
        "~",
        "~root/x",
        "C:\\windows",
        "C:/windows",
        "\\\\host\\share",
        "//host/share",
        " ",
    ],
)
def test_a_local_path_lies_below_its_run_or_model(client: httpx.Client, world: Mapping[str, str], source: str) -> None:
    path = source.format_map(world)
    assert refused(client, path)
    assert refused(client, path, run_id=world["local_run"])
    assert refused(client, path, model_id=world["local_model"])
    assert refused(client, path, run_id=world["kept_run"])
    assert refused(client, path, run_id="unknown")


def test_a_local_path_of_its_run_or_model_is_taken(client: httpx.Client, world: Mapping[str, str]) -> None:
    run_path, model_path = (Uri.parse(world[name]).local_path for name in ("local_uri", "local_model_uri"))
    for source in (f"{run_path}/model", f"file://{run_path}/model", str(run_path), f"{run_path}/./model/"):
        assert register(client, source, run_id=world["local_run"])[0] == 200
    for source in (f"{model_path}", f"file://{model_path}/data"):
        status, version = register(client, source, model_id=world["local_model"])
        assert (status, version["run_id"]) == (200, world["local_run"])
        assert register(client, source, run_id=world["local_run"])[0] == 400


def test_a_link_does_not_lead_out_of_a_run(client: httpx.Client, world: Mapping[str, str]) -> None:
    folder = Uri.parse(world["local_uri"]).local_path
    folder.mkdir(parents=True)
    (folder / "link").symlink_to("/etc")
    assert refused(client, f"{folder}/link", run_id=world["local_run"])
    assert refused(client, f"{folder}/link/passwd", run_id=world["local_run"])


@pytest.mark.parametrize(
    "source",
    [
        "http://127.0.0.1:5000/x",
        "https://example.com/x",
        "HTTP://example.com/x",
        "http://127.0.0.1/api/2.0/mlflow-artifacts/artifacts/0/{kept_run}/artifacts/model",
        "http://[example.com/x",
        "http://\u2100.com/x",
        "ftp://example.com/x",
        "sftp://example.com/x",
        "hdfs://namenode:8020/x",
        "viewfs://cluster/x",
        "abfss://c@account.dfs.core.windows.net/x",
        "r2://bucket@endpoint/x",
        "b2://bucket@endpoint/x",
    ],
)
def test_no_source_names_another_host(client: httpx.Client, world: Mapping[str, str], source: str) -> None:
    text = source.format_map(world)
    assert refused(client, text)
    assert refused(client, text, run_id=world["kept_run"])
    assert refused(client, text, model_id=world["kept_model"])


@pytest.mark.parametrize(
    "source", ["s3://bucket/a//b/", "gs://b/p", "wasbs://c@a.blob.core.windows.net/p", "dbfs:/x/y"]
)
def test_object_stores_are_free(client: httpx.Client, world: Mapping[str, str], source: str) -> None:
    assert register(client, source)[1]["source"] == source


def test_a_source_is_a_uri_of_a_sensible_length(client: httpx.Client, world: Mapping[str, str]) -> None:
    assert refused(client, "s3://bucket/" + "x" * 2_048)
    assert refused(client, "s3://[bucket/x")


@pytest.fixture
def hadoop(service: Service) -> Iterator[httpx.Client]:
    """A server that was told that it may read at a host."""
    open_service = Service(
        service.host, artifact_root=service.artifact_root, open_roots=[Uri.parse("hdfs://own/models")]
    )
    with asgi_client(application(open_service)) as client:
        yield client


def test_a_host_that_the_server_was_set_up_with_is_free(hadoop: httpx.Client, world: Mapping[str, str]) -> None:
    assert refused(hadoop, "hdfs://own/other/x")
    assert refused(hadoop, "hdfs://own.evil/models/x")
    assert register(hadoop, "hdfs://own/models/x")[0] == 200


def test_a_missing_logged_model_is_not_found_before_anything_is_made(
    client: httpx.Client, world: Mapping[str, str]
) -> None:
    status, answer = register(client, "s3://bucket/x", model_id="m-unknown")
    assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert client.get(f"{VERSIONS}/search").json() == {}


@pytest.mark.parametrize("which", ["1", "latest", "LATEST", "None", "none"])
def test_a_copy_takes_the_lineage_along(client: httpx.Client, world: Mapping[str, str], which: str) -> None:
    register(client, f"models:/{world['kept_model']}")
    status, version = register(client, f"models:/m/{which}")
    assert (status, version["source"]) == (200, "models:/m/1")
    assert (version["run_id"], version["model_id"]) == (world["kept_run"], world["kept_model"])


def test_a_copy_of_an_alias_is_one_of_its_version(client: httpx.Client, world: Mapping[str, str]) -> None:
    register(client, "s3://bucket/x")
    client.post(f"{API}/registered-models/alias", json={"name": "m", "alias": "best", "version": "1"})
    for source in ("models:/m@best", "models:/m@latest"):
        assert register(client, source)[0] == 200
    assert register(client, "models:/m@best")[1]["source"] == "models:/m/1"


def test_a_copy_says_nothing_else_than_what_it_is_copied_from(client: httpx.Client, world: Mapping[str, str]) -> None:
    register(client, f"models:/{world['kept_model']}")
    for wrong in ({"run_id": world["other_run"]}, {"model_id": world["other_model"]}):
        status, answer = register(client, "models:/m/1", **wrong)
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    right = {"run_id": world["kept_run"], "model_id": world["kept_model"]}
    assert register(client, "models:/m/1", **right)[0] == 200


@pytest.mark.parametrize("source", ["models:/m/9", "models:/nothing/1", "models:/nothing/latest", "models:/m/Staging"])
def test_a_copy_of_nothing_is_not_found(client: httpx.Client, world: Mapping[str, str], source: str) -> None:
    status, answer = register(client, source)
    assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
