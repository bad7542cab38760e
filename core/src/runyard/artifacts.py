"""Artifacts by their location or by run; the names of MLflow's `mlflow.artifacts`."""

from __future__ import annotations

import json
import os
import posixpath
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import attrs

from runyard.entities import FileInfo
from runyard.errors import CorruptData, InvalidInput
from runyard.host import Host, default_host
from runyard.protocols.artifacts import ArtifactStore
from runyard.protocols.model_uris import LoggedModelUri, ModelUri
from runyard.tracking import images
from runyard.tracking.client import Client
from runyard.transfers import folders
from runyard.transfers.progress import Report
from runyard.uris import Uri

if TYPE_CHECKING:
    import PIL.Image

__all__ = ["download_artifacts", "list_artifacts", "load_dict", "load_image", "load_text", "located"]


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | os.PathLike[str] | None = None,
    tracking_uri: str | None = None,
    *,
    host: Host | None = None,
    report: Report | None = None,
) -> str:
    """Fetch a file or a folder into `dst_path`; without one, say where it lies if it is local, else use a new folder.

    Raises:
        InvalidInput: not exactly one of `artifact_uri` and `run_id`.
        NotFound: nothing is there.
    """
    store, path = located(artifact_uri, run_id, artifact_path, tracking_uri, host=host)
    return str(folders.download(store, path, dst_path, keep_folders=False, report=report))


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
    *,
    host: Host | None = None,
) -> list[FileInfo]:
    """What lies directly in a folder, sorted by path.

    Paths start at the run, at the model for `models:/…`, or at the parent of what the location names.
    """
    store, path = located(artifact_uri, run_id, artifact_path, tracking_uri, host=host)
    found = store.list(path)
    name = None if artifact_uri is None else _asked_name(Uri.parse(artifact_uri))
    if name is None:
        return found
    return [attrs.evolve(info, path=posixpath.join(name, info.path.removeprefix(path).lstrip("/"))) for info in found]


def load_text(artifact_uri: str, *, host: Host | None = None) -> str:
    """A UTF-8 text.

    Raises:
        CorruptData: it is not UTF-8.
    """
    try:
        return _content(artifact_uri, host).decode()
    except UnicodeDecodeError as error:
        raise CorruptData(f"{Uri.parse(artifact_uri)} is not UTF-8 text; download it to read it otherwise") from error


def load_dict(artifact_uri: str, *, host: Host | None = None) -> Any:
    """A dictionary or list from JSON, or from YAML where the name ends in .yml or .yaml.

    Raises:
        CorruptData: it is neither.
    """
    text = load_text(artifact_uri, host=host)
    try:
        if artifact_uri.lower().endswith((".yml", ".yaml")):
            return _yaml(text)
        return json.loads(text)
    except ValueError as error:
        raise CorruptData(f"{Uri.parse(artifact_uri)} cannot be read: {error}") from error


def load_image(artifact_uri: str, *, host: Host | None = None) -> PIL.Image.Image:
    """A PIL image.

    Raises:
        CorruptData: it is no image.
    """
    content = _content(artifact_uri, host)
    try:
        return images.decoded(BytesIO(content))
    except (OSError, SyntaxError) as error:
        raise CorruptData(f"{Uri.parse(artifact_uri)} is no image that can be read: {error}") from error


def located(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
    *,
    host: Host | None = None,
) -> tuple[ArtifactStore, str]:
    """The store that holds an artifact, and its path in there. A run's own store, else the one of the folder above."""
    host = default_host() if host is None else host
    if (artifact_uri is None) == (run_id is None):
        raise InvalidInput("give exactly one of artifact_uri and run_id")
    if run_id is not None:
        client = Client(tracking_uri, host=host)
        return client.artifact_store(run_id), artifact_path or ""
    if artifact_path is not None:
        raise InvalidInput("artifact_path goes with run_id; with artifact_uri, make it part of the location")
    asked = Uri.parse(artifact_uri or "", relative_to=host.settings.root)
    if asked.scheme == "runs":  # a run that has just been started has to be delivered before it can be found
        Client(tracking_uri, host=host).recorder.flush_run(asked.path.strip("/").partition("/")[0])
    above, name = _split(host.resolve(asked))
    return host.artifact_store(above), name


def _split(uri: Uri) -> tuple[Uri, str]:
    head, mark, query = uri.text.partition("?")
    above, name = posixpath.split(head.rstrip("/"))
    if not name or above.endswith((":", ":/", "//")):
        return uri, ""
    return Uri(uri.scheme, above + mark + query), unquote(name) if uri.scheme == "file" else name


def _asked_name(uri: Uri) -> str | None:
    """What a folder of a run or a model is called by who asks, whatever the folder it is stored in; "" for a root."""
    if uri.scheme == "runs":
        path = uri.path.strip("/").partition("/")[2]
    elif uri.scheme == "models":
        path = (LoggedModelUri.parse(uri) or ModelUri.parse(uri)).path
    else:
        return None
    return path.rstrip("/").rpartition("/")[2]


def _content(artifact_uri: str, host: Host | None) -> bytes:
    store, path = located(artifact_uri, host=host)
    with store.open(path) as stream:
        return stream.read()


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
