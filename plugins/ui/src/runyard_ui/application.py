"""The ASGI application: the built pages, the first of them for every address of a page, and the panels of plugins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from runyard.errors import RunyardError
from runyard.protocols.access import Action, Operation, Resource, ResourceKind
from runyard.server.answers import Answer, Receive, Scope, Send
from runyard.server.failures import told
from runyard.server.service import BASE_URL, Service
from runyard.server.threads import in_thread
from runyard_ui.files import INDEX, KINDS, OTHER, STATIC, Asset, read_assets
from runyard_ui.panels import API_FOLDER, FOLDER, MANIFEST, Panels

HASHED = "assets/"  # names below it hold a hash of the content
FOREVER = b"public, max-age=31536000, immutable"
ANEW = b"no-cache"
BASE_TAG = b'<base href="/" />'  # what every relative address of a page starts from

# Data and blobs are what charts are exported as; whatever a user logged is shown in a sandbox with a policy of its own.
POLICY = (
    b"default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    b"frame-src 'self'; frame-ancestors 'self'"
)
HEADERS = (
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
NOT_BUILT = """<!doctype html><html lang=en><meta charset=utf-8><title>Runyard</title>
<h1>The pages are not built</h1><p>This server runs from a checkout whose web UI is not built yet. Build it with
<code>make ui</code> (needs Node 20.19 or newer) and start the server again. Everything else works meanwhile:
<a href=openapi.json>openapi.json</a>.</p></html>"""


READ_PANELS = Operation("server.panels", Action.READ, (Resource(ResourceKind.SERVER),))


def application(service: Service) -> Site:
    """The pages that were built into this package, and the panels of the server's plugins."""
    return Site(service)


class Site:
    """Answers with files that exist, and with the first page for other addresses."""

    def __init__(self, service: Service, folder: Path = STATIC) -> None:
        self._service = service
        self._panels = Panels(service.host)
        self._assets = read_assets(folder)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - there is no body
        answer = await self._answer(scope)
        await answer.give(send, without_body=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope) -> Answer:
        path = scope["path"].lstrip("/")
        if scope["method"] not in {"GET", "HEAD"}:
            return Answer.error(405, "BAD_REQUEST", f"{scope['method']} {scope['path']} is not possible")
        if path == MANIFEST or path.startswith(FOLDER):
            return await in_thread(self._panel_answer, path, scope)
        if path.startswith(API_FOLDER):
            return Answer.error(404, "ENDPOINT_NOT_FOUND", f"there is nothing at /{path}; /{MANIFEST} lists panels")
        return self._page_answer(path, scope)

    def _panel_answer(self, path: str, scope: Scope) -> Answer:
        """What is read from the packages of plugins: the list of panels, or a file of one."""
        try:
            self._service.stores(scope).check(READ_PANELS)
            if path == MANIFEST:
                content = json.dumps(self._panels.manifest()).encode()
                return Answer(200, content, b"application/json", (*HEADERS, (b"cache-control", ANEW)))
            name, content = self._panels.file(path)
        except RunyardError as error:
            status, message = told(error)
            return Answer.error(status, error.code, message, (b"cache-control", b"no-store"))
        kind = KINDS.get(PurePosixPath(name).suffix, OTHER)
        return Answer(200, content, kind.encode(), (*HEADERS, (b"cache-control", FOREVER)))

    def _page_answer(self, path: str, scope: Scope) -> Answer:
        if INDEX not in self._assets:
            return Answer(503, NOT_BUILT.encode(), b"text/html; charset=utf-8", HEADERS)
        asset = self._assets.get(path)
        if asset is not None and path != INDEX:
            return _file(asset, scope, FOREVER if path.startswith(HASHED) else ANEW)
        if path.startswith(HASHED):
            message = f"there is no file {scope['path']}; the pages may have been updated, so load them again"
            return Answer.error(404, "ENDPOINT_NOT_FOUND", message, (b"cache-control", b"no-store"))
        return _page(self._assets[INDEX], scope)


def _file(asset: Asset, scope: Scope, caching: bytes) -> Answer:
    encoding, content = asset.best(_header(scope, b"accept-encoding"))
    headers = [*HEADERS, (b"cache-control", caching), (b"vary", b"Accept-Encoding")]
    if encoding != "identity":
        headers.append((b"content-encoding", encoding.encode()))
    return Answer(200, content, asset.kind.encode(), tuple(headers))


def _page(index: Asset, scope: Scope) -> Answer:
    """The first page; behind a proxy that serves it below a path, with that path as its base."""
    base = urlsplit(scope.get(BASE_URL) or "").path.rstrip("/")
    if not base:
        return _file(index, scope, ANEW)
    tag = f'<base href="{escape(base)}/" />'.encode()
    contents: Mapping[str, bytes] = {"identity": index.contents["identity"].replace(BASE_TAG, tag, 1)}
    return _file(Asset(index.kind, contents), scope, ANEW)


def _header(scope: Scope, name: bytes) -> str:
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)
