"""File systems that need nothing of their own: WebDAV, Windows shares, Databricks'."""

from __future__ import annotations

from typing import Any

from runyard.errors import InvalidInput
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_fsspec.connections import FRESH, Connect, connections_at
from runyard_store_fsspec.faults import Teller
from runyard_store_fsspec.locations import location_of, needs_host
from runyard_store_fsspec.settings import TIMEOUT, options_of
from runyard_store_fsspec.stores import FileStore, Root
from runyard_store_fsspec.systems import FolderSystem


def open_dbfs(uri: Uri, settings: Settings) -> FileStore:
    """The artifacts below a `dbfs:` URI, in the workspace of DATABRICKS_HOST unless the options say another."""
    location = location_of(uri)
    environ = settings.environ
    named = {
        "instance": environ.get("DATABRICKS_HOST", "").removeprefix("https://").rstrip("/"),
        "token": environ.get("DATABRICKS_TOKEN", ""),
    }
    options = {**named, **options_of(uri.scheme, settings)}
    if not (options["instance"] and options["token"]):
        raise InvalidInput(f"{uri} is in no workspace: set DATABRICKS_HOST and DATABRICKS_TOKEN")
    return _store(uri, settings, connect_dbfs, options, location.path or "/")


def open_smb(uri: Uri, settings: Settings) -> FileStore:
    """The artifacts below an `smb:` URI."""
    location = needs_host(uri, location_of(uri), "smb://user@host/share/folder")
    return _store(uri, settings, connect_smb, {**options_of(uri.scheme, settings), **location.server}, location.path)


def open_webdav(uri: Uri, settings: Settings) -> FileStore:
    """The artifacts below a `webdav:` (HTTP) or `webdavs:` (HTTPS) URI."""
    location = needs_host(uri, location_of(uri), "webdavs://user@host/folder")
    protocol = "https" if uri.scheme == "webdavs" else "http"
    options: dict[str, Any] = {
        "base_url": f"{protocol}://{location.authority}",
        "timeout": settings.lookup(TIMEOUT).value,
        **options_of(uri.scheme, settings, "webdavs", "webdav"),
    }
    if location.user:
        options["auth"] = [location.user, location.password]
    return _store(uri, settings, connect_webdav, options, location.path.strip("/"), location.password)


def connect_dbfs(options: dict[str, Any]) -> Any:
    from fsspec.implementations.dbfs import DatabricksFileSystem

    return DatabricksFileSystem(**options, **FRESH)


def connect_smb(options: dict[str, Any]) -> Any:
    from fsspec.implementations.smb import SMBFileSystem

    return SMBFileSystem(**options, **FRESH)


def connect_webdav(options: dict[str, Any]) -> Any:
    from webdav4.fsspec import WebdavFileSystem

    auth = options.pop("auth", None)
    return WebdavFileSystem(**options, auth=tuple(auth) if auth else None, **FRESH)


def _store(
    uri: Uri, settings: Settings, connect: Connect, options: dict[str, Any], place: str, *secrets: str
) -> FileStore:
    timeout: float = settings.lookup(TIMEOUT).value
    known = (*secrets, str(options.get("password", "")), str(options.get("token", "")))
    system = FolderSystem(connections_at(connect, options), timeout)
    return FileStore(Root(system, place, str(uri), Teller.of(*known)))
