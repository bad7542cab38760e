"""Artifacts by the fluent API and the command line: logged, listed, downloaded, loaded, deleted, in parts too."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from click.testing import CliRunner
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts, load_dict, load_image, load_text
from mlflow.cli import cli
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

CONTENT = b"0123456789abcdef" * 1_000_000


def answers() -> Iterator[tuple[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run() as run:
        yield from logged(Path(folder))
        yield from listed(run.info.run_id)
        yield from fetched(run.info.run_id, run.info.artifact_uri)
        yield from in_parts(Path(folder), run.info.run_id)
        yield from at_the_command_line(Path(folder), run.info.run_id)
        yield from deleted(run.info.artifact_uri)


def logged(folder: Path) -> Iterator[tuple[str, Any]]:
    (folder / "tree/inner").mkdir(parents=True)
    for path, content in {
        "one.txt": b"one",
        "tree/two.bin": bytes(range(256)),
        "tree/inner/three.txt": b"3" * 50_000,
        "tree/inner/Gr\u00f6\u00dfe (1) & 50%.txt": b"odd",
    }.items():
        (folder / path).write_bytes(content)
    yield "log_artifact", mlflow.log_artifact(str(folder / "one.txt"))
    yield "log_artifact into a folder", mlflow.log_artifact(str(folder / "one.txt"), "a/b")
    yield "log_artifacts", mlflow.log_artifacts(str(folder / "tree"), "tree")
    yield "log_text", mlflow.log_text("text \u00e4\u6f22", "texts/t.txt")
    yield "log_dict", mlflow.log_dict({"a": [1, 2]}, "d.json")
    yield "log_dict as YAML", mlflow.log_dict({"a": [1, 2]}, "d.yaml")
    yield "log_image", mlflow.log_image(np.zeros((4, 5, 3), dtype=np.uint8), "image.png")
    figure = plt.figure()
    yield "log_figure", mlflow.log_figure(figure, "figures/f.png")
    yield "log_table", mlflow.log_table({"x": [1, 2], "y": ["a", "b"]}, "table.json")
    yield "log_table again", mlflow.log_table(pd.DataFrame({"x": [3], "y": ["c"]}), "table.json")
    yield "log_dict for later", mlflow.log_dict({"b": None}, "e.json")
    yield "log over a file", mlflow.log_text("second", "d.json")
    yield "log upward", failure(lambda: mlflow.log_text("x", "../up.txt"))


def listed(run_id: str) -> Iterator[tuple[str, Any]]:
    client = MlflowClient()
    for path in ("", "a", "a/b", "tree", "tree/inner", "texts", "missing", "one.txt"):
        infos = client.list_artifacts(run_id, path)
        yield f"list {path!r}", [(info.path, info.is_dir, info.file_size) for info in without_pictures(infos)]
    by_uri = list_artifacts(f"runs:/{run_id}/tree")
    yield "list by a runs URI", [(info.path, info.is_dir, info.file_size) for info in by_uri]
    yield "list upward", failure(lambda: client.list_artifacts(run_id, "../.."))


def without_pictures(infos: Any) -> list[Any]:
    """Pictures differ in size by the machine's fonts."""
    return [info for info in infos if not info.path.endswith((".png", ".webp"))]


def fetched(run_id: str, uri: str) -> Iterator[tuple[str, Any]]:
    yield "download the run", tree_of(download_artifacts(run_id=run_id, artifact_path="tree"))
    yield "download by a runs URI", Path(download_artifacts(f"runs:/{run_id}/one.txt")).read_text()
    yield "download by its own URI", Path(download_artifacts(f"{uri}/texts/t.txt")).read_text(encoding="utf-8")
    yield "download a folder by its own URI", tree_of(download_artifacts(f"{uri}/tree/inner"))
    yield "client download", tree_of(MlflowClient().download_artifacts(run_id, "a"))
    yield "download what is missing", failure(lambda: download_artifacts(f"runs:/{run_id}/missing.txt"))
    yield "load_text", load_text(f"{uri}/d.json")
    yield "load_dict", load_dict(f"{uri}/e.json")
    yield "load_image", load_image(f"{uri}/image.png").size
    yield "load_table", mlflow.load_table("table.json", run_ids=[run_id]).to_dict("list")


def in_parts(folder: Path, run_id: str) -> Iterator[tuple[str, Any]]:
    """MLflow's own server takes none here; its client then sends the file whole."""
    settings = {
        "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
        "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": str(5 << 20),
        "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": str(5 << 20),
        "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "true",
    }
    os.environ.update(settings)
    (folder / "large \u00e4 50%.bin").write_bytes(CONTENT)
    yield "log a large file", mlflow.log_artifact(str(folder / "large \u00e4 50%.bin"), "large")
    found = Path(download_artifacts(run_id=run_id, artifact_path="large/large \u00e4 50%.bin")).read_bytes()
    yield "a large file", [len(found), hashlib.sha256(found).hexdigest() == hashlib.sha256(CONTENT).hexdigest()]
    yield "list large", [(info.path, info.file_size) for info in MlflowClient().list_artifacts(run_id, "large")]
    for name in settings:
        del os.environ[name]


def at_the_command_line(folder: Path, run_id: str) -> Iterator[tuple[str, Any]]:
    yield "cli log-artifact", command("log-artifact", "-l", str(folder / "one.txt"), "-r", run_id, "-a", "cli")
    yield "cli log-artifacts", command("log-artifacts", "-l", str(folder / "tree"), "-r", run_id, "-a", "cli/tree")
    yield "cli list", command("list", "-r", run_id, "-a", "cli", shows=True)
    target = folder / "fetched"
    yield "cli download", command("download", "-r", run_id, "-a", "cli", "-d", str(target))
    yield "cli downloaded", tree_of(str(target))
    yield "cli download by URI", command("download", "-u", f"runs:/{run_id}/one.txt", "-d", str(folder / "by uri"))
    yield "cli downloaded by URI", tree_of(str(folder / "by uri"))
    yield "cli download what is missing", command("download", "-u", f"runs:/{run_id}/none", "-d", str(folder / "no"))[0]


def deleted(uri: str) -> Iterator[tuple[str, Any]]:
    artifacts = get_artifact_repository(uri)
    yield "delete a file", artifacts.delete_artifacts("one.txt")
    yield "delete a folder", artifacts.delete_artifacts("tree")
    yield "delete it again", artifacts.delete_artifacts("tree")
    yield "list after that", sorted(info.path for info in artifacts.list_artifacts())
    yield "delete everything", artifacts.delete_artifacts()
    yield "list after everything", [info.path for info in artifacts.list_artifacts()]


def command(*arguments: str, shows: bool = False) -> list[Any]:
    """The exit code of `mlflow artifacts`, and what it printed; in this process, as each start takes seconds."""
    ended = CliRunner().invoke(cli, ["artifacts", *arguments])
    return [ended.exit_code, ended.stdout if shows else ""]


def tree_of(path: str) -> Any:
    """Every file below a path with the digest of what it holds."""
    root = Path(path)
    return sorted(
        [found.relative_to(root).as_posix(), hashlib.sha256(found.read_bytes()).hexdigest()]
        for found in root.rglob("*")
        if found.is_file()
    )


def failure(call: Callable[[], Any]) -> str:
    """The kind of what went wrong."""
    try:
        return str(call())
    except Exception as error:  # noqa: BLE001 - MLflow raises what it likes, which is what is compared
        return type(error).__name__
