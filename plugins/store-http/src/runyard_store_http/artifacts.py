"""The artifact store of `mlflow-artifacts:` URIs: files that a server keeps, streamed both ways."""

from __future__ import annotations

import posixpath
from io import BufferedReader, BytesIO
from typing import Any, BinaryIO
from urllib.parse import quote

from runyard.entities import FileInfo
from runyard.errors import InvalidInput, NotFound, RunyardError
from runyard.settings import Settings
from runyard.uris import Uri, artifact_path
from runyard_store_http.address import artifact_address
from runyard_store_http.connection import BLOCK, Server, server_at
from runyard_store_http.downloads import Download
from runyard_store_http.reading import Json
from runyard_store_http.settings import PART_SIZE
from runyard_store_http.uploads import Upload

SERVICE = "/api/2.0/mlflow-artifacts"


def open_store(uri: Uri, settings: Settings) -> HttpArtifactStore:
    """The artifacts below an `mlflow-artifacts:` URI."""
    address, access, path = artifact_address(uri, settings)
    return HttpArtifactStore(server_at(address, access), path, part_size=settings.lookup(PART_SIZE).value)


class HttpArtifactStore:
    """Artifacts below a path on a server that serves them. Safe to use from several threads."""

    def __init__(self, server: Server, root: str, *, part_size: int) -> None:
        self._server = server
        self._root = artifact_path(root)
        self._part_size = part_size

    def list(self, path: str = "") -> list[FileInfo]:
        name = artifact_path(path)

        def read(answer: Json) -> list[FileInfo]:
            return [_file_info(name, item) for item in answer.get("files", ())]

        place = self._place(name)
        try:
            found = self._server.get(f"{SERVICE}/artifacts", [("path", place)] if place else [], reader=read)
        except NotFound:
            return []
        # Some stores behind a server give the file itself where its listing is asked for.
        return sorted((info for info in found if info.path != name), key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        name = artifact_path(path)
        if not name:
            return FileInfo("", is_dir=True) if self.list() else None
        return next((info for info in self.list(posixpath.dirname(name)) if info.path == name), None)

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        name = artifact_path(path)
        if start < 0 or (length is not None and length < 0):
            raise InvalidInput(f"a range starts at 0 or later and has a length of 0 or more, got {start}, {length}")
        if not name or length == 0:
            self._check_file(name)
            return BytesIO(b"")
        try:
            return BufferedReader(Download(self._server, self._url(name), self._shown(name), start, length), BLOCK)
        except RunyardError as error:
            if not isinstance(error, NotFound):
                self._check_file(name)  # MLflow's servers fail in several ways where a folder is opened
                raise
            raise NotFound(f"cannot open {self._shown(name)}: no file is there") from error

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        name = artifact_path(path)
        if not name:
            raise InvalidInput(f"an artifact in {self._shown('')} needs a name")
        with Upload(self._server, self._place(name), self._part_size, source) as upload:
            return FileInfo(name, is_dir=False, file_size=upload.run())

    def delete(self, path: str) -> None:
        name = artifact_path(path)
        if not name:
            for info in self.list():
                self._delete(info.path)
        elif self.stat(name) is None:  # MLflow's servers do not say that there was nothing to delete
            raise NotFound(f"cannot delete {self._shown(name)}: nothing is there")
        else:
            self._delete(name)

    def _delete(self, name: str) -> None:
        try:
            self._server.delete(self._url(name), recall=lambda: True if self.stat(name) is None else None)
        except NotFound:  # somebody else was faster
            return

    def _check_file(self, name: str) -> None:
        info = self.stat(name) if name else None
        if info is None or info.is_dir:
            raise NotFound(f"cannot open {self._shown(name)}: no file is there")

    def _place(self, name: str) -> str:
        """The path of an artifact on the server."""
        return posixpath.join(self._root, name) if name else self._root

    def _url(self, name: str) -> str:
        return f"{SERVICE}/artifacts/{quote(self._place(name))}"

    def _shown(self, name: str) -> str:
        place = f"{self._server} at {self._root}" if self._root else str(self._server)
        return f"artifact {name!r} of {place}" if name else place


def _file_info(folder: str, item: Any) -> FileInfo:
    name = artifact_path(posixpath.basename(item["path"].rstrip("/")))
    is_dir, size = bool(item.get("is_dir")), item.get("file_size")
    return FileInfo(
        posixpath.join(folder, name), is_dir=is_dir, file_size=None if is_dir or size is None else int(size)
    )
