"""Listings of artifacts, and URLs that lead to them directly where the store has such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runyard.errors import InvalidInput, NotFound, NotSupported, RunyardError
from runyard.protocols.artifacts import ArtifactStore, PresignsReads, PresignsUploads, TellsChecksums
from runyard.server.service import PROXY_SCHEME
from runyard.uris import Uri
from runyard_api_mlflow.artifacts_json import listed
from runyard_api_mlflow.artifacts_paths import named_path, safe_path, without_places
from runyard_api_mlflow.artifacts_sources import model_location, run_location
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.routes import Route

LONGEST = 7 * 24 * 3600  # as long as S3 lets a URL live
DOWNLOAD_EXPIRES = 300
UPLOAD_EXPIRES = 900


def list_of_run(call: Call) -> Mapping[str, Any]:
    return _listing(call, run_location(call.stores, call.run_id()), call.text("path", default=""))


def list_of_model(call: Call) -> Mapping[str, Any]:
    location = model_location(call.stores, call.path("model_id"))
    return _listing(call, location, call.text("artifact_directory_path", default=""))


def _listing(call: Call, location: str, path: str) -> Mapping[str, Any]:
    folder = safe_path(path)
    with without_places(call.service):
        return listed(call.stores.artifact_store(location).list(folder), root_uri=location)


def presigned(call: Call) -> Mapping[str, Any]:
    """Where a proxied artifact can be fetched without the proxy.

    Clients that ask for it with `checksum`, as Runyard's do, are told for how long that is so, and by what they can
    check what they get; a store that knows nothing of its contents is not to be read by them.
    """
    path = named_path(call.path("path"))
    store = call.stores.proxied
    if not isinstance(store, PresignsReads):
        raise NotSupported("Multipart download is not supported for the current artifact repository")
    with without_places(call.service):
        url, headers, size = _download(store, store, path, DOWNLOAD_EXPIRES)
        answer = {"url": url, "headers": headers, "file_size": size}
        return {**answer, **_checked(store, path)} if call.flag("checksum") else answer


def _checked(store: ArtifactStore, path: str) -> Mapping[str, Any]:
    known = store.checksum(path) if isinstance(store, TellsChecksums) else None
    told = None if known is None else {"md5": known.md5, "parts": list(known.parts)}
    return {"checksum": told, "expires": DOWNLOAD_EXPIRES}


def presigned_download_url(call: Call) -> Mapping[str, Any]:
    run_id, path = call.text("run_id", required=True), named_path(call.text("path", required=True))
    expires = _expires(call, DOWNLOAD_EXPIRES)
    location = run_location(call.stores, run_id)
    store = call.stores.artifact_store(location)
    if not isinstance(store, PresignsReads):
        raise _no_urls(location, "download")
    url, headers, size = _download(store, store, path, expires)
    return {"presigned_url": url, "headers": headers, "file_size": size}


def presigned_upload_url(call: Call) -> Mapping[str, Any]:
    run_id, model_id = call.text("run_id"), call.text("model_id")
    path, expires = named_path(call.text("path", required=True)), _expires(call, UPLOAD_EXPIRES)
    if bool(run_id) == bool(model_id):
        raise InvalidInput("Exactly one of run_id and model_id must be provided.")
    location = run_location(call.stores, run_id) if run_id else model_location(call.stores, model_id or "")
    store = call.stores.artifact_store(location)
    if not isinstance(store, PresignsUploads):
        raise _no_urls(location, "upload")
    given = store.presign_upload(path, expires=expires)
    return {"presigned_url": given.url, "headers": dict(given.headers)}


def _expires(call: Call, default: int) -> int:
    seconds = call.integer("expiration", default=default)
    if not 1 <= seconds <= LONGEST:
        raise InvalidInput(f"expiration must be between 1 and {LONGEST} seconds (got {seconds}).")
    return seconds


def _no_urls(location: str, action: str) -> RunyardError:
    """Why there is no URL: the artifacts are proxied, and the server's own store cannot be reached, or another one."""
    if Uri.parse(location).scheme == PROXY_SCHEME:
        return InvalidInput(
            f"Presigned {action} is not supported for proxied artifact storage (artifact URI scheme: {PROXY_SCHEME}); "
            f"{action} it through the server."
        )
    return NotSupported(f"Presigned {action} is not supported for the current artifact repository")


def _download(store: ArtifactStore, direct: PresignsReads, path: str, expires: int) -> tuple[str, dict[str, str], int]:
    """A URL, the headers to send along, and the file's size, which clients need to fetch it in parts."""
    info = store.stat(path)
    if info is None or info.is_dir or info.file_size is None:
        raise NotFound(f"No such artifact: '{path}'")
    given = direct.presign_download(path, expires=expires)
    return given.url, dict(given.headers), info.file_size


ROUTES: Sequence[Route] = (
    Route("GET", "/2.0/mlflow/artifacts/list", list_of_run),
    Route("POST", "/2.0/mlflow/artifacts/presigned-upload-url", presigned_upload_url),
    Route("POST", "/2.0/mlflow/artifacts/presigned-download-url", presigned_download_url),
    Route("GET", "/2.0/mlflow-artifacts/presigned/{path:path}", presigned),
    Route("GET", "/2.0/mlflow/logged-models/{model_id}/artifacts/directories", list_of_model),
)
