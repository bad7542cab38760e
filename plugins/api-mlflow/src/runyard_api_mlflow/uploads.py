"""Uploads in parts through MLflow's multipart endpoints: begun and completed here, the parts put to URLs given out."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import PureWindowsPath
from typing import Any
from urllib.parse import quote, urlencode

from runyard.errors import InvalidInput, NotSupported
from runyard.protocols.artifacts import PresignsUploads, UploadsParts
from runyard.server.service import BASE_URL, Stores
from runyard_api_mlflow.artifacts_paths import named_path, safe_path, without_places
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.routes import Route

MULTIPART = "/2.0/mlflow-artifacts/mpu"
PARTS = f"{MULTIPART}/part"
MAX_PARTS = 10_000
EXPIRES = 12 * 3600  # seconds for which the URL of a part is good
UNSUPPORTED = "Multipart upload is not supported for the current artifact repository"  # what clients look for

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def create(call: Call) -> Mapping[str, Any]:
    """Begin an upload: its id, and for each part where to put it.

    Clients that ask for it with `relative_urls`, as Runyard's do, are told places relative to the URL of the server,
    which are right whatever proxies stand before it; with `through_server` none of another place, which they may not
    reach.

    Raises:
        NotSupported: the store takes no parts, or nobody knows by which URL a client that needs whole ones would reach
            this server; clients then send the file in one piece.
    """
    path, count = _path(call), call.integer("num_parts", default=1)
    if not 1 <= count <= MAX_PARTS:
        raise InvalidInput(f"Invalid value {count} for parameter 'num_parts': it must be from 1 to {MAX_PARTS:,}.")
    store = store_of(call.stores)
    base = _base(call, store)
    with without_places(call.service):
        upload = store.create_upload(path, parts=count)
        credentials = _credentials(call, store, base, path, upload, count)
    return {"upload_id": upload, "credentials": credentials}


def parts(call: Call) -> Mapping[str, Any]:
    """What an upload has by now, and where to put its parts; ours, for clients that go on with an upload."""
    path, upload = _path(call), call.text("upload_id", required=True)
    count = call.integer("num_parts", default=0)
    if not 0 <= count <= MAX_PARTS:
        raise InvalidInput(f"Invalid value {count} for parameter 'num_parts': it must be from 0 to {MAX_PARTS:,}.")
    store = store_of(call.stores)
    base = _base(call, store)
    with without_places(call.service):
        found = store.list_parts(path, upload)
        credentials = _credentials(call, store, base, path, upload, count)
    stored = [{"part_number": part.number, "etag": part.etag, "size": part.size} for part in found]
    return {"parts": stored, "credentials": credentials}


def uploads(call: Call) -> Mapping[str, Any]:
    """The uploads below a folder that are not over; ours, for cleaning away what was given up."""
    path = safe_path(call.text("path", default=""))
    with without_places(call.service):
        found = store_of(call.stores).list_uploads(path)
    return {"uploads": [{"path": one.path, "upload_id": one.upload_id, "started": one.started} for one in found]}


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


def _credentials(
    call: Call, store: UploadsParts, base: str, path: str, upload: str, count: int
) -> Sequence[Mapping[str, Any]]:
    """Where to put each part: at the store itself, or at this server below a base URL."""
    numbers = range(1, count + 1)
    if not isinstance(store, PresignsUploads) or call.flag("through_server"):
        return [
            {"url": base + _target(call, path, upload, number), "part_number": number, "headers": {}}
            for number in numbers
        ]
    urls = [store.presign_part(path, upload, number, expires=EXPIRES) for number in numbers]
    return [
        {"url": given.url, "part_number": number, "headers": dict(given.headers)}
        for number, given in zip(numbers, urls, strict=True)
    ]


def _etag(text: str) -> str:
    """An ETag without the quotes that the header has, and without the mark of a proxy that packed the answer."""
    return text.strip().removeprefix("W/").strip('"')


def _base(call: Call, store: UploadsParts) -> str:
    """What goes before the target of a part on this server: its URL, nothing where the client takes relative ones."""
    if call.flag("relative_urls") or (isinstance(store, PresignsUploads) and not call.flag("through_server")):
        return ""
    base: str | None = call.scope.get(BASE_URL)
    if base is None:
        raise NotSupported(
            f"{UNSUPPORTED}: the server cannot tell where to put parts, as it does not believe the X-Forwarded headers "
            "of the proxy before it; name the proxy in the setting server.trusted_proxies"
        )
    return f"{base}/"


def _target(call: Call, path: str, upload: str, number: int) -> str:
    """Where a client may put a part, without credentials, relative to the URL of this server."""
    prefix = call.scope["path"].partition(MULTIPART)[0]
    query = urlencode({"upload_id": upload, "part_number": number})
    target = f"{quote(prefix)}{PARTS}/{quote(path, safe='/')}?{query}"
    return call.service.sign(target, EXPIRES, call.stores.principal).lstrip("/")


ROUTES: Sequence[Route] = (
    Route("POST", f"{MULTIPART}/create/{{path:path}}", create),
    Route("POST", f"{MULTIPART}/parts/{{path:path}}", parts),
    Route("POST", f"{MULTIPART}/uploads", uploads),
    Route("POST", f"{MULTIPART}/complete/{{path:path}}", complete),
    Route("POST", f"{MULTIPART}/abort/{{path:path}}", abort),
)
