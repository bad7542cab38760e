"""Model versions by the client: sources, lineage, stages, copies, tags, searches with pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlflow import MlflowClient

DIFFERENCES = {
    "runs: without a run id": "the run is filled in where it is known, as 3.6 did; 3.17 refuses",
    "proxy without a run id": "the run or the logged model is found by the path, as 3.6 did; 3.17 refuses",
    "models: without a model id": "the logged model is filled in; 3.17 refuses",
    "file with a host": "400 here; MLflow answers 500, which its clients retry for minutes",
    "source models:/copied/Production": "404 here; MLflow answers 500",
    "search: number in attributes": "attributes. may be written before a name here, as in searches for runs",
    "a bucket alone": "a bucket may be a source here",
    "archive others, None": "400 here; MLflow answers 500, which its clients retry for minutes",
    "archive others, Archived": "400 here; MLflow answers 500, which its clients retry for minutes",
    "search shows aliases": "aliases are in every answer here; MLflow leaves them out of searches and latest_versions",
    "latest_versions show aliases": "aliases are in every answer here",
    "search: stage": "more attributes can be searched by here",
    "search: either": "OR can be written here",
    "search: part of a version": "no version is meant by 1.5, and none is found; MLflow refuses it",
    "order: twice the same": "harmless here; MLflow answers 500",
    "a version's number, huge": "not found here; MLflow answers 500 on SQLite",
}


def answers() -> Iterator[tuple[str, Any]]:
    client = MlflowClient()
    run = client.create_run("0")
    client.create_registered_model("v")
    client.create_registered_model("w")
    yield "create", client.create_model_version("v", "s3://bucket/one")
    yield (
        "create with all",
        client.create_model_version(
            "v", "s3://bucket/two", run.info.run_id, {"kind": "a"}, "http://link", "the *second*"
        ),
    )
    yield "get", client.get_model_version("v", "2")
    yield "get by number", client.get_model_version("v", 1)
    for version in ("99", "abc", "0", "-1", "1.0", ""):
        yield f"get {version!r}", lambda version=version: client.get_model_version("v", version)
    yield "a version's number, huge", lambda: client.get_model_version("v", "9" * 30)
    yield "get of a missing model", lambda: client.get_model_version("z", "1")
    yield "create for a missing model", lambda: client.create_model_version("z", "s3://bucket/one")
    yield from sources(client, run)
    yield from copies(client)
    yield from stages(client)
    yield from changes(client)
    yield from searches(client)


def sources(client: MlflowClient, run: Any) -> Iterator[tuple[str, Any]]:
    run_id, uri = run.info.run_id, run.info.artifact_uri
    model = client.create_logged_model("0", source_run_id=run_id)
    other = client.create_run("0").info
    below = "http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts"
    for title, (source, run_of, model_of) in {
        "runs:": (f"runs:/{run_id}/model", run_id, None),
        "runs: root": (f"runs:/{run_id}", run_id, None),
        "runs: without a run id": (f"runs:/{run_id}/model", None, None),
        "runs: another run": (f"runs:/{run_id}/model", other.run_id, None),
        "runs: missing run": ("runs:/0123456789abcdef/model", None, None),
        "runs: upward": (f"runs:/{run_id}/../model", run_id, None),
        "runs: encoded upward": (f"runs:/{run_id}/%2e%2e/model", run_id, None),
        "runs: twice encoded upward": (f"runs:/{run_id}/%252e%252e/model", run_id, None),
        "runs: with a host": (f"runs://profile@databricks/{run_id}/model", run_id, None),
        "proxy": (f"{uri}/model", run_id, None),
        "proxy root": (uri, run_id, None),
        "proxy without a run id": (f"{uri}/model", None, None),
        "proxy of another run": (f"{uri}/model", other.run_id, None),
        "proxy beside the run": (f"{uri}-more/model", run_id, None),
        "proxy above the run": (uri.rsplit("/", 1)[0], run_id, None),
        "proxy, unknown path": ("mlflow-artifacts:/somewhere/else", None, None),
        "proxy, upward": (f"{uri}/../../other", run_id, None),
        "proxy with a host": (f"mlflow-artifacts://127.0.0.1:1/{uri.split(':/')[1]}/model", run_id, None),
        "models:": (f"models:/{model.model_id}", None, model.model_id),
        "models: without a model id": (f"models:/{model.model_id}", None, None),
        "models: another model": (f"models:/{model.model_id}", None, "m-" + "0" * 32),
        "models: missing model": ("models:/m-" + "0" * 32, None, None),
        "model's files": (model.artifact_location, None, model.model_id),
        "model's files of a run": (model.artifact_location, run_id, None),
        "s3 of a model": ("s3://bucket/x", None, model.model_id),
        "s3 of a missing model": ("s3://bucket/x", None, "m-" + "0" * 32),
        "path": ("/etc", None, None),
        "path with a run": ("/etc", run_id, None),
        "file": ("file:///etc", run_id, None),
        "file with a host": ("file://host/etc", run_id, None),
        "relative": ("some/where", run_id, None),
        "http": ("http://127.0.0.1:9/x", run_id, None),
        "https": ("https://example.com/x", None, None),
        "http to the proxy": (f"{below}/0/{run_id}/artifacts", run_id, None),
        "ftp": ("ftp://example.com/x", None, None),
        "hdfs": ("hdfs://example.com/x", None, None),
        "abfss": ("abfss://c@account.dfs.core.windows.net/x", None, None),
        "s3": ("s3://bucket/some/path", None, None),
        "s3 upward": ("s3://bucket/a/../b", None, None),
        "s3 with a NUL": ("s3://bucket/a%00b", None, None),
        "a bucket alone": ("s3://bucket", None, None),
        "gs": ("gs://bucket/path/", None, None),
        "wasbs": ("wasbs://c@a.blob.core.windows.net/p", None, None),
        "dbfs": ("dbfs:/databricks/x", None, None),
        "nothing": ("", None, None),
    }.items():
        yield title, lambda s=source, r=run_of, m=model_of: created(client, s, r, m)


def copies(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    client.create_registered_model("copied")
    client.create_model_version("copied", "s3://bucket/first")
    run_id = client.create_run("0").info.run_id
    second = client.create_model_version("copied", "s3://bucket/second", run_id)
    client.set_registered_model_alias("copied", "best", "2")
    yield "copy", client.copy_model_version("models:/copied/2", "the copy")
    yield "copy of an alias", client.copy_model_version("models:/copied@best", "the copy").source
    for source in ("latest", "None", "Production", "9", "x"):
        yield (
            f"source models:/copied/{source}",
            lambda source=source: created(client, f"models:/copied/{source}", None, None),
        )
    yield "source of a missing model", lambda: created(client, "models:/missing/1", None, None)
    yield "source of a missing alias", lambda: created(client, "models:/copied@none", None, None)
    yield "source with another run", lambda: created(client, "models:/copied/2", "0" * 32, None)
    yield "source with its run", lambda: created(client, "models:/copied/2", second.run_id, None)
    yield "download uri", client.get_model_version_download_uri("copied", "1")
    yield "download uri of a copy", client.get_model_version_download_uri("the copy", "1")
    client.copy_model_version("models:/the copy/1", "the copy")
    yield "download uri of a copy's copy", client.get_model_version_download_uri("the copy", "3")
    client.delete_model_version("copied", "2")
    yield "download uri of the copy of a deleted version", client.get_model_version_download_uri("the copy", "1")
    yield "download uri of a deleted version", lambda: client.get_model_version_download_uri("copied", "2")
    yield "download uri of what is missing", lambda: client.get_model_version_download_uri("copied", "9")
    model = client.create_logged_model("0", name="files")
    client.create_model_version("copied", f"models:/{model.model_id}", model_id=model.model_id)
    yield "download uri of a logged model", client.get_model_version_download_uri("copied", "3")
    yield "number after a deletion", client.create_model_version("copied", "s3://bucket/x").version
    yield "its logged model knows", client.get_logged_model(model.model_id).tags


def stages(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    client.create_registered_model("staged")
    for _ in range(5):
        client.create_model_version("staged", "s3://bucket/x")
    yield "to Production", client.transition_model_version_stage("staged", "1", "Production")
    yield "in lower case", client.transition_model_version_stage("staged", "2", "production").current_stage
    yield "to Staging", client.transition_model_version_stage("staged", 3, "STAGING").current_stage
    yield "unknown stage", lambda: client.transition_model_version_stage("staged", "1", "Somewhere")
    yield "missing version", lambda: client.transition_model_version_stage("staged", "77", "Production")
    yield "bad version", lambda: client.transition_model_version_stage("staged", "x", "Production")
    for stage in ("None", "Archived"):
        yield (
            f"archive others, {stage}",
            lambda stage=stage: client.transition_model_version_stage("staged", "1", stage, True),
        )
    yield "latest versions", latest(client)
    yield "latest of a stage", latest(client, ["production"])
    yield "latest of stages", latest(client, ["None", "Staging"])
    yield "latest of an unknown stage", lambda: latest(client, ["Somewhere"])
    yield "latest of a missing model", lambda: client.get_latest_versions("z")
    yield (
        "archive others",
        client.transition_model_version_stage("staged", "4", "Production", archive_existing_versions=True),
    )
    yield "latest after that", latest(client)
    yield "stage of the first", client.get_model_version("staged", "1").current_stage
    yield "get_model_version_stages", client.get_model_version_stages("staged", "1")
    yield "source of a stage", created(client, "models:/staged/Production", None, None)
    yield "source of a stage, archived", created(client, "models:/staged/archived", None, None)


def changes(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    yield "update", client.update_model_version("v", "1", "some *text*")
    yield "update to nothing", client.update_model_version("v", "1", "").description
    yield "update of what is missing", lambda: client.update_model_version("v", "99", "x")
    yield "set_tag", lambda: client.set_model_version_tag("v", "1", "kind", "b")
    yield "set_tag, by stage", lambda: client.set_model_version_tag("staged", stage="Production", key="k", value="v")
    yield "set_tag, bad key", lambda: client.set_model_version_tag("v", "1", "../k", "b")
    yield "set_tag of what is missing", lambda: client.set_model_version_tag("v", "99", "k", "b")
    yield "set_tag of no version", lambda: client.set_model_version_tag("v", "x", "k", "b")
    yield "tags", client.get_model_version("v", "1").tags
    yield "delete_tag", lambda: client.delete_model_version_tag("v", "2", "kind")
    yield "delete_tag, missing", lambda: client.delete_model_version_tag("v", "2", "kind")
    yield "delete_tag of what is missing", lambda: client.delete_model_version_tag("v", "99", "kind")
    yield "tags after that", client.get_model_version("v", "2").tags
    client.set_registered_model_alias("v", "known", "1")
    yield "get shows aliases", client.get_model_version("v", "1").aliases
    yield "search shows aliases", client.search_model_versions("name = 'v' AND version_number = 1")[0].aliases
    shown = {version.version: version.aliases for version in client.get_registered_model("v").latest_versions}
    client.set_registered_model_alias("v", "newest", max(map(int, shown)))
    yield "latest_versions show aliases", client.get_registered_model("v").latest_versions[0].aliases
    yield "delete", lambda: client.delete_model_version("v", "2")
    yield "delete again", lambda: client.delete_model_version("v", "2")
    yield "get of the deleted", lambda: client.get_model_version("v", "2")
    yield "delete of no version", lambda: client.delete_model_version("v", "x")
    client.rename_registered_model("v", "renamed")
    yield "versions of the renamed", client.get_model_version("renamed", "1").name
    client.rename_registered_model("renamed", "v")


def searches(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    run_id = client.create_run("0").info.run_id
    for name in ("look a", "look b"):
        client.create_registered_model(name)
        for index in range(4):
            client.create_model_version(
                name,
                f"s3://look/{index}",
                run_id if index % 2 else None,
                {"i": str(index), "a b": "x"},
            )
    for title, condition in FILTERS.items():
        text = condition.replace("RUN", run_id)
        yield f"search: {title}", lambda text=text: found(client, text, ["name", "version_number"])
    for title, order in ORDERS.items():
        yield f"order: {title}", lambda order=order: found(client, "name LIKE 'look%'", order)
    client.update_model_version("look a", "2", "touched")
    yield "the usual order", found(client, "name LIKE 'look%'", None)[:1]
    yield "what a search shows", client.search_model_versions("name = 'look a' AND version_number = 2")[0]
    pages, token = [], None
    while True:
        page = client.search_model_versions("name LIKE 'look%'", 3, ["name", "version_number DESC"], token)
        pages.append([f"{version.name}/{version.version}" for version in page])
        token = page.token
        if not token:
            break
    yield "pages", pages
    yield "page of nothing", lambda: client.search_model_versions(max_results=0)
    yield "page too large", lambda: client.search_model_versions(max_results=200_001)
    yield "bad token", lambda: client.search_model_versions(page_token="nonsense")


FILTERS = {
    "name": "name = 'look a'",
    "name, like": "name LIKE 'look%'",
    "names": "name IN ('look a', 'nothing')",
    "run": "run_id = 'RUN'",
    "runs": "run_id IN ('RUN', 'x')",
    "source": "source_path = 's3://look/1'",
    "source, ilike": "source_path ILIKE 'S3://LOOK/%'",
    "number": "name = 'look a' AND version_number = 2",
    "number as text": "name = 'look a' AND version_number = '2'",
    "number in attributes": "name = 'look a' AND attributes.version_number >= 3",
    "not the number": "name = 'look a' AND version_number != 2",
    "tag": "tags.i = '1'",
    "quoted tag": "tags.`a b` = 'x' AND name = 'look b'",
    "two tags": "tags.i = '1' AND tags.`a b` LIKE 'x%' AND name LIKE 'look%'",
    "tag, not": "tags.i != '1' AND name LIKE 'look%'",
    "part of a version": "version_number = 1.5",
    "version as a word": "version_number = 'x'",
    "stage": "name = 'look a' AND current_stage = 'None'",
    "either": "name = 'look a' OR name = 'look b'",
    "unknown attribute": "color = 'red'",
    "nonsense": "name =",
    "empty list": "run_id IN ()",
}
ORDERS = {
    "name": ["name DESC", "version_number ASC"],
    "number": ["version_number DESC"],
    "creation": ["creation_timestamp ASC", "name DESC", "version_number DESC"],
    "unknown": ["color"],
    "twice the same": ["name", "name"],
}


def created(client: MlflowClient, source: str, run_id: str | None, model_id: str | None) -> list[str | None]:
    version = client.create_model_version("w", source, run_id, model_id=model_id)
    return [version.source, version.run_id]


def latest(client: MlflowClient, stages: list[str] | None = None) -> list[str]:
    return [f"{version.current_stage} {version.version}" for version in client.get_latest_versions("staged", stages)]


def found(client: MlflowClient, condition: str, order: list[str] | None) -> list[str]:
    versions = client.search_model_versions(condition, order_by=order)
    return [f"{version.name}/{version.version}" for version in versions]
