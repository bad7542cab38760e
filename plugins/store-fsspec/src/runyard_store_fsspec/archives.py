"""`zip:` and `tar:` artifacts: what is in a local archive, to be read only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runyard.errors import InvalidInput, NotFound
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_fsspec.connections import FRESH, connections_at
from runyard_store_fsspec.locations import location_of
from runyard_store_fsspec.settings import TIMEOUT
from runyard_store_fsspec.stores import ReadOnlyStore, Root
from runyard_store_fsspec.systems import FolderSystem


def open_zip(uri: Uri, settings: Settings) -> ReadOnlyStore:
    """The artifacts in a zip file, or in a folder of it: `zip:///data/models.zip/folder`."""
    return _open(uri, settings, connect_zip)


def open_tar(uri: Uri, settings: Settings) -> ReadOnlyStore:
    """The artifacts in a tar file, compressed or not, or in a folder of it."""
    return _open(uri, settings, connect_tar)


def connect_zip(options: dict[str, Any]) -> Any:
    from fsspec.implementations.zip import ZipFileSystem

    return ZipFileSystem(options["path"], **FRESH)


def connect_tar(options: dict[str, Any]) -> Any:
    from fsspec.implementations.tar import TarFileSystem

    return TarFileSystem(options["path"], **FRESH)


def _open(uri: Uri, settings: Settings, connect: Any) -> ReadOnlyStore:
    location = location_of(uri)
    if location.authority or not location.path:
        raise InvalidInput(f"{uri} names no local file; write {uri.scheme}:///folder/file.{uri.scheme}")
    whole = Path(location.path)
    archive = next((path for path in (whole, *whole.parents) if path.is_file()), None)
    if archive is None:
        raise NotFound(f"cannot open {uri}: no file is at {whole} or above it")
    status = archive.stat()
    # An archive that was replaced is opened anew.
    options = {"path": str(archive), "changed": status.st_mtime_ns, "size": status.st_size}
    system = FolderSystem(connections_at(connect, options, is_shared=False), settings.lookup(TIMEOUT).value)
    inside = whole.relative_to(archive).as_posix()
    return ReadOnlyStore(Root(system, "" if inside == "." else inside, str(uri)))
