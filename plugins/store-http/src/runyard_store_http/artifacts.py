"""The artifact store of `mlflow-artifacts:` URIs: files that a server keeps, streamed both ways."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from io import BufferedReader, BytesIO
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import attrs
import requests

from runyard.entities import FileInfo
from runyard.errors import InvalidInput, NotFound, NotSupported, RunyardError
from runyard.protocols.artifacts import StartedUpload, UploadedPart
from runyard.settings import Settings
from runyard.transfers import checksums
from runyard.uris import Uri, artifact_path
from runyard_store_http.address import artifact_address
from runyard_store_http.connection import BLOCK, Request, Server, server_at
from runyard_store_http.digests import new_sha256, sha256_of
from runyard_store_http.direct import Direct
from runyard_store_http.downloads import Download
from runyard_store_http.parts import PartsUploads
from runyard_store_http.peer import peer_at
from runyard_store_http.reading import Json
from runyard_store_http.settings import DIRECT
from runyard_store_http.uploads import Upload

SERVICE = "/api/2.0/mlflow-artifacts"


def open_store(uri: Uri, settings: Settings) -> HttpArtifactStore:
    """The artifacts below an `mlflow-artifacts:` URI."""
    address, access, path = artifact_address(uri, settings)
    return HttpArtifactStore(server_at(address, access), path, direct=settings.lookup(DIRECT).value)


class HttpArtifactStore:
    """Artifacts below a path on a server that serves them. Safe to use from several threads."""

    def __init__(self, server: Server, root: str, *, direct: bool = True) -> None:
        self._server = server
        self._root = artifact_path(root)
        self._uploads = PartsUploads(server, direct=direct)
        self._direct = Direct(server) if direct else None

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
        if self._direct is not None and length is not None:
            stream = self._direct.open(self._place(name), self._shown(name), start, length)
            if stream is not None:
                return cast("BinaryIO", stream)
        try:
            return BufferedReader(Download(self._server, self._url(name), self._shown(name), start, length), BLOCK)
        except RunyardError as error:
            if not isinstance(error, NotFound):
                self._check_file(name)  # MLflow's servers fail in several ways where a folder is opened
                raise
            raise NotFound(f"cannot open {self._shown(name)}: no file is there") from error

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        name = self._named(path)
        with Upload(self._server, source) as upload:
            upload.put(self._url(name))
            return FileInfo(name, is_dir=False, file_size=upload.size)

    def delete(self, path: str) -> None:
        name = artifact_path(path)
        if not name:
            for info in self.list():
                self._delete(info.path)
        elif self.stat(name) is None:  # MLflow's servers do not say that there was nothing to delete
            raise NotFound(f"cannot delete {self._shown(name)}: nothing is there")
        else:
            self._delete(name)

    def version(self, path: str) -> str | None:
        response = self._look(artifact_path(path), {})
        if response is None:
            return None
        etag = response.headers.get("ETag", "W/")
        if etag.startswith("W/"):
            raise NotSupported(f"the store behind {self._server} does not tell one content of a file from another")
        return str(etag)

    def holds(self, path: str, source: BinaryIO) -> bool | None:
        name = artifact_path(path)
        known = self._direct.checksum(self._place(name)) if self._direct is not None else None
        if known is not None:
            return checksums.has(source, known)
        response = self._look(name, {"Want-Repr-Digest": "sha-256=1"})
        if response is None:
            raise NotFound(f"no file is at {self._shown(name)}")
        expected = sha256_of(response.headers.get("Repr-Digest", ""))
        digest = new_sha256()
        while block := source.read(BLOCK):
            digest.update(block)
        return None if expected is None else bool(digest.digest() == expected)

    def checks_reads(self, path: str) -> bool:
        """It is so through a Runyard server; from now on the file is read past it where that is possible."""
        name = artifact_path(path)
        is_direct = self._direct is not None and self._direct.begin(self._place(name))
        return not is_direct and peer_at(self._server).is_runyard

    def create_upload(self, path: str, *, parts: int | None = None) -> str:
        return self._uploads.create(self._place(self._named(path)), parts)

    def write_part(self, path: str, upload_id: str, number: int, source: BinaryIO) -> str:
        return self._uploads.write(self._place(self._named(path)), upload_id, number, source)

    def list_parts(self, path: str, upload_id: str) -> Sequence[UploadedPart]:
        return self._uploads.parts(self._place(self._named(path)), upload_id)

    def list_uploads(self, path: str = "") -> Sequence[StartedUpload]:
        found = self._uploads.uploads(self._place(artifact_path(path)))
        above = f"{self._root}/" if self._root else ""
        return [attrs.evolve(one, path=one.path.removeprefix(above)) for one in found]

    def complete_upload(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> FileInfo:
        name = self._named(path)
        self._uploads.complete(self._place(name), upload_id, parts)
        info = self.stat(name)
        if info is None:
            raise NotFound(f"{self._shown(name)} was deleted when it had just been stored")
        return info

    def abort_upload(self, path: str, upload_id: str) -> None:
        self._uploads.abort(self._place(self._named(path)), upload_id)

    def _named(self, path: str) -> str:
        name = artifact_path(path)
        if not name:
            raise InvalidInput(f"an artifact in {self._shown('')} needs a name")
        return name

    def _look(self, name: str, headers: Mapping[str, str]) -> requests.Response | None:
        """What a Runyard server says of a file without sending it; None where no file is."""
        if not peer_at(self._server).is_runyard:
            raise NotSupported(f"{self._server} is not a Runyard server, so it cannot be asked about contents")
        if not name:
            return None
        try:
            return self._server.send(Request(method="HEAD", path=self._url(name), headers=headers))
        except RunyardError:  # whose answer, to HEAD, has no body that tells more
            info = self.stat(name)
            if info is None or info.is_dir:
                return None
            raise

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
