"""Artifacts sent and fetched through the server, streamed: the `mlflow-artifacts` proxy and the UI's downloads."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import BinaryIO, TypeAlias, cast

import attrs

from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore
from runyard.server.service import Service, Stores
from runyard_api_mlflow import streaming_digests, uploads
from runyard_api_mlflow.artifacts_download import Reply, answer, prepare
from runyard_api_mlflow.artifacts_json import listed
from runyard_api_mlflow.artifacts_paths import headers_of, named_path, query_of, safe_path, without_places
from runyard_api_mlflow.artifacts_sources import model_store, run_store, version_store
from runyard_api_mlflow.fields import Fields
from runyard_api_mlflow.json_fields import encode
from runyard_api_mlflow.routes import AJAX, Receive, Scope, Send, StreamRoute
from runyard_api_mlflow.streaming import Disconnected, in_thread, take
from runyard_api_mlflow.streaming_digests import Digested

PROXY = "/2.0/mlflow-artifacts"
MAX_FROM_PAGE = 10 * 1024 * 1024  # of a file that MLflow's UI sends
TOO_LARGE = "Artifact size is too large. Max size is 10MB."

Headers: TypeAlias = list[tuple[bytes, bytes]]


@attrs.frozen
class Request:
    """What an endpoint is asked; used in threads."""

    stores: Stores
    query: Fields
    path_params: Mapping[str, str]
    headers: Mapping[str, str]
    method: str

    @property
    def path(self) -> str:
        return self.path_params["path"]


@attrs.frozen
class Small:
    """An endpoint whose request has no body that matters, so that none is read, and whose answer is short JSON."""

    answer: Callable[[Request], Mapping[str, object]]

    async def __call__(
        self, service: Service, scope: Scope, receive: Receive, send: Send, path_params: Mapping[str, str]
    ) -> None:
        request = _request(service, scope, path_params)
        with without_places(service):
            content = encode(await in_thread(self.answer, request))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await answer(receive, send, Reply(200, headers, content))


@attrs.frozen
class Download:
    """An endpoint that answers with a file of a store."""

    find: Callable[[Request], tuple[ArtifactStore, str]]

    async def __call__(
        self, service: Service, scope: Scope, receive: Receive, send: Send, path_params: Mapping[str, str]
    ) -> None:
        request = _request(service, scope, path_params)
        with without_places(service):
            reply = await in_thread(self._prepared, request)
        await answer(receive, send, reply)

    def _prepared(self, request: Request) -> Reply:
        store, path = self.find(request)
        return prepare(store, safe_path(path), request.method, request.headers)


Write: TypeAlias = Callable[[BinaryIO], Headers]


@attrs.frozen
class Upload:
    """An endpoint that stores its request's body.

    `prepare` refuses a request before anything of its body is read, or gives what stores the body, called in a thread;
    that gives headers of the answer.
    """

    prepare: Callable[[Request], Write]

    async def __call__(
        self, service: Service, scope: Scope, receive: Receive, send: Send, path_params: Mapping[str, str]
    ) -> None:
        write = self.prepare(_request(service, scope, path_params))
        try:
            with without_places(service):
                headers = await take(receive, write)
        except Disconnected:
            return  # nobody is left to be told, and nothing was stored
        await answer(receive, send, Reply(200, [(b"content-length", b"0"), *headers]))


def _request(service: Service, scope: Scope, path_params: Mapping[str, str]) -> Request:
    return Request(service.stores(scope), query_of(scope), path_params, headers_of(scope), scope["method"])


def list_proxied(request: Request) -> Mapping[str, object]:
    folder = safe_path(request.query.text("path", default=""))
    return listed(request.stores.proxied.list(folder), name_of=posixpath.basename)


def delete_proxied(request: Request) -> Mapping[str, object]:
    """Where nothing is, nothing is left to be done, as when a client asks again after an answer was lost."""
    path = safe_path(request.path)
    if not path:
        raise InvalidInput("name the artifact to delete; all of the server's artifacts at once cannot be deleted")
    store = request.stores.proxied
    try:
        store.delete(path)
    except NotFound:
        if store.stat(path) is not None:
            raise
    return {}


def put_proxied(request: Request) -> Write:
    path = named_path(request.path)

    def write(source: BinaryIO) -> Headers:
        request.stores.proxied.write(path, source)
        return []

    return _checked(request, write)


def put_part(request: Request) -> Write:
    path, upload = named_path(request.path), request.query.text("upload_id", required=True)
    number = request.query.integer("part_number", required=True)

    def write(source: BinaryIO) -> Headers:
        etag = uploads.store_of(request.stores).write_part(path, upload, number, source)
        return [(b"etag", f'"{etag}"'.encode("ascii"))]

    return _checked(request, write)


def _checked(request: Request, write: Write) -> Write:
    """The same, but with a digest in the request it stores only what has that digest; the answer tells it."""
    promised = streaming_digests.promised(request.headers)
    name = streaming_digests.wanted(request.headers) or next(iter(promised), None)
    if name is None:
        return write

    def write_checked(source: BinaryIO) -> Headers:
        digested = Digested(source, promised, name)
        headers = write(cast("BinaryIO", digested))
        return [*headers, (b"repr-digest", streaming_digests.field(name, digested.digest(name)).encode("ascii"))]

    return write_checked


def put_from_page(request: Request) -> Write:
    run_id, path = request.query.text("run_uuid") or request.query.text("run_id"), request.query.text("path")
    if not run_id:
        raise InvalidInput("Request must specify run_uuid.")
    if not path:
        raise InvalidInput("Request must specify path.")
    name, length = named_path(path), request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_FROM_PAGE:
        raise InvalidInput(TOO_LARGE)

    def write(source: BinaryIO) -> Headers:
        run_store(request.stores, run_id).write(name, _small(source))
        return [(b"content-type", b"application/json")]

    return write


def _small(source: BinaryIO) -> BytesIO:
    """All that a stream has.

    Raises:
        InvalidInput: it is nothing, or too much.
    """
    content = BytesIO()
    while piece := source.read(MAX_FROM_PAGE):
        content.write(piece)
        if content.tell() > MAX_FROM_PAGE:
            raise InvalidInput(TOO_LARGE)
    if not content.tell():
        raise InvalidInput("Request must specify data.")
    content.seek(0)
    return content


def of_proxy(request: Request) -> tuple[ArtifactStore, str]:
    return request.stores.proxied, request.path


def of_run(request: Request) -> tuple[ArtifactStore, str]:
    run_id = request.query.text("run_id") or request.query.text("run_uuid", required=True)
    return run_store(request.stores, run_id), request.query.text("path", required=True)


def of_version(request: Request) -> tuple[ArtifactStore, str]:
    name, version = request.query.text("name", required=True), request.query.text("version", required=True)
    return version_store(request.stores, name, version), request.query.text("path", required=True)


def of_model(request: Request) -> tuple[ArtifactStore, str]:
    path = request.query.text("artifact_file_path", required=True)
    return model_store(request.stores, request.path_params["model_id"]), path


STREAM_ROUTES: Sequence[StreamRoute] = (
    StreamRoute("GET", f"{PROXY}/artifacts", Small(list_proxied)),
    StreamRoute("GET", f"{PROXY}/artifacts/{{path:path}}", Download(of_proxy)),
    StreamRoute("PUT", f"{PROXY}/artifacts/{{path:path}}", Upload(put_proxied)),
    StreamRoute("DELETE", f"{PROXY}/artifacts/{{path:path}}", Small(delete_proxied)),
    StreamRoute("PUT", f"{uploads.PARTS}/{{path:path}}", Upload(put_part)),
    StreamRoute("GET", "/get-artifact", Download(of_run), prefixes=("",)),
    StreamRoute("GET", "/model-versions/get-artifact", Download(of_version), prefixes=("",)),
    StreamRoute("GET", "/2.0/mlflow/logged-models/{model_id}/artifacts/files", Download(of_model), prefixes=(AJAX,)),
    StreamRoute("POST", "/2.0/mlflow/upload-artifact", Upload(put_from_page), prefixes=(AJAX,)),
)
