"""Uploads in parts through MLflow's multipart endpoints: begun and completed here, the parts put to URLs given out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath
from typing import Any
from urllib.parse import quote, urlencode

from runyard.errors import InvalidInput, NotSupported
from runyard.protocols.artifacts import PresignsUrls, UploadsParts
from runyard.server.service import Stores
from runyard_api_mlflow.artifacts_paths import named_path, safe_path, without_places
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.routes import Route, Scope

MULTIPART = "/2.0/mlflow-artifacts/mpu"
PARTS = f"{MULTIPART}/part"
MAX_PARTS = 10_000
EXPIRES = 12 * 3600  # seconds for which the URL of a part is good
UNSUPPORTED = "Multipart upload is not supported for the current artifact repository"  # what clients look for

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


def create(call: Call) -> Mapping[str, Any]:
    """Begin an upload: its id, and for each part where to put it."""
    path, count = _path(call), call.integer("num_parts", default=1)
    if not 1 <= count <= MAX_PARTS:
        raise InvalidInput(f"Invalid value {count} for parameter 'num_parts': it must be from 1 to {MAX_PARTS:,}.")
    store = store_of(call.stores)
    with without_places(call.service):
        upload = store.create_upload(path)
        numbers = range(1, count + 1)
        if isinstance(store, PresignsUrls):
            urls = [store.presign_part(path, upload, number, expires=EXPIRES) for number in numbers]
            credentials = [
                {"url": given.url, "part_number": number, "headers": dict(given.headers)}
                for number, given in zip(numbers, urls, strict=True)
            ]
        else:
            credentials = [
                {"url": _url(call, path, upload, number), "part_number": number, "headers": {}} for number in numbers
            ]
    return {"upload_id": upload, "credentials": credentials}


def complete(call: Call) -> None:
    path, upload = _path(call), call.text("upload_id", required=True)
    parts = [
        (part.integer("part_number", required=True), _etag(part.text("etag", required=True)))
        for part in call.items("parts", required=True)
    ]
    with without_places(call.service):
        store_of(call.stores).complete_upload(path, upload, parts)


def abort(call: Call) -> None:
    with without_places(call.service):
        store_of(call.stores).abort_upload(_path(call), call.text("upload_id", required=True))


def store_of(stores: Stores) -> UploadsParts:
    """The store of proxied artifacts.

    Raises:
        NotSupported: it takes no parts; clients then send the file in one piece.
    """
    store = stores.proxied
    if not isinstance(store, UploadsParts):
        raise NotSupported(UNSUPPORTED)
    return store


def _path(call: Call) -> str:
    """The artifact's path: the folder is in the URL, the name is that of the file on the client's machine."""
    local = call.text("path", required=True)
    name = PureWindowsPath(local).name if _WINDOWS.match(local) else posixpath.basename(local)
    return named_path(posixpath.join(safe_path(call.path("path")), name))


def _etag(text: str) -> str:
    """An ETag without the quotes that the header has, and without the mark of a proxy that packed the answer."""
    return text.strip().removeprefix("W/").strip('"')


def _url(call: Call, path: str, upload: str, number: int) -> str:
    """Where a client may put a part, without credentials; complete, as clients take it as it is."""
    prefix = call.scope["path"].partition(MULTIPART)[0]
    query = urlencode({"upload_id": upload, "part_number": number})
    target = f"{quote(prefix)}{PARTS}/{quote(path, safe='/')}?{query}"
    return _origin(call.scope) + call.service.sign(target, EXPIRES, call.stores.principal)


def _origin(scope: Scope) -> str:
    """The scheme and host by which the client calls this server."""
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    if not host and scope.get("server"):
        host = ":".join(str(part) for part in scope["server"] if part is not None)
    if not _HOST.fullmatch(host):
        raise InvalidInput(f"cannot tell the client where to put parts: its header Host is {host!r}")
    return f"{scope.get('scheme', 'http')}://{host}"


ROUTES: Sequence[Route] = (
    Route("POST", f"{MULTIPART}/create/{{path:path}}", create),
    Route("POST", f"{MULTIPART}/complete/{{path:path}}", complete),
    Route("POST", f"{MULTIPART}/abort/{{path:path}}", abort),
)
